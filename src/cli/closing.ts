// `customer closing …`: requests to close a customer, looked at and carried out (S36).

import { Command, Option } from 'commander';
import type { ClosingOutcome, ClosingState } from '../domain/customers/closings.ts';
import { closingStates, type ClosingActs } from '../domain/operators/closings.ts';
import { readThrough } from '../domain/read-through.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

const refusals: Readonly<Record<Exclude<ClosingOutcome, 'done'>, string>> = {
  no_request: 'nobody has asked for it to be closed',
  wrong_state: 'its request is in a state that this does not fit: see `customer closing list`',
  members: 'others act for it by now: its owner disables them first',
};

async function carryOut(
  work: Work,
  number: string,
  act: (acts: ClosingActs) => Promise<ClosingOutcome>,
  done: string,
): Promise<void> {
  const outcome = await act(work.core.acts.closings);
  if (outcome === 'no_request')
    throw new AppError('not_found', { detail: `customer ${number}: ${refusals.no_request}` });
  if (outcome !== 'done') throw new UsageProblem(`customer ${number}: ${refusals[outcome]}`);
  work.output.result({ number, state: done }, () => [`customer ${number} is ${done}`]);
}

async function list({ core, output }: Work, state: ClosingState | undefined): Promise<void> {
  const found = await readThrough((page) => core.acts.closings.list(state, page));
  const rows = found.map(({ customer, closing }) => ({
    number: customer.doc.number,
    name: customer.doc.name,
    ...closing,
  }));
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
    .addOption(new Option('--state <state>', 'only those in this state').choices(closingStates))
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
        carryOut(work, number, ({ check }) => check(byCommand(), number), 'checked'),
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
        return carryOut(work, number, ({ refuse }) => refuse(byCommand(), number, reason), 'refused');
      }),
    );
  group
    .command('close <number>')
    .description('close a customer that was checked: everything ends, and cannot be brought back')
    .addOption(jsonOption())
    .action((number: string, options: { json?: true }) =>
      withCore(options.json === true, (work) =>
        carryOut(work, number, ({ close }) => close(byCommand(), number), 'closed'),
      ),
    );
  return group;
}
