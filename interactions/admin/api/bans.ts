// Bans as rows of the operators' API.

import { z } from 'zod';
import type { StoredBan } from '../../../src/domain/bans/bans.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import { moment, onePage, operation, pageFields, pageOf, type Operation } from './operation.ts';
import { Problem } from './problem.ts';

const tag = 'bans';
const range = z.string().min(1).max(60).describe('An address or a network, such as `198.51.100.0/24`.');

const banShown = z.object({
  range: z.string(),
  reason: z.string(),
  by: z.string(),
  created_at: moment,
  until: moment.optional().describe('Absent: for good.'),
});
const show = ({ id, doc: { reason, by, createdAt, until } }: StoredBan): z.input<typeof banShown> => ({
  range: id,
  reason,
  by,
  created_at: createdAt,
  until,
});

export const banOperations = ({ bans }: Pick<Acts, 'bans'>): Operation[] => {
  return [
    operation({
      method: 'get',
      path: '/bans',
      id: 'listBans',
      tag,
      summary: 'Bans in force, by range as text',
      permission: 'bans:read',
      query: z.strictObject(pageFields),
      answer: pageOf(banShown),
      async handle({ query }) {
        return { body: await onePage(query, bans.page, show) };
      },
    }),
    operation({
      method: 'post',
      path: '/bans',
      id: 'addBan',
      tag,
      summary: 'Lets an address or network in no more; again, it changes reason and end',
      description:
        'Refused are trusted proxies, this machine, the address that the request comes from, what is wider than /8 (IPv4) or /19 (IPv6), and more than 5000 bans.',
      permission: 'bans:write',
      status: 201,
      body: z.strictObject({
        range,
        reason: z.string().trim().min(3).max(500),
        until: z.iso.datetime().max(40).optional().describe('Without it for good.'),
      }),
      answer: banShown,
      async handle({ by, body: { range: banned, reason, until } }) {
        const end = until === undefined ? undefined : new Date(until);
        const outcome = await bans.add(by, banned, { reason, until: end });
        if (outcome.kind === 'banned') return { body: show(outcome.ban) };
        const field = outcome.problem === 'ends_before_it_begins' ? '/until' : '/range';
        throw new Problem('invalid', { errors: [{ field, message: outcome.problem }] });
      },
    }),
    operation({
      method: 'delete',
      path: '/bans/{range}',
      id: 'removeBan',
      tag,
      summary: 'Lets a range in again, as the list shows it',
      permission: 'bans:write',
      params: z.strictObject({ range }),
      async handle({ by, params }) {
        if (!(await bans.remove(by, params.range)))
          throw new AppError('not_found', { detail: 'this range is not banned' });
        return {};
      },
    }),
  ];
};
