// `support-access …`: who lets support into their account (S32, S33), and ending it.

import { Command } from 'commander';
import { atTheMachine } from '../domain/operators/caller.ts';
import { readThrough } from '../domain/read-through.ts';
import { operatorName } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { WithCore } from './run.ts';

const LONGEST_REASON = 500;

/** The `support-access` group. */
export function supportAccessCommands(withCore: WithCore): Command {
  const group = new Command('support-access').description('people who let support into their account');

  group
    .command('list')
    .description('who lets support in now, until when, and who is in there')
    .addOption(jsonOption())
    .action((options: { json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        const found = await readThrough((page) => core.acts.supportAccess.page(page));
        output.result(found, () =>
          table(
            found.map(({ id, name, customerNumber, until, uses }) => ({
              id,
              name,
              customer: customerNumber,
              until,
              inside: uses.map(({ operatorName: who, reason }) => `${who}: ${reason}`).join('; '),
            })),
          ),
        );
      }),
    );

  group
    .command('end <id>')
    .description('end it early; whoever is in there is out at once, and its people are told')
    .requiredOption('--reason <text>', 'why; the people read it')
    .addOption(jsonOption())
    .action((id: string, options: { reason: string; json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        const reason = options.reason.trim();
        if (reason === '' || reason.length > LONGEST_REASON)
          throw new UsageProblem(`--reason: must be a text of at most ${LONGEST_REASON} characters`);
        await core.acts.supportAccess.end(atTheMachine(operatorName()), id, reason);
        output.result({ id, state: 'ended' }, () => [`support access ${id} has ended`]);
      }),
    );

  return group;
}
