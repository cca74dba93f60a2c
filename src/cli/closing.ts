// `customer closing …`: requests to close a customer, looked at and carried out (S36).

import { Command, Option } from 'commander';
import type { ClosingOutcome, ClosingState } from '../domain/customers/closings.ts';
import type { Doer } from '../domain/customers/membership.ts';
import { AppError } from '../lib/app-error.ts';
import { commandActor, operatorName } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

const states = ['requested', 'checked', 'refused', 'closed'] as const satisfies readonly ClosingState[];

const doer = (): Doer => ({ actor: commandActor(), name: operatorName() });

async function requireId({ core }: Work, number: string): Promise<string> {
  const customer = await core.customers.findByNumber(number);
  if (!customer) throw new AppError('not_found', { detail: `no customer ${number}` });
  return customer.id;
}

const refusals: Readonly<Record<Exclude<ClosingOutcome, 'done'>, string>> = {
  no_request: 'nobody has asked for it to be closed',
  wrong_state: 'its request is in a state that this does not fit: see `customer closing list`',
  members: 'others act for it by now: its owner disables them first',
};

async function carryOut(
  work: Work,
  number: string,
  act: (customerId: string) => Promise<ClosingOutcome>,
  done: string,
): Promise<void> {
  const outcome = await act(await requireId(work, number));
  if (outcome === 'no_request')
    throw new AppError('not_found', { detail: `customer ${number}: ${refusals.no_request}` });
  if (outcome !== 'done') throw new UsageProblem(`customer ${number}: ${refusals[outcome]}`);
  work.output.result({ number, state: done }, () => [`customer ${number} is ${done}`]);
}

async function list({ core, output }: Work, state: ClosingState | undefined): Promise<void> {
  const found = await core.customerRules.closings.list(state);
  const rows = await Promise.all(
    found.map(async ({ id, doc }) => {
      const customer = await core.customers.get(id);
      return { number: customer?.doc.number ?? '', name: customer?.doc.name ?? '', ...doc };
    }),
  );
  output.result(rows, () =>
    table(rows.map(({ number, state, at, name }) => ({ number, state, since: at, name }))),
  );
}

/** The `customer closing` group. */
export function closingCommands(withCore: WithCore): Command {
  const group = new Command('closing').description('requests to close a customer');
  group
    .command('list')
    .description('the requests, with their state')
    .addOption(new Option('--state <state>', 'only those in this state').choices(states))
    .addOption(jsonOption())
    .action((options: { state?: ClosingState; json?: true }) =>
      withCore(options.json === true, (work) => list(work, options.state)),
    );
  group
    .command('check <number>')
    .description('note that there are no debts, no active services and no balance')
    .addOption(jsonOption())
    .action((number: string, options: { json?: true }) =>
      withCore(options.json === true, (work) =>
        carryOut(work, number, (id) => work.core.customerRules.closings.check(id, doer()), 'checked'),
      ),
    );
  group
    .command('refuse <number>')
    .description('refuse the request; its owner is told why')
    .requiredOption('--reason <text>', 'why; mailed to the owner')
    .addOption(jsonOption())
    .action((number: string, options: { reason: string; json?: true }) =>
      withCore(options.json === true, (work) => {
        const reason = options.reason.trim();
        if (reason.length < 3 || reason.length > 500)
          throw new UsageProblem('--reason: say why, in 3 to 500 characters');
        return carryOut(
          work,
          number,
          (id) => work.core.customerRules.closings.refuse(id, reason, doer()),
          'refused',
        );
      }),
    );
  group
    .command('close <number>')
    .description('close a customer that was checked: everything ends, and cannot be brought back')
    .addOption(jsonOption())
    .action((number: string, options: { json?: true }) =>
      withCore(options.json === true, (work) =>
        carryOut(work, number, (id) => work.core.customerRules.closings.close(id, doer()), 'closed'),
      ),
    );
  return group;
}
