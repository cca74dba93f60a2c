// Requests to support, for operators to take, answer and close. Permissions: `queues:read`, `queues:write`.

import type { Sealer } from '../../lib/seal.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { actorKey } from '../audit/audit-entry.ts';
import { shelfOf, supportRows } from '../support/support-rows.ts';
import type { Letters } from '../messages/letters.ts';
import { MOST_MESSAGES } from '../support/own-requests.ts';
import {
  keptUntil,
  paragraph,
  passwordContext,
  supportLimits,
  type RequestKind,
  type StoredSupportRequest,
  type SupportRequest,
  type SupportState,
} from '../support/support-requests.ts';
import { createUpdater } from '../update.ts';
import { actOf, type Caller, type RecordAct } from './caller.ts';

/** A request as operators see it: of a password that was left with it, only that there is one. */
export type ShownRequest = Omit<SupportRequest, 'sealedPassword' | 'isUnseen'> & {
  readonly id: string;
  readonly hasPassword: boolean;
};

export type DeskOutcome = 'done' | 'unknown' | 'closed' | 'taken' | 'not_taken' | 'bad_text' | 'full';
export type RevealOutcome =
  | { readonly kind: 'revealed'; readonly password: string }
  | { readonly kind: 'refused'; readonly reason: 'unknown' | 'not_taken' | 'no_password' };

/** What operators see of a request. */
export function shownRequest({ id, doc }: StoredSupportRequest): ShownRequest {
  const { sealedPassword, isUnseen: _seen, ...rest } = doc;
  return { id, ...rest, hasPassword: sealedPassword !== undefined };
}

/** The acts over the store. */
export function createSupportDesk(parts: {
  store: Store;
  clock: Clock;
  sealer: Sealer;
  accounts: Pick<Accounts, 'get'>;
  letters: Pick<Letters, 'send' | 'url'>;
  record: RecordAct;
}) {
  const { store, clock, sealer, accounts, letters, record: write } = parts;
  const requests = supportRows(store);
  const update = createUpdater(requests);

  /** What a change comes to: the new document, or why there is none. */
  type Made = { readonly doc: SupportRequest } | { readonly refused: Exclude<DeskOutcome, 'done'> };

  async function change(id: string, make: (doc: SupportRequest) => Made): Promise<DeskOutcome> {
    return update<DeskOutcome>(id, (doc) => {
      const made: Made = doc === undefined ? { refused: 'unknown' } : make(doc);
      if ('refused' in made) return { result: made.refused };
      return { result: 'done', write: { doc: made.doc, expiresAt: keptUntil(made.doc.state, clock.now()) } };
    });
  }

  async function record(
    action:
      | 'support_request.taken'
      | 'support_request.answered'
      | 'support_request.closed'
      | 'support_request.password_shown',
    by: Caller,
    id: string,
    reason: string | undefined = by.reason,
  ): Promise<void> {
    const accountId = (await requests.get(id))?.doc.accountId;
    await write({
      ...actOf(by),
      action,
      target: id,
      ...(accountId === undefined ? {} : { accountId }),
      ...(reason === undefined ? {} : { reason }),
    });
  }

  async function tellPerson(id: string, text: string): Promise<void> {
    const doc = (await requests.get(id))?.doc;
    const account = doc?.accountId === undefined ? undefined : await accounts.get(doc.accountId);
    if (!doc || !account) return;
    const url = letters.url(`/account/support/${id}`);
    await letters.send(account, 'account', 'support-answer', { subject: doc.subject ?? '', text, url });
  }

  return {
    /** Requests in a state, and of a kind if one is given, newest first; `after` is the id of the last one seen. */
    async list(
      state: SupportState,
      { kind, ...page }: { kind?: RequestKind | undefined; after?: string; limit: number },
    ): Promise<ShownRequest[]> {
      const where =
        kind === undefined
          ? ({ key: 'state', value: state } as const)
          : ({ key: 'shelf', value: shelfOf({ state, kind }) } as const);
      const found = await requests.list(where, { ...page, newestFirst: true });
      return found.map(shownRequest);
    },

    /** How many requests nobody has taken, and how many are in work; of each it counts up to `most`. */
    async lengths(most: number): Promise<{ readonly open: number; readonly taken: number }> {
      const count = async (value: SupportState) =>
        (await requests.list({ key: 'state', value }, { limit: most })).length;
      const [open, taken] = await Promise.all([count('open'), count('taken')]);
      return { open, taken };
    },

    get: async (id: string): Promise<ShownRequest | undefined> => {
      const found = await requests.get(id);
      return found && shownRequest(found);
    },

    /** Takes a request, so that two do not work at it; of two who take it at once one has it. */
    async take(by: Caller, id: string): Promise<DeskOutcome> {
      const mine = actorKey(by.actor);
      const outcome = await change(id, (doc) => {
        if (doc.state === 'closed') return { refused: 'closed' };
        if (doc.takenBy !== undefined && doc.takenBy !== mine) return { refused: 'taken' };
        return { doc: { ...doc, state: doc.state === 'open' ? 'taken' : doc.state, takenBy: mine } };
      });
      if (outcome === 'done') await record('support_request.taken', by, id);
      return outcome;
    },

    /** Answers a request of a signed-in person: on their page, and by mail. */
    async answer(by: Caller, id: string, typed: string): Promise<DeskOutcome> {
      const given = paragraph(supportLimits.text * 4, 'no_text').safeParse(typed);
      if (!given.success) return 'bad_text';
      const message = { by: 'operator' as const, at: clock.now().toISOString(), text: given.data };
      const outcome = await change(id, (doc) => {
        if (doc.accountId === undefined) return { refused: 'unknown' };
        if (doc.state === 'closed') return { refused: 'closed' };
        const messages = doc.messages ?? [];
        if (messages.length >= MOST_MESSAGES) return { refused: 'full' };
        return { doc: { ...doc, state: 'answered', messages: [...messages, message], isUnseen: true } };
      });
      if (outcome !== 'done') return outcome;
      await record('support_request.answered', by, id);
      await tellPerson(id, given.data);
      return outcome;
    },

    /** Notes that a request has been dealt with; a password that nobody has looked at goes with it. */
    async close(by: Caller, id: string, reason?: string): Promise<DeskOutcome> {
      const outcome = await change(id, ({ sealedPassword: _gone, ...doc }) =>
        doc.state === 'closed'
          ? { refused: 'closed' }
          : { doc: { ...doc, state: 'closed', closedAt: clock.now().toISOString() } },
      );
      if (outcome === 'done') await record('support_request.closed', by, id, reason);
      return outcome;
    },

    /** The password to the server, to the operator who has taken the request, once; then it is gone. */
    async revealPassword(by: Caller, id: string): Promise<RevealOutcome> {
      const mine = actorKey(by.actor);
      let sealed: string | undefined;
      const outcome = await change(id, ({ sealedPassword, ...doc }) => {
        sealed = undefined;
        if (doc.state === 'closed' || doc.takenBy !== mine) return { refused: 'not_taken' };
        sealed = sealedPassword;
        return { doc };
      });
      if (outcome === 'unknown' || outcome === 'not_taken') return { kind: 'refused', reason: outcome };
      if (sealed === undefined) return { kind: 'refused', reason: 'no_password' };
      await record('support_request.password_shown', by, id);
      return { kind: 'revealed', password: sealer.open(sealed, passwordContext(id)) };
    },
  };
}

export type SupportDesk = ReturnType<typeof createSupportDesk>;
