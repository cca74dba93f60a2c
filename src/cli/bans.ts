// `bans …`: addresses and networks that are not let in.

import { Command } from 'commander';
import type { BanProblem, StoredBan } from '../domain/bans/bans.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

type AddFlags = { reason: string; for?: string; until?: string; json?: true };

const UNIT = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const problems: Record<BanProblem, string> = {
  not_a_range: 'must be an address or a network such as 198.51.100.0/24 or 2001:db8::/48',
  too_wide: 'is wider than /8 (IPv4) or /19 (IPv6)',
  trusted_proxy: 'holds a trusted proxy (VRATNY_TRUSTED_PROXIES): everybody would be shut out',
  loopback: 'holds this machine itself',
  own_address: 'holds the address that you come from',
  ends_before_it_begins: 'the ban would be over already',
  full: 'there are 5000 bans: lift some, or ban a network in their place',
};

const shown = ({ id, doc }: StoredBan) => ({ range: id, ...doc });

function endOf(flags: AddFlags, now: Date): Date | undefined {
  if (flags.for !== undefined && flags.until !== undefined) throw new UsageProblem('give --for or --until');
  if (flags.for !== undefined) {
    const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(flags.for) ?? [];
    if (count === undefined) throw new UsageProblem('--for: must be like 30m, 12h or 7d');
    return new Date(now.getTime() + Number(count) * UNIT[unit as keyof typeof UNIT]);
  }
  if (flags.until === undefined) return undefined;
  const until = new Date(flags.until);
  if (!/^\d{4}-\d\d-\d\d/.test(flags.until) || Number.isNaN(until.getTime()))
    throw new UsageProblem('--until: must be a day or a time such as 2026-12-24T00:00:00Z');
  return until;
}

async function list({ core, output }: Work): Promise<void> {
  const bans = (await core.acts.bans.list()).map(shown);
  output.result(bans, () =>
    table(
      bans.map(({ range, until = '(for good)', by, reason, createdAt }) => ({
        range,
        until,
        by,
        since: createdAt,
        reason,
      })),
    ),
  );
}

async function add({ core, output }: Work, range: string, flags: AddFlags): Promise<void> {
  const reason = flags.reason.trim();
  if (reason.length < 3 || reason.length > 500)
    throw new UsageProblem('--reason: say why, in 3 to 500 characters');
  const until = endOf(flags, core.clock.now());
  const outcome = await core.acts.bans.add(byCommand(), range, { reason, until });
  if (outcome.kind === 'refused') throw new UsageProblem(`${range}: ${problems[outcome.problem]}`);
  const ban = shown(outcome.ban);
  output.result(ban, () => [`${ban.range} is banned${ban.until === undefined ? '' : ` until ${ban.until}`}`]);
}

/** The `bans` group. */
export function bansCommands(withCore: WithCore): Command {
  const group = new Command('bans').description('addresses and networks that are not let in');

  group
    .command('list')
    .description('all bans in force')
    .addOption(jsonOption())
    .action((flags: { json?: true }) => withCore(flags.json === true, list));

  group
    .command('add <range>')
    .description('let an address or network in no more; running nodes follow within a second')
    .requiredOption('--reason <text>', 'why; kept with the ban and in the audit log')
    .option('--for <duration>', 'for so long, such as 30m, 12h, 7d')
    .option('--until <time>', 'until then; without an end it is for good')
    .addOption(jsonOption())
    .action((range: string, flags: AddFlags) =>
      withCore(flags.json === true, (work) => add(work, range, flags)),
    );

  group
    .command('remove <range>')
    .description('let it in again, as `bans list` shows it')
    .addOption(jsonOption())
    .action((range: string, flags: { json?: true }) =>
      withCore(flags.json === true, async ({ core, output }) => {
        if (!(await core.acts.bans.remove(byCommand(), range)))
          throw new AppError('not_found', {
            detail: `${range} is not banned: \`bans list\` shows what is`,
          });
        output.result({ range, banned: false }, () => [`${range} is let in again`]);
      }),
    );

  return group;
}
