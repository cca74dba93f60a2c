// `statistics …`: what happened lately, and what there is.

import { Command, Option } from 'commander';
import { statisticKinds, type StatisticKind, type StatisticRange } from '../domain/statistics/statistics.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './output.ts';
import type { Work, WithCore } from './run.ts';

async function show({ core, output }: Work, range: StatisticRange): Promise<void> {
  const all = await Promise.all(statisticKinds.map((kind) => core.statistics.series(kind, range)));
  const totals = Object.fromEntries(all.map((series) => [series.kind, series.totals])) as Record<
    StatisticKind,
    Record<string, number>
  >;
  const networks = await core.statistics.throttledNetworks(10);
  const stock = (await core.stock.days(1)).at(-1);
  const queues = await core.operations.queues.lengths();
  output.result({ range, totals, throttledNetworks: networks, stock, queues }, () => [
    ...table(
      Object.entries(totals).flatMap(([kind, counts]) =>
        Object.entries(counts)
          .sort(([, one], [, other]) => other - one)
          .map(([what, count]) => ({ what: kind, which: what, count: String(count) })),
      ),
    ),
    '',
    ...table(
      networks.map(({ network, count, lastAt }) => ({
        'throttled today': network,
        count: String(count),
        'last at': lastAt,
      })),
    ),
    '',
    ...table(
      Object.entries(queues).map(([queue, { waiting, failed }]) => ({
        queue,
        waiting: String(waiting),
        failed: String(failed),
      })),
    ),
    ...(stock ? ['', ...fields(stock)] : []),
  ]);
}

/** The `statistics` group. */
export function statisticsCommands(withCore: WithCore): Command {
  const group = new Command('statistics').description('sign-ins, factors, throttled networks, queues');
  group
    .command('show')
    .description('what happened in the last hour, day or month, and what there is')
    .addOption(
      new Option('--range <range>', 'over which time').choices(['hour', 'day', 'month']).default('day'),
    )
    .addOption(jsonOption())
    .action((flags: { range: StatisticRange; json?: true }) =>
      withCore(flags.json === true, (work) => show(work, flags.range)),
    );
  return group;
}
