// What goes on in the house, for those who run it: told to webhooks, counted, and who is not let in. It hears the audit
// log and the signals of sign-ins, and stands in nobody's way.

import type { Clock } from '../../ports/clock.ts';
import type { Fetcher } from '../../ports/fetcher.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Store } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { AuditEntry, Whence } from '../audit/audit-entry.ts';
import type { Audit } from '../audit/audit.ts';
import { createBans } from '../bans/bans.ts';
import { createQuotas } from '../limits/quotas.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { Revisions } from '../revisions.ts';
import { createSignals, type Signal } from '../signals.ts';
import { createStatistics, type Statistics } from '../statistics/statistics.ts';
import { createStock } from '../statistics/stock.ts';
import { recordRefusedSignIns } from './refused-sign-ins.ts';
import { createRefusedVisits } from './refused-visits.ts';
import { contentOfEntry, contentOfSignal } from '../webhooks/webhook-events.ts';
import { createWebhookDelivery } from '../webhooks/webhook-delivery.ts';
import { createWebhooks } from '../webhooks/webhooks.ts';

/** The parts, listening. `neverBanned` are ranges that everybody comes through. */
export function createWatch(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  hasher: Hasher;
  revisions: Revisions;
  audit: Audit;
  outbox: Outbox;
  /** Brings webhooks to their receivers. */
  fetcher: Fetcher;
  neverBanned: readonly string[];
  accounts: Pick<Accounts, 'get'>;
  /** Of the request under way, if there is one. */
  here: () => Whence | undefined;
  log: Log;
}) {
  const { audit, outbox } = parts;
  const signals = createSignals();
  const webhooks = createWebhooks(parts);
  const bans = createBans({ ...parts, never: parts.neverBanned });
  const statistics = createStatistics(parts);
  const stock = createStock(parts);
  outbox.deliverBy('webhook', createWebhookDelivery(parts));

  audit.onEntry(({ doc }) => {
    countEntry(statistics, doc);
    const content = contentOfEntry(doc);
    if (content) webhooks.tell(content);
  });
  signals.on((signal) => {
    countSignal(statistics, signal);
    const content = contentOfSignal(signal);
    if (content) webhooks.tell(content);
  });
  const quotas = createQuotas(parts.store, parts.clock);
  const refusedSignIns = recordRefusedSignIns({ ...parts, signals, quotas });
  const refusedVisits = createRefusedVisits({ ...parts, quotas });
  return { signals, webhooks, bans, statistics, stock, refusedSignIns, refusedVisits };
}

export type Watch = ReturnType<typeof createWatch>;

const COUNTED_FACTORS = ['totp_on', 'totp_off', 'totp_off_by_support', 'passkey_added', 'passkey_removed'];

function countEntry(statistics: Statistics, { action, actor, after }: AuditEntry): void {
  if (action === 'account.created' && actor.startsWith('person:')) statistics.count('registrations');
  if (action === 'credential.password_set' && after?.way === 'recovery_link') statistics.count('recoveries');
  const change = action.slice('credential.'.length);
  if (action.startsWith('credential.') && COUNTED_FACTORS.includes(change))
    statistics.count('factors', change);
}

function countSignal(statistics: Statistics, signal: Signal): void {
  if (signal.kind === 'throttled') statistics.countThrottled(signal.address);
  if (signal.kind === 'text') statistics.count('texts', signal.isHeld ? 'held' : 'sent');
  if (signal.kind !== 'attempt') return;
  const { result, reason, methods } = signal;
  const what = result === 'signed_in' ? methods.join('+') : (reason ?? '');
  statistics.count('sign_ins', `${result}:${what}`);
}
