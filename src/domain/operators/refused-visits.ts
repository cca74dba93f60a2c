// Who was signed in and not let into the console, in the audit log: an account without a role or a second factor, an operator
// whose role does not reach the page. Written beside the answer, which tells nothing of it by its time.

import type { Log } from '../../lib/log.ts';
import type { Whence } from '../audit/audit-entry.ts';
import type { Audit } from '../audit/audit.ts';
import type { Quotas } from '../limits/quotas.ts';
import { refusedSignInQuota } from './refused-sign-ins.ts';

/** Accounts without a role may be anybody's, and many: so many entries do all of them together get. */
export const refusedStrangersQuota = { limit: 200, windowSeconds: 3600 } as const;

export type RefusedVisit = {
  readonly accountId: string;
  /** The permission that the page asks for is told by its name. */
  readonly why: 'no_role' | 'no_second_factor' | { readonly permission: string };
  readonly path: string;
};

/** Refused visits over the log. `idle` resolves when none is left to write. */
export function createRefusedVisits(parts: {
  quotas: Pick<Quotas, 'spend'>;
  audit: Pick<Audit, 'record'>;
  here: () => Whence | undefined;
  log: Log;
}) {
  const { quotas, audit, here, log } = parts;
  const pending = new Set<Promise<void>>();

  async function record({ accountId, why, path }: RefusedVisit, whence: Whence): Promise<void> {
    const isStranger = why === 'no_role';
    const allowances = [
      { id: `refused-visit:${accountId}`, ...refusedSignInQuota },
      ...(isStranger ? [{ id: 'refused-visits', ...refusedStrangersQuota }] : []),
    ];
    if ((await quotas.spend(allowances)) > 0) return;
    await audit.record({
      ...whence,
      action: 'operator.console_refused',
      actor: { kind: isStranger ? 'person' : 'operator', accountId },
      accountId,
      target: path.slice(0, 200),
      after: { detail: typeof why === 'string' ? why : why.permission },
    });
  }

  return {
    /** Writes one down, unless the account has had enough of them this hour. Never rejects and is not waited for. */
    note(visit: RefusedVisit): void {
      const written = record(visit, { ...here() })
        .catch((error: unknown) =>
          log.error({ account: visit.accountId, error }, 'a refused visit is not in the audit log'),
        )
        .finally(() => pending.delete(written));
      pending.add(written);
    },

    async idle(): Promise<void> {
      await Promise.all(pending);
    },
  };
}

export type RefusedVisits = ReturnType<typeof createRefusedVisits>;
