// `account totp-removal …`: taking an authenticator app off with a second pair of eyes and time to stop it. At once, and
// alone, is `account totp-off`.

import { Command, Option } from 'commander';
import { actorKey } from '../domain/audit/audit-entry.ts';
import { removalStates, type RemovalState, type TotpRemoval } from '../domain/operators/totp-removal-rows.ts';
import { readThrough } from '../domain/read-through.ts';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { requireAccount } from './named-account.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

type Flags = { reason?: string; state: RemovalState; json?: true };

const nameOf = (actor: TotpRemoval['requestedBy']): string =>
  actor.kind === 'command' ? `command ${actor.name ?? ''}` : actorKey(actor);

async function list({ core, output }: Work, state: RemovalState): Promise<void> {
  const found = await readThrough((page) => core.acts.totpRemovals.list(state, page));
  output.result(
    found.map(({ id, doc }) => ({ accountId: id, ...doc })),
    () =>
      table(
        found.map(({ id, doc }) => ({
          account: id,
          state: doc.state,
          'asked by': nameOf(doc.requestedBy),
          at: doc.at,
          due: doc.dueAt ?? '',
          reason: doc.reason,
        })),
      ),
  );
}

/** The `account totp-removal` group. */
export function totpRemovalCommands(withCore: WithCore): Command {
  const group = new Command('totp-removal').description(
    'taking a lost authenticator app off: asked for, approved by somebody else, and not before some time',
  );
  group
    .command('list')
    .description('removals in a state')
    .addOption(new Option('--state <state>', 'which').choices(removalStates).default('requested'))
    .addOption(jsonOption())
    .action((flags: Flags) => withCore(flags.json === true, (work) => list(work, flags.state)));

  const one = (
    verb: string,
    description: string,
    act: (work: Work, id: string, reason: string) => Promise<string>,
    asksReason: boolean,
  ) => {
    const command = group
      .command(`${verb} <account>`)
      .description(`${description}; by id, login name or e-mail`)
      .addOption(jsonOption());
    if (asksReason) command.requiredOption('--reason <text>', 'why, or how you made sure who it is');
    command.action((named: string, flags: Flags) =>
      withCore(flags.json === true, async (work) => {
        const { id } = await requireAccount(work, named);
        const reason = (flags.reason ?? '').trim();
        if (asksReason && (reason.length < 3 || reason.length > 500))
          throw new UsageProblem('--reason: say why, in 3 to 500 characters');
        const state = await act(work, id, reason);
        work.output.result({ id, state }, () => [`removal for account ${id}: ${state}`]);
      }),
    );
  };
  one(
    'request',
    'ask for it; the person is told, and can stop it',
    async ({ core }, id, reason) => (await core.acts.totpRemovals.request(byCommand(), id, reason)).state,
    true,
  );
  one(
    'approve',
    'agree to what somebody else has asked for',
    async ({ core }, id) => (await core.acts.totpRemovals.approve(byCommand(), id)).state,
    false,
  );
  one(
    'refuse',
    'decide that the app stays on',
    async ({ core }, id, reason) => {
      await core.acts.totpRemovals.refuse(byCommand(), id, reason);
      return 'refused';
    },
    true,
  );
  return group;
}
