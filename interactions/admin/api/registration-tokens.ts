// Initial access tokens, by which clients register themselves: rows of the operators' API.

import { z } from 'zod';
import { registrationTokenBounds } from '../../../src/domain/client-registration/registration-tokens.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import type { ShownRegistrationToken } from '../../../src/domain/operators/registration-tokens.ts';
import { idText, moment, onePage, operation, pageFields, pageOf, type Operation } from './operation.ts';

const tag = 'clients';
const { uses, days } = registrationTokenBounds;

const tokenShown = z.object({
  id: z.string(),
  policy: z.string(),
  note: z.string(),
  uses: z.int(),
  uses_left: z.int(),
  by: z.string().describe('Who made it, as the audit log names them.'),
  created_at: moment,
  expires_at: moment,
});

const show = (token: ShownRegistrationToken): z.input<typeof tokenShown> => ({
  id: token.id,
  policy: token.policy,
  note: token.note,
  uses: token.uses,
  uses_left: token.usesLeft,
  by: token.by,
  created_at: token.createdAt,
  expires_at: token.expiresAt,
});

export const registrationTokenOperations = ({ registrationTokens: acts }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/registration-tokens',
    id: 'listRegistrationTokens',
    tag,
    summary: 'Initial access tokens, newest first, without themselves',
    permission: 'clients:read',
    query: z.strictObject(pageFields),
    answer: pageOf(tokenShown),
    async handle({ query }) {
      return { body: await onePage(query, acts.list, show) };
    },
  }),
  operation({
    method: 'post',
    path: '/registration-tokens',
    id: 'createRegistrationToken',
    tag,
    summary: 'Makes an initial access token, by which clients register themselves',
    description: 'The policies are those of VRATNY_CLIENT_REGISTRATION.',
    permission: 'clients:write',
    status: 201,
    body: z.strictObject({
      policy: z.string().min(1).max(40),
      note: z.string().trim().max(200).default(''),
      uses: z.int().min(1).max(uses).default(1),
      days: z.int().min(1).max(days).default(7),
    }),
    answer: tokenShown.extend({ token: z.string().describe('Shown once; it is stored as a hash.') }),
    problems: ['conflict'],
    async handle({ by, body }) {
      const { shown, token } = await acts.create(by, body);
      return { body: { ...show(shown), token } };
    },
  }),
  operation({
    method: 'delete',
    path: '/registration-tokens/{token_id}',
    id: 'revokeRegistrationToken',
    tag,
    summary: 'Takes one back; the clients that were registered by it stay',
    permission: 'clients:write',
    params: z.strictObject({ token_id: idText }),
    async handle({ by, params: { token_id } }) {
      await acts.revoke(by, token_id);
      return {};
    },
  }),
];
