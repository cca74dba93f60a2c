// The events that webhooks tell of, and what of an act they pass on: ids and words, nothing that identifies a person to
// whoever has no access here.

import { auditActions } from '../audit/audit-actions.ts';
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Signal } from '../signals.ts';

/** What an event says; `data` never holds secrets, names, e-mail addresses or phone numbers. */
export type WebhookContent = {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
};

/** Acts whose kinds are events under their own names. */
const FAMILIES = [
  'account',
  'member',
  'customer',
  'support_access',
  'link',
  'client',
  'registration_token',
] as const;
const signInEvents = ['signin.new_device', 'signin.failed', 'session.ended'] as const;
/** Values of an act that say what became of a thing, and of nobody who it is. */
const TOLD_VALUES = ['status', 'state', 'role', 'kind', 'count'] as const;

/** Acts that are told under a name that their family does not give them. */
const ALIASES: Readonly<Record<string, string>> = {
  'credential.identity_linked': 'link.added',
  'credential.identity_unlinked': 'link.removed',
  // Nothing has changed: somebody may have a copy of it.
  'credential.passkey_doubted': 'credential.passkey_doubted',
  'closing.requested': 'customer.closing_requested',
  'closing.cancelled': 'customer.closing_cancelled',
  'closing.closed': 'customer.closed',
};

/** The name under which an act is told, if it is one that is. */
export function eventOf(action: string): string | undefined {
  if (Object.hasOwn(ALIASES, action)) return ALIASES[action];
  if (action.startsWith('credential.')) return 'credential.changed';
  return FAMILIES.some((family) => action.startsWith(`${family}.`)) ? action : undefined;
}

/** Every event there is, by name. */
export const webhookEvents: readonly string[] = [
  ...new Set([
    ...Object.keys(auditActions).flatMap((action) => eventOf(action) ?? []),
    ...signInEvents,
    'webhook.test',
  ]),
].sort();

/** Whether a subscription may name it: an event, `<family>.*` or `*`. */
export const isSubscribable = (name: string): boolean =>
  name === '*' ||
  webhookEvents.includes(name) ||
  (name.endsWith('.*') && webhookEvents.some((event) => event.startsWith(name.slice(0, -1))));

/** Whether what a subscription names takes an event in. A test goes to whom it is sent, and to nobody else. */
export const takesIn = (subscribed: readonly string[], event: string): boolean =>
  event !== 'webhook.test' &&
  subscribed.some(
    (name) => name === '*' || name === event || (name.endsWith('.*') && event.startsWith(name.slice(0, -1))),
  );

const toldValues = (values: AuditEntry['before']): Record<string, unknown> | undefined => {
  const told = TOLD_VALUES.filter((name) => values?.[name] !== undefined);
  return told.length === 0 ? undefined : Object.fromEntries(told.map((name) => [name, values![name]]));
};

const present = (data: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));

/** The event of an entry of the audit log. */
export function contentOfEntry(entry: AuditEntry): WebhookContent | undefined {
  const type = eventOf(entry.action);
  if (type === undefined) return undefined;
  const [kind, id] = entry.actor.split(/:(.*)/s, 2);
  return {
    type,
    data: present({
      account_id: entry.accountId,
      customer_id: entry.customerId,
      client_id: entry.clientId,
      change: type === 'credential.changed' ? entry.action.slice('credential.'.length) : undefined,
      actor: present({ kind, id }),
      before: toldValues(entry.before),
      after: toldValues(entry.after),
    }),
  };
}

/** The event of a signal. Attempts that came through are told only when they came from a new place. */
export function contentOfSignal(signal: Signal): WebhookContent | undefined {
  switch (signal.kind) {
    case 'attempt': {
      if (signal.result === 'signed_in' || signal.isSpared) return undefined;
      const { accountId: account_id, clientId: client_id, reason, methods, address } = signal;
      return { type: 'signin.failed', data: present({ account_id, client_id, reason, methods, address }) };
    }
    case 'new_device': {
      const { accountId: account_id, clientId: client_id, address, isNewBrowser, isNewNetwork } = signal;
      const data = { account_id, client_id, address, new_browser: isNewBrowser, new_network: isNewNetwork };
      return { type: 'signin.new_device', data: present(data) };
    }
    case 'sessions_ended':
      return { type: 'session.ended', data: { account_id: signal.accountId, count: signal.count } };
    case 'text':
    case 'throttled':
      return undefined;
    default:
      return signal satisfies never;
  }
}
