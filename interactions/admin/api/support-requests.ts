// What people wrote to support, signed in or with no way in left (S19, S59, S68): rows of the operators' API.

import { z } from 'zod';
import { requestKinds, supportStates } from '../../../src/domain/support/support-requests.ts';
import type { DeskOutcome, ShownRequest, SupportDesk } from '../../../src/domain/operators/support-desk.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import { idText, moment, onePage, operation, pageFields, pageOf, type Operation } from './operation.ts';
import { Problem } from './problem.ts';

const tag = 'queues';
const state = z.enum(supportStates);
const params = z.strictObject({ request_id: idText });

const requestShown = z.object({
  id: z.string(),
  kind: z.enum(requestKinds),
  state,
  email: z.string().optional().describe('As typed: nobody has checked whose it is.'),
  service: z.string().optional(),
  subject: z.string().optional(),
  account_id: z.string().optional().describe('Who wrote it, when they were signed in.'),
  text: z.string(),
  contact: z.string(),
  at: moment,
  closed_at: moment.optional(),
  taken_by: z.string().optional().describe('Who works on it, as the audit log names them.'),
  has_password: z
    .boolean()
    .describe('A password to a server lies with it; it is shown in the console, once.'),
});
const oneShown = requestShown.extend({
  messages: z.array(z.object({ by: z.enum(['person', 'operator']), at: moment, text: z.string() })),
});

const show = (doc: ShownRequest): z.input<typeof requestShown> => ({
  id: doc.id,
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
  taken_by: doc.takenBy,
  has_password: doc.hasPassword,
});

const refusals: Readonly<Record<Exclude<DeskOutcome, 'done' | 'unknown'>, string>> = {
  closed: 'it is closed already',
  taken: 'somebody else has taken it',
  not_taken: 'take it first',
  bad_text: 'the text is empty or too long',
  full: 'it has as many messages as it may have',
};

function requireDone(outcome: DeskOutcome): void {
  if (outcome === 'unknown') throw new AppError('not_found', { detail: 'no such request' });
  if (outcome !== 'done') throw new Problem('conflict', { detail: refusals[outcome] });
}

export const supportOperations = ({ supportDesk }: { supportDesk: SupportDesk }): Operation[] => [
  operation({
    method: 'get',
    path: '/support-requests',
    id: 'listSupportRequests',
    tag,
    summary: 'What people wrote to support, newest first',
    permission: 'queues:read',
    query: z.strictObject({
      ...pageFields,
      state: state.optional().describe('`open` unless given.'),
      kind: z.enum(requestKinds).optional().describe('Only these; of any kind unless given.'),
    }),
    answer: pageOf(requestShown),
    async handle({ query: { limit, after, kind, state: wanted = 'open' } }) {
      const find = (page: { limit: number; after?: string }) => supportDesk.list(wanted, { kind, ...page });
      return { body: await onePage({ limit, after }, find, show) };
    },
  }),
  operation({
    method: 'get',
    path: '/support-requests/{request_id}',
    id: 'getSupportRequest',
    tag,
    summary: 'One request, with what was written to and fro',
    permission: 'queues:read',
    params,
    answer: oneShown,
    async handle({ params: { request_id } }) {
      const found = await supportDesk.get(request_id);
      if (!found) throw new AppError('not_found', { detail: 'no such request' });
      return { body: { ...show(found), messages: [...(found.messages ?? [])] } };
    },
  }),
  operation({
    method: 'post',
    path: '/support-requests/{request_id}/take',
    id: 'takeSupportRequest',
    tag,
    summary: 'Takes a request, so that two do not work at it',
    permission: 'queues:write',
    params,
    problems: ['conflict'],
    async handle({ by, params: { request_id } }) {
      requireDone(await supportDesk.take(by, request_id));
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/support-requests/{request_id}/answer',
    id: 'answerSupportRequest',
    tag,
    summary: 'Answers a request of a signed-in person: on their page, and by mail',
    permission: 'queues:write',
    params,
    body: z.strictObject({ text: z.string().trim().min(1).max(8000) }),
    problems: ['conflict'],
    async handle({ by, params: { request_id }, body }) {
      requireDone(await supportDesk.answer(by, request_id, body.text));
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/support-requests/{request_id}/close',
    id: 'closeSupportRequest',
    tag,
    summary: 'Notes that a request has been dealt with',
    permission: 'queues:write',
    params,
    problems: ['conflict'],
    async handle({ by, params: { request_id } }) {
      requireDone(await supportDesk.close(by, request_id));
      return {};
    },
  }),
];
