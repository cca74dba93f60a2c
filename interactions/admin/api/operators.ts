// Operators: who is staff, in which roles, as rows of the operators' API.

import { z } from 'zod';
import type { StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { rolesOf } from '../../../src/domain/operators/operators.ts';
import { operatorRoleNames } from '../../../src/domain/operators/permissions.ts';
import { idText, operation, type Operation } from './operation.ts';

const tag = 'operators';
const path = '/operators/{account_id}/roles/{role}';
const params = z.strictObject({
  account_id: idText,
  role: z
    .string()
    .max(30)
    .describe(`One of ${operatorRoleNames.join(', ')}.`),
});

const operatorShown = z.object({
  account_id: z.string(),
  email: z.string(),
  name: z.string().optional(),
  status: z.enum(['active', 'disabled']),
  roles: z.array(z.enum(operatorRoleNames as [string, ...string[]])),
});
const show = ({ id, doc }: StoredAccount): z.input<typeof operatorShown> => ({
  account_id: id,
  email: doc.email,
  name: doc.name,
  status: doc.status,
  roles: rolesOf(doc),
});

export const operatorOperations = ({ operators }: Pick<Acts, 'operators'>): Operation[] => [
  operation({
    method: 'get',
    path: '/operators',
    id: 'listOperators',
    tag,
    summary: 'All operators, disabled ones too, by the age of their accounts',
    permission: 'operators:read',
    answer: z.object({ items: z.array(operatorShown) }),
    async handle() {
      return { body: { items: (await operators.list()).map(show) } };
    },
  }),
  operation({
    method: 'put',
    path,
    id: 'grantOperatorRole',
    tag,
    summary: 'Gives an account a role',
    description: 'Takes every permission of the role. The person hears of it by mail.',
    permission: 'operators:write',
    params,
    body: z.strictObject({ reason: z.string().trim().min(3).max(500) }),
    answer: operatorShown,
    async handle({ by, params: { account_id: id, role }, body: { reason } }) {
      return { body: show(await operators.grant(by, id, role, reason)) };
    },
  }),
  operation({
    method: 'delete',
    path,
    id: 'revokeOperatorRole',
    tag,
    summary: 'Takes a role from an account, at its very next request; the last owner stays one',
    description: 'Takes every permission of the role. The person hears of it by mail.',
    permission: 'operators:write',
    params,
    async handle({ by, params: { account_id: id, role } }) {
      await operators.revoke(by, id, role);
      return {};
    },
  }),
];
