// The sections of the console, in the order of the menu: each with the permission that opens it.

import type { Permission } from '../../src/domain/operators/permissions.ts';

export type Section = {
  readonly path: string;
  /** Locale key under `admin.section`. */
  readonly key: string;
  readonly icon: string;
  readonly permission: Permission;
};

export const sections: readonly Section[] = [
  { path: '/admin/dashboard', key: 'dashboard', icon: 'chart', permission: 'statistics:read' },
  { path: '/admin/accounts', key: 'accounts', icon: 'person', permission: 'accounts:read' },
  { path: '/admin/customers', key: 'customers', icon: 'customer', permission: 'customers:read' },
  { path: '/admin/clients', key: 'clients', icon: 'window', permission: 'clients:read' },
  { path: '/admin/queues', key: 'queues', icon: 'list', permission: 'queues:read' },
  { path: '/admin/support-access', key: 'support_access', icon: 'device', permission: 'support-access:read' },
  { path: '/admin/audit', key: 'audit', icon: 'clock', permission: 'audit:read' },
  { path: '/admin/bans', key: 'bans', icon: 'ban', permission: 'bans:read' },
  { path: '/admin/webhooks', key: 'webhooks', icon: 'hook', permission: 'webhooks:read' },
  { path: '/admin/upstreams', key: 'upstreams', icon: 'identity', permission: 'upstreams:read' },
  { path: '/admin/keys', key: 'keys', icon: 'key', permission: 'keys:read' },
  { path: '/admin/configuration', key: 'configuration', icon: 'profile', permission: 'configuration:read' },
  { path: '/admin/operators', key: 'operators', icon: 'door', permission: 'operators:read' },
];
