// `account tokens|revoke-token`: a person's API tokens.

import type { Command } from 'commander';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { requireAccount } from './named-account.ts';
import { jsonOption } from './json-option.ts';
import type { WithCore } from './run.ts';

/** Adds them to the group `account`. */
export function addApiTokenCommands(group: Command, withCore: WithCore): void {
  group
    .command('tokens <account>')
    .description("a person's API tokens, without their values; by id, login name or e-mail")
    .addOption(jsonOption())
    .action((named: string, options: { json?: true }) =>
      withCore(options.json === true, async (work) => {
        const { core, output } = work;
        const found = await core.acts.apiTokens.list((await requireAccount(work, named)).id);
        const shown = found.map(({ id, doc }) => ({
          id,
          name: doc.name,
          level: doc.level,
          customerId: doc.customerId,
          addresses: doc.addresses,
          createdAt: doc.createdAt,
          endsAt: doc.endsAt,
          lastUsedAt: doc.lastUsedAt,
        }));
        output.result(shown, () =>
          table(
            shown.map(({ id, name, level, endsAt, lastUsedAt }) => ({
              id,
              name,
              level,
              ends: endsAt ?? 'never',
              used: lastUsedAt ?? 'never',
            })),
          ),
        );
      }),
    );

  group
    .command('revoke-token <account> <token>')
    .description('end an API token by its id, on every node; the person is told by mail')
    .addOption(jsonOption())
    .action((named: string, token: string, options: { json?: true }) =>
      withCore(options.json === true, async (work) => {
        const { core, output } = work;
        const account = await requireAccount(work, named);
        const { doc } = await core.acts.apiTokens.revoke(byCommand(), account.id, token);
        output.result({ id: token, name: doc.name, accountId: account.id }, () => [
          `the token ${doc.name} is revoked; its programs are refused from now on`,
        ]);
      }),
    );
}
