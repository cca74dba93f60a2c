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
  { path: '/admin/configuration', key: 'configuration', icon: 'profile', permission: 'configuration:read' },
  { path: '/admin/operators', key: 'operators', icon: 'person', permission: 'operators:read' },
];
