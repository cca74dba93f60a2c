// Requests to close a customer: rows of the operators' API.

import { z } from 'zod';
import { customerNumber } from '../../../src/domain/accounts/account-records.ts';
import type { ClosingOutcome } from '../../../src/domain/customers/closings.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { closingStates, type ShownClosing } from '../../../src/domain/operators/closings.ts';
import { AppError } from '../../../src/lib/app-error.ts';
import { reasonText, moment, onePage, operation, pageFields, pageOf, type Operation } from './operation.ts';
import { Problem } from './problem.ts';

const tag = 'queues';
const params = z.strictObject({ number: customerNumber });

const closingShown = z.object({
  number: z.string(),
  name: z.string(),
  state: z.enum(closingStates),
  requested_by: z.string().describe('The account that asked for it.'),
  reason: z.string().optional(),
  decided_by: z.string().optional().describe('Who checked, refused or closed it last.'),
  at: moment.describe('Of the last change.'),
});

const show = ({ customer, closing }: ShownClosing): z.input<typeof closingShown> => ({
  number: customer.doc.number,
  name: customer.doc.name,
  state: closing.state,
  requested_by: closing.requestedBy,
  reason: closing.reason,
  decided_by: closing.decidedBy,
  at: closing.at,
});

function requireDone(outcome: ClosingOutcome): void {
  if (outcome === 'no_request') throw new AppError('not_found', { detail: 'nobody has asked for it' });
  if (outcome === 'members') throw new Problem('conflict', { detail: 'others act for the customer' });
  if (outcome !== 'done') throw new Problem('conflict', { detail: 'it is not in the state for that' });
}

export const closingOperations = ({ closings }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/closings',
    id: 'listClosings',
    tag,
    summary: 'Requests to close a customer, the oldest customer first',
    permission: 'customers:read',
    query: z.strictObject({
      ...pageFields,
      state: z.enum(closingStates).optional().describe('`requested` unless given.'),
    }),
    answer: pageOf(closingShown),
    async handle({ query: { limit, after, state = 'requested' } }) {
      return { body: await onePage({ limit, after }, (page) => closings.list(state, page), show) };
    },
  }),
  operation({
    method: 'post',
    path: '/customers/{number}/closing/check',
    id: 'checkClosing',
    tag,
    summary: 'Notes that there are no debts, no active services and no balance',
    permission: 'customers:write',
    params,
    problems: ['conflict'],
    async handle({ by, params: { number } }) {
      requireDone(await closings.check(by, number));
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/customers/{number}/closing/refuse',
    id: 'refuseClosing',
    tag,
    summary: 'Says no; the owner is told why',
    permission: 'customers:write',
    params,
    body: z.strictObject({ reason: reasonText }),
    problems: ['conflict'],
    async handle({ by, params: { number }, body }) {
      requireDone(await closings.refuse(by, number, body.reason));
      return {};
    },
  }),
  operation({
    method: 'post',
    path: '/customers/{number}/closing/close',
    id: 'closeCustomer',
    tag,
    summary: 'Ends a customer that was checked; it cannot be brought back',
    permission: 'customers:write',
    params,
    problems: ['conflict'],
    async handle({ by, params: { number } }) {
      requireDone(await closings.close(by, number));
      return {};
    },
  }),
];
