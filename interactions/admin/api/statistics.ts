// What happened over time, and the daily counts of accounts: the rows of the operators' API.

import { z } from 'zod';
import type { StockTaking } from '../../../src/domain/statistics/stock.ts';
import { statisticKinds, type Statistics } from '../../../src/domain/statistics/statistics.ts';
import { moment, operation, type Operation } from './operation.ts';

const counts = z.record(z.string(), z.number().int());

const stockShown = z.object({
  at: moment,
  accounts: z.number().int(),
  disabled: z.number().int(),
  with_password: z.number().int(),
  outdated_hashes: z.number().int(),
  hash_schemes: counts,
  with_totp: z.number().int(),
  with_passkey: z.number().int(),
  with_second_factor: z.number().int(),
});

export const statisticsOperations = ({
  statistics,
  stock,
}: {
  statistics: Statistics;
  stock: StockTaking;
}): Operation[] => [
  operation({
    method: 'get',
    path: '/statistics/{kind}',
    id: 'getStatistics',
    tag: 'statistics',
    summary: 'What happened over the last hour, day or month',
    permission: 'statistics:read',
    params: z.strictObject({ kind: z.enum(statisticKinds) }),
    query: z.strictObject({ range: z.enum(['hour', 'day', 'month']).optional() }),
    answer: z.object({
      kind: z.enum(statisticKinds),
      range: z.enum(['hour', 'day', 'month']),
      points: z.array(z.object({ at: moment, counts })),
      totals: counts,
    }),
    async handle({ params: { kind }, query: { range = 'day' } }) {
      const { points, totals } = await statistics.series(kind, range);
      const shown = points.map((point) => ({ at: point.at, counts: { ...point.counts } }));
      return { body: { kind, range, points: shown, totals: { ...totals } } };
    },
  }),
  operation({
    method: 'get',
    path: '/statistics/throttled/networks',
    id: 'listThrottledNetworks',
    tag: 'statistics',
    summary: 'The networks that had to wait most often on a day',
    permission: 'statistics:read',
    query: z.strictObject({ day: z.iso.date().optional().describe('UTC; today unless given.') }),
    answer: z.object({
      items: z.array(z.object({ network: z.string(), count: z.number().int(), last_at: moment })),
    }),
    async handle({ query: { day } }) {
      const found = await statistics.throttledNetworks(100, day);
      return {
        body: { items: found.map(({ network, count, lastAt }) => ({ network, count, last_at: lastAt })) },
      };
    },
  }),
  operation({
    method: 'get',
    path: '/statistics/stock/days',
    id: 'listStock',
    tag: 'statistics',
    summary: 'Accounts, second factors and password hashes, as they were counted each day',
    permission: 'statistics:read',
    answer: z.object({ items: z.array(stockShown) }),
    async handle() {
      const items = (await stock.days()).map((day) => ({
        at: day.at,
        accounts: day.accounts,
        disabled: day.disabled,
        with_password: day.withPassword,
        outdated_hashes: day.outdatedHashes,
        hash_schemes: { ...day.hashSchemes },
        with_totp: day.withTotp,
        with_passkey: day.withPasskey,
        with_second_factor: day.withSecondFactor,
      }));
      return { body: { items } };
    },
  }),
];
