// A person's API tokens, as rows of the operators' API.

import { z } from 'zod';
import { tokenLevels } from '../../../src/domain/api-tokens/token-levels.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { accountParams } from './accounts.ts';
import { idText, moment, operation, type Operation } from './operation.ts';

const tag = 'api-tokens';

const apiTokenShown = z.object({
  id: z.string(),
  name: z.string(),
  level: z.enum(tokenLevels),
  customer_id: z.string(),
  addresses: z.array(z.string()),
  created_at: moment,
  ends_at: moment.optional(),
  last_used_at: moment.optional(),
  last_used_from: z.string().optional(),
});

export const apiTokenOperations = ({ apiTokens }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/accounts/{account_id}/api-tokens',
    id: 'listApiTokens',
    tag,
    summary: 'The API tokens of an account, newest first, without their values',
    permission: 'accounts:read',
    params: accountParams,
    answer: z.object({ items: z.array(apiTokenShown) }),
    async handle({ params }) {
      const items = (await apiTokens.list(params.account_id)).map(({ id, doc }) => ({
        id,
        name: doc.name,
        level: doc.level,
        customer_id: doc.customerId,
        addresses: [...doc.addresses],
        created_at: doc.createdAt,
        ends_at: doc.endsAt,
        last_used_at: doc.lastUsedAt,
        last_used_from: doc.lastUsedFrom,
      }));
      return { body: { items } };
    },
  }),
  operation({
    method: 'delete',
    path: '/accounts/{account_id}/api-tokens/{token_id}',
    id: 'revokeApiToken',
    tag,
    summary: 'Revokes an API token on every node; its person is told by mail',
    permission: 'accounts:write',
    params: z.strictObject({ account_id: idText, token_id: idText }),
    async handle({ by, params }) {
      await apiTokens.revoke(by, params.account_id, params.token_id);
      return {};
    },
  }),
];
