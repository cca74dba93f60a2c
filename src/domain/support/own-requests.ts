// What signed-in people write to support (S19): a request, optionally with a server and the password to it, and what
// goes to and fro until it is closed. The password lies sealed until one operator has seen it.

import { z } from 'zod';
import type { Log } from '../../lib/log.ts';
import { timeOrderedId } from '../../lib/random.ts';
import type { Sealer } from '../../lib/seal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { supportRows } from './support-rows.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import { createUpdater } from '../update.ts';
import {
  keptUntil,
  oneLine,
  paragraph,
  passwordContext,
  type StoredSupportRequest,
  type SupportRequest,
} from './support-requests.ts';

/** What support may do on a server that a person names. */
export const serverAccess = ['look', 'change', 'restart'] as const;
export type ServerAccess = (typeof serverAccess)[number];

/** Longest values, in UTF-16 units as browsers count them. */
export const ownRequestLimits = { subject: 120, text: 4000, server: 253, password: 256 } as const;

/** How many requests one account opens, and how many messages it adds. */
export const ownRequestQuotas = {
  open: { limit: 10, windowSeconds: 3600 },
  reply: { limit: 30, windowSeconds: 3600 },
} as const;

/** Messages of one request; whoever needs more opens another. */
export const MOST_MESSAGES = 100;

export type OwnProblem = 'no_subject' | 'no_text' | 'too_long' | 'no_server' | 'no_access';
export type OwnOutcome =
  | { readonly kind: 'done'; readonly id: string }
  | { readonly kind: 'refused'; readonly problem: OwnProblem; readonly field: string }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Not theirs, closed, or not in a state for it any more. */
  | { readonly kind: 'over' };

const asked = z.object({
  subject: oneLine(ownRequestLimits.subject, 'no_subject'),
  text: paragraph(ownRequestLimits.text, 'no_text'),
});
const replied = paragraph(ownRequestLimits.text, 'no_text');
const named = z.object({
  name: oneLine(ownRequestLimits.server, 'no_server'),
  access: z.enum(serverAccess, { error: 'no_access' }),
  // As it is: spaces and all.
  password: z.string().max(ownRequestLimits.password, { error: 'too_long' }),
});
function refusedBy(error: z.ZodError): OwnOutcome {
  const { message, path } = error.issues[0]!;
  return { kind: 'refused', problem: message as OwnProblem, field: String(path[0] ?? 'text') };
}

/** Requests of people over the store. */
export function createOwnRequests(parts: {
  store: Store;
  clock: Clock;
  quotas: Quotas;
  sealer: Sealer;
  letters: Pick<Letters, 'toOperator'>;
  log: Log;
}) {
  const { store, clock, quotas, sealer, letters, log } = parts;
  const requests = supportRows(store);
  const update = createUpdater(requests);

  async function own(accountId: string, id: string): Promise<StoredSupportRequest | undefined> {
    const found = await requests.get(id);
    return found?.doc.accountId === accountId ? found : undefined;
  }

  /** Changes a request of the account that is not closed. */
  const change = (
    accountId: string,
    id: string,
    make: (doc: SupportRequest) => SupportRequest | undefined,
  ): Promise<SupportRequest | undefined> =>
    update(id, (doc) => {
      const isOpen = doc?.accountId === accountId && doc.state !== 'closed';
      const changed = isOpen ? make(doc) : undefined;
      if (changed === undefined) return { result: undefined };
      return {
        result: changed,
        write: { doc: changed, expiresAt: keptUntil(changed.state, clock.now()) },
      };
    });

  async function tellOperators(id: string, doc: SupportRequest, kind: 'account' | 'reply', text: string) {
    const facts = { id, kind, text, when: clock.now(), address: doc.address ?? '' };
    const mailed = await letters.toOperator('support-request', {
      ...facts,
      email: doc.email ?? '',
      service: doc.subject ?? '',
      contact: doc.contact,
    });
    if (!mailed) log.warn({ supportRequest: id }, 'a support request waits, and no address is set to tell');
  }

  const spend = (name: keyof typeof ownRequestQuotas, accountId: string) =>
    quotas.spend([{ id: `support:${name}:${accountId}`, ...ownRequestQuotas[name] }]);

  return {
    own,

    /** Takes a request: stored first, then mailed to the operators. */
    async ask(
      account: StoredAccount,
      fields: { subject: string; text: string },
      address: string | undefined,
    ): Promise<OwnOutcome> {
      const given = asked.safeParse(fields);
      if (!given.success) return refusedBy(given.error);
      const retryAfterSeconds = await spend('open', account.id);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const now = clock.now();
      const { email } = account.doc;
      const doc: SupportRequest = {
        kind: 'account',
        state: 'open',
        accountId: account.id,
        ...given.data,
        email,
        contact: email,
        messages: [],
        at: now.toISOString(),
        ...(address === undefined ? {} : { address }),
      };
      const { id } = await requests.insert(timeOrderedId(now), doc, keptUntil('open', now));
      await tellOperators(id, doc, 'account', doc.text);
      return { kind: 'done', id };
    },

    /** Adds the server that it is about, once, while nobody has taken the request. */
    async nameServer(
      accountId: string,
      id: string,
      fields: { name: string; access: string; password: string },
    ): Promise<OwnOutcome> {
      const given = named.safeParse(fields);
      if (!given.success) return refusedBy(given.error);
      const { name, access, password } = given.data;
      const changed = await change(accountId, id, (doc) =>
        doc.state !== 'open' || doc.server !== undefined
          ? undefined
          : {
              ...doc,
              server: { name, access },
              ...(password === '' ? {} : { sealedPassword: sealer.seal(password, passwordContext(id)) }),
            },
      );
      return changed === undefined ? { kind: 'over' } : { kind: 'done', id };
    },

    /** Adds a message of the person; an answered request waits for an operator again. */
    async reply(accountId: string, id: string, typed: string): Promise<OwnOutcome> {
      const given = replied.safeParse(typed);
      if (!given.success) return refusedBy(given.error);
      const found = await own(accountId, id);
      if (!found || found.doc.state === 'closed') return { kind: 'over' };
      const retryAfterSeconds = await spend('reply', accountId);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const message = { by: 'person' as const, at: clock.now().toISOString(), text: given.data };
      const changed = await change(accountId, id, ({ isUnseen: _seen, ...doc }) => {
        const messages = doc.messages ?? [];
        if (messages.length >= MOST_MESSAGES) return undefined;
        const state = doc.state === 'answered' ? 'open' : doc.state;
        return { ...doc, state, messages: [...messages, message] };
      });
      if (changed === undefined) return { kind: 'over' };
      await tellOperators(id, changed, 'reply', given.data);
      return { kind: 'done', id };
    },

    /** The person has the answers before their eyes. */
    async markSeen(accountId: string, id: string): Promise<void> {
      await update(id, (doc) => {
        if (doc?.accountId !== accountId || doc.isUnseen !== true) return { result: undefined };
        const { isUnseen: _seen, ...seen } = doc;
        return { result: undefined, write: { doc: seen, expiresAt: keptUntil(seen.state, clock.now()) } };
      });
    },
  };
}

export type OwnRequests = ReturnType<typeof createOwnRequests>;
