// Who asks for something among the operators, and what they may: a client of the API, a person at the console, or the
// command line. Every function of this room takes one.

import type { Actor, AuditEvent } from '../audit/audit-entry.ts';
import { permissions, type Permission } from './permissions.ts';

export type Caller = {
  readonly actor: Actor;
  /** What they may at this moment. */
  readonly permissions: ReadonlySet<Permission>;
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
  /** Why they do it, when they were asked. */
  readonly reason?: string | undefined;
};

/** Notes in the audit log what was done. */
export type RecordAct = (event: AuditEvent) => Promise<unknown>;

/** Whoever is at the machine itself: they hold the secret and the database. */
export const atTheMachine = (name: string): Caller => ({
  actor: { kind: 'command', name },
  permissions: new Set(permissions),
});

/** It takes more than the caller may. */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted';
  readonly permission: Permission;
  constructor(permission: Permission, what: string) {
    super(`${what}: this needs ${permission}`);
    this.permission = permission;
  }
}

/** It takes a person: a program is nobody, and whoever holds its secret would be one hand more than they are. */
export class NeedsPerson extends Error {
  override readonly name = 'NeedsPerson';
}

/** What was asked does not fit what there is, though there is nothing wrong with it in itself. */
export class WrongState extends Error {
  override readonly name = 'WrongState';
}

/** Refuses what takes more than the permission of the operation itself; `what` says why. */
export function requirePermission(by: Caller, permission: Permission, what: string): void {
  if (!by.permissions.has(permission)) throw new NotPermitted(permission, what);
}

/** Who a caller is, in one short text. */
export const nameOf = ({ actor }: Caller): string => {
  switch (actor.kind) {
    case 'client':
      return actor.clientId;
    case 'person':
    case 'operator':
      return actor.accountId;
    case 'command':
      return actor.name ?? 'command line';
    case 'system':
      return 'system';
    default:
      return actor satisfies never;
  }
};

/** The part of an audit event that is the same for everything that a caller does. */
export const actOf = ({ actor, address, userAgent, requestId, reason }: Caller) => ({
  actor,
  address,
  userAgent,
  requestId,
  reason,
});
