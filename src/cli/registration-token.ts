// `registration-token …`: initial access tokens, by which clients register themselves (RFC 7591).

import { Command } from 'commander';
import type { ShownRegistrationToken } from '../domain/operators/registration-tokens.ts';
import { byCommand } from './actor.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { WithCore } from './run.ts';

type CreateFlags = { policy: string; uses: string; days: string; note: string; json?: true };

function numberOf(option: string, typed: string): number {
  if (!/^\d{1,4}$/.test(typed)) throw new UsageProblem(`${option}: must be a number`);
  return Number(typed);
}

const lines = (token: ShownRegistrationToken) =>
  fields({
    id: token.id,
    policy: token.policy,
    note: token.note,
    uses: `${token.usesLeft} of ${token.uses}`,
    until: token.expiresAt,
  });

/** The `registration-token` group. */
export function registrationTokenCommands(withCore: WithCore): Command {
  const group = new Command('registration-token').description(
    'initial access tokens, by which clients register themselves',
  );

  group
    .command('create')
    .description('make one; it is printed once')
    .requiredOption('--policy <name>', 'a policy of VRATNY_CLIENT_REGISTRATION')
    .option('--uses <number>', 'how many clients may be registered by it', '1')
    .option('--days <number>', 'how long it is good for', '7')
    .option('--note <text>', 'what it is for', '')
    .addOption(jsonOption())
    .action((flags: CreateFlags) =>
      withCore(flags.json === true, async ({ core, output }) => {
        const { shown, token } = await core.acts.registrationTokens.create(byCommand(), {
          policy: flags.policy,
          note: flags.note.slice(0, 200),
          uses: numberOf('--uses', flags.uses),
          days: numberOf('--days', flags.days),
        });
        output.result({ ...shown, token }, () => [
          ...lines(shown),
          '',
          'The token is stored as a hash and shown only now:',
          token,
        ]);
      }),
    );

  group
    .command('list')
    .description('those that have not ended, newest first')
    .addOption(jsonOption())
    .action((flags: { json?: true }) =>
      withCore(flags.json === true, async ({ core, output }) => {
        const found = await core.acts.registrationTokens.list({ limit: 1000 });
        output.result(found, () =>
          table(
            found.map(({ id, policy, uses, usesLeft, expiresAt, note }) => ({
              id,
              policy,
              uses: `${usesLeft}/${uses}`,
              until: expiresAt,
              note,
            })),
          ),
        );
      }),
    );

  group
    .command('revoke <id>')
    .description('take one back; the clients that were registered by it stay')
    .addOption(jsonOption())
    .action((id: string, flags: { json?: true }) =>
      withCore(flags.json === true, async ({ core, output }) => {
        await core.acts.registrationTokens.revoke(byCommand(), id);
        output.result({ id, revoked: true }, () => [`registration token ${id} is good for nothing any more`]);
      }),
    );

  return group;
}
