// What operators may do: permissions of the form `<resource>:<verb>`, and the roles that give them. The console, the
// command line and the operators' API ask this one table; the scopes of the API are the same names.

import type { Account } from '../accounts/accounts.ts';

/** Every permission. Writing includes reading, by the roles below: none gives `write` without `read`. */
export const permissions = [
  'accounts:read',
  'accounts:write',
  'customers:read',
  'customers:write',
  'clients:read',
  'clients:write',
  'queues:read',
  'queues:write',
  'support-access:read',
  'support-access:write',
  'statistics:read',
  'audit:read',
  'bans:read',
  'bans:write',
  'webhooks:read',
  'webhooks:write',
  'upstreams:read',
  'upstreams:write',
  'keys:read',
  'keys:write',
  'configuration:read',
  'operators:read',
  'operators:write',
] as const;

export type Permission = (typeof permissions)[number];

const names: ReadonlySet<string> = new Set(permissions);
/** Whether there is such a permission. */
export const isPermission = (name: string): name is Permission => names.has(name);

/** What each role may do. Nobody but an owner decides who is an operator, or touches the keys. */
export const operatorRoles = {
  owner: permissions,
  clients: ['clients:read', 'clients:write', 'statistics:read', 'upstreams:read', 'keys:read'],
  support: [
    'accounts:read',
    'accounts:write',
    'customers:read',
    'customers:write',
    'queues:read',
    'queues:write',
    'support-access:read',
    'support-access:write',
    'statistics:read',
    'bans:read',
    'clients:read',
  ],
  auditor: permissions.filter((permission) => permission.endsWith(':read')),
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

export type OperatorRole = keyof typeof operatorRoles;

/** The names of the roles, the mightiest first. */
export const operatorRoleNames = Object.keys(operatorRoles) as readonly OperatorRole[];

/** Whether there is such a role. */
export const isOperatorRole = (name: string): name is OperatorRole => Object.hasOwn(operatorRoles, name);

/**
 * What the account may do as an operator, at this moment: nothing when it is disabled, and nothing by a role that there
 * is not. Ask it of the account as it is stored now, at every request.
 */
export function permissionsOf({
  operatorRoles: given = [],
  status,
}: Pick<Account, 'operatorRoles' | 'status'>): ReadonlySet<Permission> {
  if (status !== 'active') return new Set();
  return new Set(given.filter(isOperatorRole).flatMap((role): readonly Permission[] => operatorRoles[role]));
}
