// Attempts at the accounts of operators that were refused, in the audit log. Those at other accounts are in the login
// history alone: strangers make as many as they like, and the audit log has one end that everything queues up at.

import type { Log } from '../../lib/log.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Whence } from '../audit/audit-entry.ts';
import type { Audit } from '../audit/audit.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Signal, Signals } from '../signals.ts';
import { permissionsOf } from './permissions.ts';

/** How many an account gets into the log; the history has the rest. */
export const refusedSignInQuota = { limit: 20, windowSeconds: 3600 } as const;

/**
 * Begins to write them down. They are written beside the attempt, whose answer neither waits for that nor tells by its
 * time whose account it was. `idle` resolves when none is left to write.
 */
export function recordRefusedSignIns(parts: {
  signals: Pick<Signals, 'on'>;
  accounts: Pick<Accounts, 'get'>;
  quotas: Pick<Quotas, 'spend'>;
  audit: Pick<Audit, 'record'>;
  here: () => Whence | undefined;
  log: Log;
}) {
  const { signals, accounts, quotas, audit, here, log } = parts;
  const pending = new Set<Promise<void>>();

  async function record(attempt: Attempt, whence: Whence): Promise<void> {
    const { accountId, clientId, methods, reason = '' } = attempt;
    const account = await accounts.get(accountId);
    if (!account || permissionsOf(account.doc).size === 0) return;
    if ((await quotas.spend([{ id: `refused-operator:${accountId}`, ...refusedSignInQuota }])) > 0) return;
    await audit.record({
      ...whence,
      action: 'operator.sign_in_refused',
      // Who it was is not known: that is what was refused.
      actor: { kind: 'system' },
      accountId,
      clientId,
      after: { detail: reason, methods },
    });
  }

  signals.on((signal) => {
    if (signal.kind !== 'attempt' || signal.result !== 'refused' || signal.isSpared) return;
    const written = record(signal, { address: signal.address, ...here() })
      .catch((error: unknown) =>
        log.error({ account: signal.accountId, error }, 'a refused sign-in is not in the audit log'),
      )
      .finally(() => pending.delete(written));
    pending.add(written);
  });

  return {
    async idle(): Promise<void> {
      await Promise.all(pending);
    },
  };
}

type Attempt = Extract<Signal, { kind: 'attempt' }>;
