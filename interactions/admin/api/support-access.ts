// Who lets support into their account (S32, S33): rows of the operators' API. Going in takes a person at the console.

import { z } from 'zod';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import type { ShownAllowance } from '../../../src/domain/operators/support-access.ts';
import {
  reasonText,
  idText,
  moment,
  onePage,
  operation,
  pageFields,
  pageOf,
  type Operation,
} from './operation.ts';

const tag = 'support-access';

const allowanceShown = z.object({
  id: z.string(),
  account_id: z.string(),
  customer_id: z.string(),
  customer_number: z.string(),
  since: moment,
  until: moment,
  uses: z
    .array(z.object({ operator_id: z.string(), reason: z.string(), since: moment, until: moment }))
    .describe('Which operators are in there now, and why.'),
});

const show = (one: ShownAllowance): z.input<typeof allowanceShown> => ({
  id: one.id,
  account_id: one.accountId,
  customer_id: one.customerId,
  customer_number: one.customerNumber,
  since: one.since,
  until: one.until,
  uses: one.uses.map((use) => ({
    operator_id: use.operatorId,
    reason: use.reason,
    since: use.since,
    until: use.endsAt.toISOString(),
  })),
});

export const supportAccessOperations = ({ supportAccess }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/support-access',
    id: 'listSupportAccess',
    tag,
    summary: 'Who lets support into their account now, oldest first',
    permission: 'support-access:read',
    query: z.strictObject(pageFields),
    answer: pageOf(allowanceShown),
    async handle({ query }) {
      return { body: await onePage(query, supportAccess.page, show) };
    },
  }),
  operation({
    method: 'post',
    path: '/support-access/{support_access_id}/end',
    id: 'endSupportAccess',
    tag,
    summary: 'Ends it early; whoever is in there is out at once',
    permission: 'support-access:write',
    params: z.strictObject({ support_access_id: idText }),
    body: z.strictObject({ reason: reasonText }),
    async handle({ by, params, body }) {
      await supportAccess.end(by, params.support_access_id, body.reason);
      return {};
    },
  }),
];
