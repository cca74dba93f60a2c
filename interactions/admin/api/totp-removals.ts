// Taking an authenticator app off: rows of the operators' API. Asking and approving take people; a program
// sees what is under way, and may decide that the app stays on.

import { z } from 'zod';
import { actorKey } from '../../../src/domain/audit/audit-entry.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import {
  removalObstacles,
  removalStates,
  type RemovalObstacle,
  type TotpRemoval,
} from '../../../src/domain/operators/totp-removal-rows.ts';
import type { Stored } from '../../../src/ports/store.ts';
import { accountParams } from './accounts.ts';
import { reasonText, moment, onePage, operation, pageFields, pageOf, type Operation } from './operation.ts';

const tag = 'queues';

const obstacles = Object.keys(removalObstacles) as [RemovalObstacle, ...RemovalObstacle[]];

const removalShown = z.object({
  account_id: z.string(),
  state: z.enum(removalStates),
  reason: z.string().describe('How it was made sure who the person is.'),
  requested_by: z.string(),
  at: moment,
  approved_by: z.string().optional(),
  due_at: moment.optional(),
  ended_by: z.string().optional(),
  end_reason: z.string().optional().describe('In words, for people.'),
  end_code: z.enum(obstacles).optional().describe('What stood in its way, when the system ended it.'),
});
const show = ({ id, doc }: Pick<Stored<TotpRemoval>, 'id' | 'doc'>): z.input<typeof removalShown> => ({
  account_id: id,
  state: doc.state,
  reason: doc.reason,
  requested_by: actorKey(doc.requestedBy),
  at: doc.at,
  approved_by: doc.approvedBy && actorKey(doc.approvedBy),
  due_at: doc.dueAt,
  ended_by: doc.endedBy && actorKey(doc.endedBy),
  end_reason: doc.endReason,
  end_code: doc.endCode,
});

export const totpRemovalOperations = ({ totpRemovals }: Pick<Acts, 'totpRemovals'>): Operation[] => [
  operation({
    method: 'get',
    path: '/totp-removals',
    id: 'listTotpRemovals',
    tag,
    summary: 'Authenticator apps that are to be taken off, or were',
    permission: 'accounts:read',
    query: z.strictObject({
      ...pageFields,
      state: z.enum(removalStates).optional().describe('`requested` unless given.'),
    }),
    answer: pageOf(removalShown),
    async handle({ query: { limit, after, state = 'requested' } }) {
      return { body: await onePage({ limit, after }, (page) => totpRemovals.list(state, page), show) };
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/totp-removal',
    id: 'requestTotpRemoval',
    tag,
    summary: 'Takes a person: every program is refused',
    description:
      'Two people decide that an authenticator app is taken off: one asks for it and another one approves it, in the ' +
      'console or by the command line. Whoever holds the secret of a program would be both, so programs do neither.',
    permission: 'accounts:write',
    status: 403,
    params: accountParams,
    body: z.strictObject({ reason: reasonText }),
    problems: ['person_required'],
    async handle({ by, params: { account_id }, body: { reason } }) {
      await totpRemovals.request(by, account_id, reason);
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/accounts/{account_id}/totp-removal/refuse',
    id: 'refuseTotpRemoval',
    tag,
    summary: 'Decides that the authenticator app stays on',
    permission: 'accounts:write',
    params: accountParams,
    body: z.strictObject({ reason: reasonText }),
    problems: ['conflict'],
    async handle({ by, params: { account_id }, body: { reason } }) {
      await totpRemovals.refuse(by, account_id, reason);
      return {};
    },
  }),
];
