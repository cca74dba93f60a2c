// `upstream …`: the identity providers that people may sign in with, and whether they can be reached.

import { Command } from 'commander';
import { UpstreamRefused, type ConfiguredUpstream } from '../ports/upstream.ts';
import { AppError } from '../lib/app-error.ts';
import { table } from './columns.ts';
import { jsonOption, NotWell } from './output.ts';
import type { Work, WithCore } from './run.ts';

const shown = ({ name, kind, label, issuer, enabled, trustsEmail, levelsEnough }: ConfiguredUpstream) => ({
  name,
  kind,
  label,
  issuer,
  enabled,
  trustsEmail,
  levelsEnough,
});

function list({ core, output }: Work): void {
  const items = core.upstreams.map(shown);
  output.result(items, () =>
    items.length === 0
      ? ['no upstream is configured: docs/operations.md tells how']
      : table(
          items.map(({ name, kind, label, issuer, enabled }) => ({
            name,
            kind,
            label,
            state: enabled ? 'enabled' : 'disabled',
            issuer,
          })),
        ),
  );
}

/** Asks each for its metadata and its keys; nobody signs in. */
async function test({ core, output }: Work, name: string | undefined): Promise<void> {
  const chosen = core.upstreams.filter((upstream) => name === undefined || upstream.name === name);
  if (chosen.length === 0) {
    const detail = name === undefined ? 'no upstream is configured' : `there is no upstream ${name}`;
    throw new AppError('not_found', { detail });
  }
  const findings = await Promise.all(
    chosen.map(async ({ name: tested, issuer, upstream }) => {
      try {
        await upstream.check?.();
        return { name: tested, ok: true, detail: `${issuer} answers, and its keys are there` };
      } catch (error) {
        if (!(error instanceof UpstreamRefused)) throw error;
        return { name: tested, ok: false, detail: error.message };
      }
    }),
  );
  output.result(findings, () =>
    findings.map(({ name: tested, ok, detail }) => `${ok ? 'ok ' : 'BAD'}  ${tested}: ${detail}`),
  );
  const bad = findings.filter(({ ok }) => !ok).map(({ name: tested }) => tested);
  if (bad.length > 0) throw new NotWell(`not reachable: ${bad.join(', ')}`);
}

/** The `upstream` group. */
export function upstreamCommands(withCore: WithCore): Command {
  const group = new Command('upstream').description('identity providers that people may sign in with');
  group
    .command('list')
    .description('those of the configuration, and whether they are enabled')
    .addOption(jsonOption())
    .action((options: { json?: true }) => withCore(options.json === true, async (work) => list(work)));
  group
    .command('test')
    .description('ask one, or all, for metadata and keys; exit code 1 when one does not answer as it should')
    .argument('[name]', 'name of the upstream')
    .addOption(jsonOption())
    .action((name: string | undefined, options: { json?: true }) =>
      withCore(options.json === true, (work) => test(work, name)),
    );
  return group;
}
