// `customer …` and `order open`: customers, their vetting (S12), and the first order of somebody new (S69).

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { Stored } from '../ports/store.ts';
import type { Customer, VettingState } from '../domain/customers/customers.ts';
import { readOrder } from '../domain/accounts/orders.ts';
import { AppError } from '../lib/app-error.ts';
import { closingCommands } from './closing.ts';
import { byCommand } from './actor.ts';
import { fields } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';
import { addCustomerSearch } from './search.ts';

const states = ['unvetted', 'vetted', 'refused'] as const satisfies readonly VettingState[];
type VetFlags = { state: VettingState; reason: string; by?: string; json?: true };

const unknown = (number: string) => new AppError('not_found', { detail: `no customer ${number}` });

async function show({ core, output }: Work, number: string): Promise<void> {
  const customer = await core.customers.findByNumber(number);
  if (!customer) throw unknown(number);
  const members = await core.customers.membersOf(customer.id);
  output.result({ ...shown(customer), members }, () =>
    fields({ ...lines(customer), members: members.map(({ accountId, role }) => `${accountId} (${role})`) }),
  );
}

async function vet({ core, output }: Work, number: string, flags: VetFlags): Promise<void> {
  const reason = flags.reason.trim();
  if (reason.length < 3 || reason.length > 500)
    throw new UsageProblem('--reason: say why, in 3 to 500 characters');
  const decidedBy = flags.by?.trim() || undefined;
  const decision = { state: flags.state, reason, decidedBy };
  const customer = await core.acts.customers.vet(byCommand(), number, decision);
  output.result(shown(customer), () => [`customer ${number} is ${flags.state}`]);
}

const shown = ({ id, doc }: Stored<Customer>) => ({ id, ...doc });
const lines = ({ id, doc: { vetting, ...doc } }: Stored<Customer>) => ({
  id,
  ...doc,
  vetting: vetting ? `${vetting.state}, by ${vetting.by} at ${vetting.at}: ${vetting.reason}` : 'unvetted',
});

async function openOrder({ core, output }: Work, file: string): Promise<void> {
  const read = readOrder(await readJson(file));
  if ('problem' in read) throw new UsageProblem(read.problem);
  const { account, customer } = await core.acts.customers.openOrder(byCommand(), read.order);
  const { login, email } = account.doc;
  output.result(
    {
      accountId: account.id,
      login: login ?? email,
      email,
      customerId: customer.id,
      customerNumber: customer.doc.number,
      vetting: customer.doc.vetting?.state ?? 'unvetted',
      mailed: core.sendsMail,
    },
    () => [
      ...fields({ account: account.id, login: login ?? email, customer: customer.doc.number }),
      core.sendsMail
        ? `login name and link are on their way to ${email}`
        : 'no mail server is configured: `account set-password-link` prints a link to pass on',
    ],
  );
}

async function readJson(file: string): Promise<unknown> {
  if (file === '-' && process.stdin.isTTY)
    throw new UsageProblem('standard input is a terminal: pipe the order in, or name a file');
  try {
    return JSON.parse(file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageProblem('the order is no JSON', { cause: error });
    const why = error instanceof Error ? error.message : file;
    throw new UsageProblem(`the order cannot be read: ${why}`, { cause: error });
  }
}

/** The `customer` group. */
export function customerCommands(withCore: WithCore): Command {
  const group = new Command('customer').description('people and companies that accounts act for');

  group
    .command('show <number>')
    .description('one customer, its vetting and its members')
    .addOption(jsonOption())
    .action((number: string, options: { json?: true }) =>
      withCore(options.json === true, (work) => show(work, number)),
    );

  group
    .command('vet <number>')
    .description('note that support and billing have looked at a customer; applications are told the state')
    .addOption(new Option('--state <state>', 'what came of it').choices(states).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why; kept with the customer')
    .option('--by <name>', 'who decided; else the user of this machine')
    .addOption(jsonOption())
    .action((number: string, flags: VetFlags) =>
      withCore(flags.json === true, (work) => vet(work, number, flags)),
    );

  addCustomerSearch(group, withCore);
  group.addCommand(closingCommands(withCore));
  return group;
}

/** The `order` group. */
export function orderCommands(withCore: WithCore): Command {
  const group = new Command('order').description('first orders: a customer and an account for somebody new');

  group
    .command('open <file>')
    .description('open an order from a JSON file, - is standard input; the same key again changes nothing')
    .addOption(jsonOption())
    .action((file: string, options: { json?: true }) =>
      withCore(options.json === true, (work) => openOrder(work, file)),
    );

  return group;
}
