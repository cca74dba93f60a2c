// `keys …`: the signing keys.

import { Command } from 'commander';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

async function print({ core, output }: Work): Promise<void> {
  const keys = await core.signingKeys.list();
  output.result(keys, () =>
    table(
      keys.map((key) => ({
        kid: key.kid,
        alg: key.alg,
        state: key.state,
        'signs from': key.activeFrom,
        'removed at': key.removedAt ?? '',
      })),
    ),
  );
}

function explain(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'bad_request') throw error;
  throw new UsageProblem(`${error.message}. Wait for it, or replace it at once with --now`, { cause: error });
}

/** The `keys` group. */
export function keysCommands(withCore: WithCore): Command {
  const group = new Command('keys').description('signing keys');
  group
    .command('list')
    .description('all keys and what each is for now; the first ones are made if there are none')
    .addOption(jsonOption())
    .action((options: { json?: true }) =>
      withCore(options.json === true, async (work) => {
        await work.core.signingKeys.ensure();
        await print(work);
      }),
    );
  group
    .command('rotate')
    .description(
      'publish a new key per algorithm; it signs after VRATNY_KEY_OVERLAP. Running nodes follow by themselves',
    )
    .option(
      '--now',
      'sign with the new keys at once, before relying parties have fetched them; the old ones still verify',
    )
    .addOption(jsonOption())
    .action((options: { now?: true; json?: true }) =>
      withCore(options.json === true, async (work) => {
        await work.core.acts.keys.rotate(byCommand(), options).catch(explain);
        await print(work);
      }),
    );
  group
    .command('revoke <kid>')
    .description(
      'take a key out at once, one that others may have got hold of; another one signs from now on',
    )
    .requiredOption('--reason <text>', 'why; kept in the audit log')
    .addOption(jsonOption())
    .action((kid: string, options: { reason: string; json?: true }) =>
      withCore(options.json === true, async (work) => {
        const { core, output } = work;
        const reason = options.reason.trim();
        if (reason === '') throw new UsageProblem('--reason: must not be empty');
        if (!(await core.acts.keys.revoke(byCommand(), kid, reason)))
          throw new AppError('not_found', { detail: `no key ${kid}: \`keys list\` shows those there are` });
        output.note('what it has signed verifies until relying parties fetch the keys anew');
        await print(work);
      }),
    );
  return group;
}
