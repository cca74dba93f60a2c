// `domain …`: which customer a domain name belongs to; by it, too, a person gets a recovery link (S66).

import { Command } from 'commander';
import { domainName, type StoredDomain } from '../domain/customers/domains.ts';
import { Conflict } from '../ports/store.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { limitOption, readLimit } from './limit-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

type ListOptions = { customer?: string; limit: string; after?: string; json?: true };

function requireName(typed: string): string {
  const name = domainName(typed);
  if (name === undefined) throw new UsageProblem(`${typed}: must be a domain name such as example.cz`);
  return name;
}

async function requireCustomer({ core }: Work, number: string) {
  const customer = await core.customers.findByNumber(number);
  if (!customer) throw new AppError('not_found', { detail: `no customer with the number ${number}` });
  return customer;
}

async function shown({ core }: Work, { id, doc }: StoredDomain) {
  const customer = await core.customers.get(doc.customerId);
  return {
    domain: id,
    customer: customer?.doc.number ?? '',
    name: customer?.doc.name ?? '',
    addedAt: doc.addedAt,
  };
}

async function add(work: Work, typed: string, number: string): Promise<void> {
  await requireCustomer(work, number);
  const name = requireName(typed);
  if (await work.core.domains.get(name)) {
    throw new AppError('bad_request', {
      cause: new Conflict('domains'),
      detail: `${name} is a customer's already`,
    });
  }
  await work.core.acts.domains.add(byCommand(), number, [name]);
  const result = await shown(work, (await work.core.domains.get(name))!);
  work.output.result(result, () => fields(result));
}

async function remove({ core, output }: Work, typed: string): Promise<void> {
  const domain = requireName(typed);
  await core.acts.domains.remove(byCommand(), domain);
  output.result({ domain, removed: true }, () => [`${domain} is no customer's any more`]);
}

async function list(work: Work, { customer: number, limit: typed, after }: ListOptions): Promise<void> {
  const limit = readLimit(typed);
  const customer = number === undefined ? undefined : await requireCustomer(work, number);
  // One more than is shown tells whether there are more.
  const found = await work.core.domains.list(customer?.id, {
    limit: limit + 1,
    ...(after === undefined ? {} : { after: requireName(after) }),
  });
  const domains = await Promise.all(found.slice(0, limit).map((domain) => shown(work, domain)));
  work.output.result(domains, () => table(domains));
  if (found.length > limit) work.output.note(`there are more: go on with --after ${domains.at(-1)!.domain}`);
}

/** The `domain` group. */
export function domainCommands(withCore: WithCore): Command {
  const group = new Command('domain').description('domain names of customers, by which people find back in');

  group
    .command('add <name>')
    .description('note whose a domain is; its owner gets recovery links that are asked for by it')
    .requiredOption('--customer <number>', 'the number of the customer')
    .addOption(jsonOption())
    .action((name: string, options: { customer: string; json?: true }) =>
      withCore(options.json === true, (work) => add(work, name, options.customer)),
    );

  group
    .command('remove <name>')
    .description('forget a domain')
    .addOption(jsonOption())
    .action((name: string, options: { json?: true }) =>
      withCore(options.json === true, (work) => remove(work, name)),
    );

  group
    .command('list')
    .description('domains by name')
    .option('--customer <number>', 'those of this customer')
    .addOption(limitOption())
    .option('--after <name>', 'go on after this domain')
    .addOption(jsonOption())
    .action((options: ListOptions) => withCore(options.json === true, (work) => list(work, options)));

  return group;
}
