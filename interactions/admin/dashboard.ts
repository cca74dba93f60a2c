// The dashboard: what happened over the last hour, day or month, what there is, and what waits for somebody.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { Statistics, StatisticRange } from '../../src/domain/statistics/statistics.ts';
import type { Stock, StockTaking } from '../../src/domain/statistics/stock.ts';
import { percent, shareLine, stackedBars } from './charts.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/dashboard';
const ranges: readonly StatisticRange[] = ['hour', 'day', 'month'];
/** Longer queues are told as such: to count them would take longer than a page may. */
const MOST_COUNTED = 100;
const counted = (count: number): string => (count < MOST_COUNTED ? String(count) : `${MOST_COUNTED}+`);
const MOST_NETWORKS = 10;
/** So many days are in the picture of what there is. */
const STOCK_DAYS = 31;

const secondFactorOf = ({ withSecondFactor, accounts }: Stock): number => percent(withSecondFactor, accounts);
/** Passwords that are hashed as new ones are. */
const hashesOf = ({ withPassword, outdatedHashes }: Stock): number =>
  percent(withPassword - outdatedHashes, withPassword);
const mostOf = (counts: readonly number[]): number => Math.max(1, ...counts);

const sumOf = (counts: Readonly<Record<string, number>>, prefix = ''): number =>
  Object.entries(counts)
    .filter(([name]) => name.startsWith(prefix))
    .reduce((sum, [, count]) => sum + count, 0);

/** GET /admin/dashboard */
export const createDashboard =
  ({ statistics, stock, acts }: { statistics: Statistics; stock: StockTaking; acts: Acts }) =>
  async (visit: ConsoleVisit): Promise<void> => {
    /** What people wait for an answer to. */
    const whatWaits = async () =>
      Object.fromEntries(
        Object.entries(await acts.waiting(MOST_COUNTED)).map(([kind, count]) => [kind, counted(count)]),
      );

    const range = ranges.find((name) => name === visit.query.get('show')) ?? 'day';
    const [signIns, throttled, registrations, recoveries, texts, networks, days, lengths, waiting] =
      await Promise.all([
        statistics.series('sign_ins', range),
        statistics.series('throttled', range),
        statistics.series('registrations', range),
        statistics.series('recoveries', range),
        statistics.series('texts', range),
        visit.may('bans:read') ? statistics.throttledNetworks(MOST_NETWORKS) : [],
        stock.days(STOCK_DAYS),
        acts.queues.lengths(MOST_COUNTED),
        visit.may('queues:read') ? whatWaits() : false,
      ]);
    const chart = stackedBars(
      signIns.points.map(({ counts }) => [
        { key: 'good', count: sumOf(counts, 'signed_in:') },
        { key: 'bad', count: sumOf(counts, 'refused:') },
      ]),
    );
    const held = stackedBars(throttled.points.map(({ counts }) => [{ key: 'bad', count: sumOf(counts) }]));
    const latest = days.at(-1);
    const mostWaiting = mostOf(Object.values(lengths).flatMap(({ waiting, failed }) => [waiting, failed]));
    const mostGuesses = mostOf(networks.map(({ count }) => count));
    const totals = Object.entries(signIns.totals).sort(([, one], [, other]) => other - one);
    visit.show('admin/dashboard.njk', {
      filters: ranges.map((key) => ({ key, href: `${PATH}?show=${key}`, current: key === range })),
      range: { key: range },
      chart,
      held,
      fromAt: signIns.points[0]?.at ?? '',
      untilAt: signIns.points.at(-1)?.at ?? '',
      signedIn: sumOf(signIns.totals, 'signed_in:'),
      refused: sumOf(signIns.totals, 'refused:'),
      totals: totals.map(([name, count]) => {
        const [result = '', what = ''] = name.split(':');
        return {
          result,
          parts: what.split('+').filter((part) => part !== ''),
          count,
          share: percent(count, totals[0]![1]),
        };
      }),
      throttled: sumOf(throttled.totals),
      registrations: sumOf(registrations.totals),
      recoveries: sumOf(recoveries.totals),
      texts: sumOf(texts.totals, 'sent'),
      textsHeld: sumOf(texts.totals, 'held'),
      networks: networks.map(({ network, count, lastAt }) => ({
        network,
        count,
        at: lastAt,
        share: percent(count, mostGuesses),
      })),
      stock: latest
        ? {
            at: latest.at,
            accounts: latest.accounts,
            secondFactor: secondFactorOf(latest),
            totp: percent(latest.withTotp, latest.accounts),
            passkey: percent(latest.withPasskey, latest.accounts),
            hashes: hashesOf(latest),
            // One day is no course yet.
            course:
              days.length > 1
                ? {
                    fromAt: days[0]!.at,
                    days: days.length,
                    secondFactor: shareLine(days.map(secondFactorOf)),
                    hashes: shareLine(days.map(hashesOf)),
                  }
                : false,
          }
        : false,
      waiting,
      queues: Object.entries(lengths).map(([key, { waiting, failed }]) => ({
        channel: { key },
        waiting: counted(waiting),
        failed: counted(failed),
        waitingShare: percent(waiting, mostWaiting),
        failedShare: percent(failed, mostWaiting),
      })),
    });
  };
