// Who lets support into their account (S32, S33): rows of the operators' API. Going in takes a person at the console.

import { z } from 'zod';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { reasonText } from './accounts.ts';
import { idText, moment, operation, type Operation } from './operation.ts';

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

export const supportAccessOperations = ({ supportAccess }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/support-access',
    id: 'listSupportAccess',
    tag,
    summary: 'Who lets support into their account now',
    permission: 'support-access:read',
    answer: z.object({ items: z.array(allowanceShown) }),
    async handle() {
      const found = await supportAccess.list();
      const items = found.map(({ id, accountId, customerId, customerNumber, since, until, uses }) => ({
        id,
        account_id: accountId,
        customer_id: customerId,
        customer_number: customerNumber,
        since,
        until,
        uses: uses.map((use) => ({
          operator_id: use.operatorId,
          reason: use.reason,
          since: use.since,
          until: use.endsAt.toISOString(),
        })),
      }));
      return { body: { items } };
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
