// What people wrote to support when no way in was left (S59, S68): rows of the operators' API.

import { z } from 'zod';
import { supportStates } from '../../../src/domain/support/support-requests.ts';
import type { SupportActs } from '../../../src/domain/operators/support-requests.ts';
import {
  fromCursor,
  idText,
  moment,
  onePage,
  operation,
  pageFields,
  pageOf,
  toCursor,
  type Operation,
} from './operation.ts';

const tag = 'queues';
const state = z.enum(supportStates);

const requestShown = z.object({
  id: z.string(),
  kind: z.enum(['second-factor', 'login', 'account']),
  state,
  email: z.string().optional().describe('As typed: nobody has checked whose it is.'),
  service: z.string().optional(),
  subject: z.string().optional(),
  account_id: z.string().optional().describe('Who wrote it, when they were signed in.'),
  text: z.string(),
  contact: z.string(),
  at: moment,
  closed_at: moment.optional(),
});

export const supportOperations = ({ supportRequests }: { supportRequests: SupportActs }): Operation[] => [
  operation({
    method: 'get',
    path: '/support-requests',
    id: 'listSupportRequests',
    tag,
    summary: 'What people wrote to support, newest first',
    permission: 'queues:read',
    query: z.strictObject({ ...pageFields, state: state.optional().describe('`open` unless given.') }),
    answer: pageOf(requestShown),
    async handle({ query: { limit, after, state: wanted = 'open' } }) {
      const place = fromCursor(after, 1);
      const find = (most: number) =>
        supportRequests.list(wanted, { limit: most, ...(place && { after: place[0] }) });
      const body = await onePage(
        limit,
        find,
        ({ id, doc }) => ({
          id,
          kind: doc.kind,
          state: doc.state,
          email: doc.email,
          service: doc.service,
          subject: doc.subject,
          account_id: doc.accountId,
          text: doc.text,
          contact: doc.contact,
          at: doc.at,
          closed_at: doc.closedAt,
        }),
        ({ id }) => toCursor(id),
      );
      return { body };
    },
  }),
  operation({
    method: 'post',
    path: '/support-requests/{request_id}/close',
    id: 'closeSupportRequest',
    tag,
    summary: 'Notes that a request has been dealt with',
    permission: 'queues:write',
    params: z.strictObject({ request_id: idText }),
    problems: ['conflict'],
    async handle({ by, params: { request_id } }) {
      await supportRequests.close(by, request_id);
      return {};
    },
  }),
];
