// Acts of operators that leave a trace even when the process dies in the middle of one: who was at what. Whether it was
// done nobody knows then; whoever reads the audit log looks.

import type { Audit } from '../audit/audit.ts';
import type { Actor, AuditEvent, Whence } from '../audit/audit-entry.ts';
import type { Unfinished } from '../unfinished.ts';
import type { Caller } from './caller.ts';

/** The same functions; those that are called with a caller, or an actor, first are kept. */
export type KeepActs = <G extends object>(resource: string, group: G) => G;

/** Whose acts are about an account, which is named first. */
const ABOUT_ACCOUNTS: readonly string[] = ['accounts', 'apiTokens', 'operators', 'sessions', 'totpRemovals'];

const ACTORS: readonly unknown[] = ['person', 'operator', 'client', 'command', 'system'];

type BegunAct = Whence & {
  /** `<resource>.<function>` */
  readonly act: string;
  readonly actor: Actor;
  readonly accountId?: string;
  readonly target?: string;
  readonly reason?: string | undefined;
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Who calls, if the arguments of a function begin with that. */
function callerOf([first]: readonly unknown[]): (Whence & { actor: Actor; reason?: string }) | undefined {
  if (!isObject(first)) return undefined;
  if ('permissions' in first && 'actor' in first) {
    const { actor, address, userAgent, requestId, reason } = first as Caller;
    return { actor, address, userAgent, requestId, ...(reason === undefined ? {} : { reason }) };
  }
  return 'kind' in first && ACTORS.includes(first.kind) ? { actor: first as Actor } : undefined;
}

/** Makes groups of functions kept. */
export function createKeptActs(parts: { unfinished: Unfinished; audit: Pick<Audit, 'record'> }): KeepActs {
  const during = parts.unfinished.kind<BegunAct>('operator', async ({ act, ...begun }) => {
    const event: AuditEvent = {
      ...begun,
      action: 'operator.act_interrupted',
      after: { detail: act, interrupted: true },
    };
    await parts.audit.record(event);
  });

  return (resource, group) => {
    const kept = Object.entries(group as Record<string, unknown>).map(([name, act]) => {
      if (typeof act !== 'function') return [name, act] as const;
      const call = (...given: unknown[]): unknown => {
        const work = () => act.apply(group, given) as Promise<unknown>;
        const caller = callerOf(given);
        if (!caller) return work();
        const about = typeof given[1] === 'string' ? given[1] : undefined;
        const isAccount = ABOUT_ACCOUNTS.includes(resource);
        return during(
          {
            ...caller,
            act: `${resource}.${name}`,
            ...(about === undefined ? {} : isAccount ? { accountId: about } : { target: about }),
          },
          work,
        );
      };
      return [name, call] as const;
    });
    return Object.fromEntries(kept) as typeof group;
  };
}
