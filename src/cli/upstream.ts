// `upstream …`: the identity providers that people may sign in with, and whether they can be reached; switching one off.

import { Command } from 'commander';
import type { ShownUpstream } from '../domain/operators/upstreams.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { NotWell, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

const states: Readonly<Record<ShownUpstream['state'], string>> = {
  on: 'enabled',
  off: 'switched off',
  disabled: 'disabled',
};

async function list({ core, output }: Work): Promise<void> {
  const items = await core.acts.upstreams.list();
  const shown = items.map(({ state, ...rest }) => ({ ...rest, state, enabled: state === 'on' }));
  output.result(shown, () =>
    items.length === 0
      ? ['no upstream is configured: docs/operations.md tells how']
      : table(
          items.map(({ name, kind, label, issuer, state, linked }) => ({
            name,
            kind,
            label,
            state: states[state],
            linked: String(linked ?? ''),
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
    chosen.map(async ({ name: tested }) => ({
      name: tested,
      ...(await core.acts.upstreams.test(byCommand(), tested)),
    })),
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
    .action((options: { json?: true }) => withCore(options.json === true, list));
  group
    .command('test')
    .description('ask one, or all, for metadata and keys; exit code 1 when one does not answer as it should')
    .argument('[name]', 'name of the upstream')
    .addOption(jsonOption())
    .action((name: string | undefined, options: { json?: true }) =>
      withCore(options.json === true, (work) => test(work, name)),
    );
  group
    .command('off <name>')
    .description('switch one off on every node: nobody signs in with it; its links stay')
    .requiredOption('--reason <text>', 'why; kept with it and in the audit log')
    .addOption(jsonOption())
    .action((name: string, options: { reason: string; json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        const reason = options.reason.trim();
        if (reason.length < 3 || reason.length > 500)
          throw new UsageProblem('--reason: say why, in 3 to 500 characters');
        await core.acts.upstreams.switchOff(byCommand(), name, reason);
        output.result({ name, state: 'off' }, () => [`${name} is switched off`]);
      }),
    );
  group
    .command('on <name>')
    .description('switch one on again that was switched off here')
    .addOption(jsonOption())
    .action((name: string, options: { json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        await core.acts.upstreams.switchOn(byCommand(), name);
        output.result({ name, state: 'on' }, () => [`${name} is switched on`]);
      }),
    );
  return group;
}
