// Who is at the command line, for the audit log.

import { userInfo } from 'node:os';
import type { Actor, AuditEvent } from '../domain/audit/audit-entry.ts';
import { atTheMachine, type Caller } from '../domain/operators/caller.ts';
import type { Work } from './run.ts';

/** The machine's user, as the machine knows them; containers may have one without a name. */
export function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

export const commandActor = (): Actor => ({ kind: 'command', name: operatorName() });

/** The same with all that there is to be allowed. */
export const byCommand = (): Caller => atTheMachine(operatorName());

/** Writes what a command did into the audit log. When it cannot, the command has failed. */
export async function record({ core }: Pick<Work, 'core'>, event: Omit<AuditEvent, 'actor'>): Promise<void> {
  await core.audit.record({ ...event, actor: commandActor() });
}
