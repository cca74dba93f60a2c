// `keys …`: the signing keys.

import { Command } from 'commander';
import { AppError } from '../lib/app-error.ts';
import { record } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption, UsageProblem } from './output.ts';
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
        await work.core.signingKeys.ensure();
        await work.core.signingKeys.rotate(options.now ? 0 : work.config.keyOverlap).catch(explain);
        await record(work, { action: 'keys.rotated', after: { now: options.now === true } });
        await print(work);
      }),
    );
  return group;
}
