// `statistics …`: what happened lately, and what there is.

import { Command, Option } from 'commander';
import { statisticKinds, type StatisticKind, type StatisticRange } from '../domain/statistics/statistics.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import type { Work, WithCore } from './run.ts';

async function show({ core, output }: Work, range: StatisticRange): Promise<void> {
  const all = await Promise.all(statisticKinds.map((kind) => core.statistics.series(kind, range)));
  const totals = Object.fromEntries(all.map((series) => [series.kind, series.totals])) as Record<
    StatisticKind,
    Record<string, number>
  >;
  const networks = await core.statistics.throttledNetworks(10);
  const stock = (await core.stock.days(1)).at(-1);
  const [queues, requests] = await Promise.all([core.acts.queues.lengths(), core.acts.waiting()]);
  const happened = Object.entries(totals).flatMap(([kind, counts]) =>
    Object.entries(counts)
      .sort(([, one], [, other]) => other - one)
      .map(([what, count]) => ({ what: kind, which: what, count: String(count) })),
  );
  const waited = networks.map(({ network, count, lastAt }) => ({
    network,
    count: String(count),
    'last at': lastAt,
  }));
  const waiting = Object.entries(queues).map(([queue, lengths]) => ({
    queue,
    waiting: String(lengths.waiting),
    failed: String(lengths.failed),
  }));
  output.result({ range, totals, throttledNetworks: networks, stock, queues, requests }, () => [
    `In the last ${range}:`,
    ...table(happened),
    '',
    'Networks that had to wait today:',
    ...table(waited),
    '',
    'Messages:',
    ...table(waiting),
    '',
    'Requests that wait for an operator:',
    ...fields(requests),
    ...(stock ? ['', 'The house:', ...fields(stock)] : []),
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
