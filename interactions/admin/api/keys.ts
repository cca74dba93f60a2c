// The keys that tokens are signed with: the rows of the operators' API.

import { z } from 'zod';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import { reasonText, moment, operation, type Operation } from './operation.ts';

const keyShown = z.object({
  kid: z.string(),
  alg: z.string(),
  state: z.enum(['next', 'active', 'retired']),
  active_from: moment,
  removed_at: moment.optional(),
});
type Key = Awaited<ReturnType<Acts['keys']['list']>>[number];
const showKeys = (keys: readonly Key[]) => ({
  items: keys.map(({ kid, alg, state, activeFrom, removedAt }) => ({
    kid,
    alg,
    state,
    active_from: activeFrom,
    removed_at: removedAt,
  })),
});

export const keyOperations = ({ keys }: Pick<Acts, 'keys'>): Operation[] => [
  operation({
    method: 'get',
    path: '/keys',
    id: 'listKeys',
    tag: 'keys',
    summary: 'The signing keys and what each is for now',
    permission: 'keys:read',
    answer: z.object({ items: z.array(keyShown) }),
    async handle() {
      return { body: showKeys(await keys.list()) };
    },
  }),
  operation({
    method: 'post',
    path: '/keys/rotate',
    id: 'rotateKeys',
    tag: 'keys',
    summary: 'Publishes a new key per algorithm, which signs after the overlap, or at once',
    permission: 'keys:write',
    body: z.strictObject({ now: z.boolean().optional() }),
    answer: z.object({ items: z.array(keyShown) }),
    async handle({ by, body: { now } }) {
      return { body: showKeys(await keys.rotate(by, { now })) };
    },
  }),
  operation({
    method: 'post',
    path: '/keys/{kid}/revoke',
    id: 'revokeKey',
    tag: 'keys',
    summary: 'Takes a key that others may have out at once',
    permission: 'keys:write',
    params: z.strictObject({ kid: z.string().regex(/^[\w-]{1,100}$/) }),
    body: z.strictObject({ reason: reasonText }),
    async handle({ by, params: { kid }, body: { reason } }) {
      if (!(await keys.revoke(by, kid, reason))) throw new AppError('not_found', { detail: 'no such key' });
      return {};
    },
  }),
];
