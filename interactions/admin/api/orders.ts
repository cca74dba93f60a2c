// First orders: one call makes customer and account, and mails the person login name and link.

import { z } from 'zod';
import { orderRequest } from '../../../src/domain/accounts/orders.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { operation, type Operation } from './operation.ts';

const orderShown = z.object({
  account_id: z.string(),
  login: z.string().describe('What the person signs in with.'),
  email: z.string(),
  customer_id: z.string(),
  customer_number: z.string(),
  vetting: z.enum(['unvetted', 'vetted', 'refused']),
});

export const orderOperations = ({ customers }: Acts): Operation[] => [
  operation({
    method: 'post',
    path: '/orders',
    id: 'openOrder',
    tag: 'orders',
    summary: 'Opens the first order of somebody new',
    description:
      'Makes a customer and an account that owns it, and mails the person the login name with a link that sets the ' +
      'password. The same `key` and the same order again change nothing and are answered the same, for ever. ' +
      'Somebody who has an account already is refused: whoever orders has not shown to be them. Also needs customers:write.',
    permission: 'accounts:write',
    status: 201,
    body: orderRequest,
    answer: orderShown,
    problems: ['taken'],
    async handle({ by, body }) {
      const { account, customer } = await customers.openOrder(by, body);
      const { login, email } = account.doc;
      return {
        body: {
          account_id: account.id,
          login: login ?? email,
          email,
          customer_id: customer.id,
          customer_number: customer.doc.number,
          vetting: customer.doc.vetting?.state ?? 'unvetted',
        },
        location: `/accounts/${account.id}`,
      };
    },
  }),
];
