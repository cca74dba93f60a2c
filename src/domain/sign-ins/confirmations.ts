// Sign-ins that complete only after a link in a mail (S43): what waits, and what the holder of the mail says of it.
// The link approves the browser that waits, and never signs in the one that opens it.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomDigits, randomToken } from '../../lib/random.ts';
import { boundedAgent } from '../../lib/user-agent.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import { standsFor } from '../accounts/standing.ts';
import { collections } from '../collections.ts';
import type { Quotas } from '../limits/quotas.ts';
import { createUpdater } from '../update.ts';

/** Where a sign-in comes from and where it leads: what the holder of the mail is shown. */
export type ConfirmationOrigin = {
  readonly address?: string;
  readonly userAgent: string;
  readonly clientId: string;
  readonly clientName: string;
  /** The steps that were passed before. */
  readonly methods: readonly string[];
};

export type ConfirmationState = 'waiting' | 'approved' | 'denied' | 'expired';

export type Confirmation = ConfirmationOrigin & {
  readonly accountId: string;
  /** Two digits that the waiting page shows and the holder of the mail types. */
  readonly number: string;
  readonly state: ConfirmationState;
  /** Numbers typed that were not the one. */
  readonly wrong: number;
  /** Mails sent. */
  readonly mails: number;
  /** ISO 8601, UTC: when it was asked for, and until when it may be answered or taken up. */
  readonly at: string;
  readonly validUntil: string;
};

/** A mailed link; its id is the hash of the secret in it. */
export type ConfirmationLink = { readonly confirmationId: string };

/** The sign-in that waits: one person in one interaction. */
export type WaitingSignIn = { readonly uid: string; readonly accountId: string };

export type MailOutcome =
  | { readonly kind: 'sent' }
  /** No more mails for this sign-in. */
  | { readonly kind: 'spent' }
  | { readonly kind: 'paused'; readonly retryAfterSeconds: number }
  /** It waits no longer. */
  | { readonly kind: 'over' };

/** How a link was answered for good. */
export type Ending =
  | {
      /** `mismatched`: denied, because too many numbers were wrong. */
      readonly kind: 'approved' | 'denied' | 'mismatched';
      readonly confirmation: Confirmation;
      readonly account: StoredAccount;
    }
  | { readonly kind: 'over' };

/** Features.md, "link lives". */
export const CONFIRMATION_SECONDS = 15 * 60;
/** An approval at the last moment must still reach the browser that waits. */
const TAKE_UP_SECONDS = 60;
const KEPT_SECONDS = 86_400;
const MOST_WRONG = 3;
/** The first mail of a sign-in, and three more at its button. */
export const MOST_MAILS = 4;
const MAILS_AN_HOUR = 12;

/** Confirmations over the store. `mail` sends the letter with the link; `record` keeps how an attempt ended. */
export function createConfirmations(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  quotas: Quotas;
  mail: (
    account: StoredAccount,
    confirmation: Confirmation,
    link: { secret: string; expiresAt: Date },
  ) => Promise<void>;
  record: (confirmation: Confirmation, reason: 'denied' | 'expired') => Promise<void>;
}) {
  const { store, clock, accounts, quotas, mail, record } = parts;
  const confirmations = store.collection(collections.confirmations);
  const links = store.collection(collections.confirmationLinks);
  const update = createUpdater(confirmations);

  const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000);
  const idOf = ({ uid, accountId }: WaitingSignIn) => digest(`${uid}\n${accountId}`);
  const newNumber = () => randomDigits(2);
  const isOver = ({ validUntil }: Confirmation) => Date.parse(validUntil) <= clock.now().getTime();
  const expiresAt = () => inSeconds(KEPT_SECONDS);
  const write = (doc: Confirmation) => ({ doc, expiresAt: expiresAt() });

  /** What waits is over in the end; the attempt is recorded once, by who finds it so first. */
  async function settle(id: string, doc: Confirmation): Promise<Confirmation> {
    if ((doc.state !== 'waiting' && doc.state !== 'approved') || !isOver(doc)) return doc;
    const ended = await update<Confirmation | undefined>(id, (now) => {
      if (!now || now.state !== doc.state || !isOver(now)) return { result: undefined };
      const next: Confirmation = { ...now, state: 'expired' };
      return { result: next, write: write(next) };
    });
    if (ended) await record(ended, 'expired');
    return ended ?? (await confirmations.get(id))?.doc ?? doc;
  }

  /** Counts a mail and sends it; the number and the life are new when the ones before are over. */
  async function send(id: string, account: StoredAccount): Promise<MailOutcome> {
    const allowance = { id: `confirmation:${account.id}`, limit: MAILS_AN_HOUR, windowSeconds: 3600 };
    const retryAfterSeconds = await quotas.spend([allowance]);
    if (retryAfterSeconds > 0) return { kind: 'paused', retryAfterSeconds };
    const outcome = await update<MailOutcome['kind'] | Confirmation>(id, (doc) => {
      if (!doc || doc.state === 'denied' || doc.state === 'approved') return { result: 'over' };
      if (doc.mails >= MOST_MAILS) return { result: 'spent' };
      const anew = doc.state === 'expired' || isOver(doc);
      const next: Confirmation = {
        ...doc,
        ...(anew ? { number: newNumber(), state: 'waiting', wrong: 0 } : {}),
        mails: doc.mails + 1,
        validUntil: inSeconds(CONFIRMATION_SECONDS).toISOString(),
      };
      return { result: next, write: write(next) };
    });
    if (outcome === 'over' || outcome === 'spent') return { kind: outcome };
    const link = { secret: randomToken(), expiresAt: inSeconds(CONFIRMATION_SECONDS) };
    await links.insert(digest(link.secret), { confirmationId: id }, link.expiresAt);
    await mail(account, outcome as Confirmation, link);
    return { kind: 'sent' };
  }

  /** What a link is for, while it can be answered. */
  async function find(secret: string) {
    const link = await links.get(digest(secret));
    const found = link && (await confirmations.get(link.doc.confirmationId));
    if (!found || found.doc.state !== 'waiting' || isOver(found.doc)) return undefined;
    const account = await accounts.get(found.doc.accountId);
    // Logged out everywhere since: the sign-in that waits has ended with all others.
    const isOpen = account && standsFor(account.doc, Math.floor(Date.parse(found.doc.at) / 1000));
    return isOpen ? { id: found.id, confirmation: found.doc, account } : undefined;
  }

  /** Applies a judgement to what still waits; of many at the same time one does. */
  const decide = (id: string, judge: (doc: Confirmation) => Partial<Confirmation>) =>
    update<Confirmation | undefined>(id, (doc) => {
      if (!doc || doc.state !== 'waiting' || isOver(doc)) return { result: undefined };
      const next = { ...doc, ...judge(doc) };
      return { result: next, write: write(next) };
    });

  return {
    /**
     * The confirmation of a sign-in, asked for now if it has not been: however often its page is opened, one mail
     * goes out by itself.
     */
    async ask(
      signIn: WaitingSignIn,
      account: StoredAccount,
      origin: ConfirmationOrigin,
    ): Promise<Confirmation> {
      const id = idOf(signIn);
      const seen = await confirmations.get(id);
      if (seen) return settle(id, seen.doc);
      const asked: Confirmation = {
        ...origin,
        userAgent: boundedAgent(origin.userAgent),
        accountId: signIn.accountId,
        number: newNumber(),
        state: 'waiting',
        wrong: 0,
        mails: 0,
        at: clock.now().toISOString(),
        validUntil: inSeconds(CONFIRMATION_SECONDS).toISOString(),
      };
      try {
        await confirmations.insert(id, asked, expiresAt());
        await send(id, account);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
      }
      return (await confirmations.get(id))?.doc ?? asked;
    },

    /** Another mail, as its button asks: the links before stay good; when all is over, it begins anew. */
    mailAgain: (signIn: WaitingSignIn, account: StoredAccount): Promise<MailOutcome> =>
      send(idOf(signIn), account),

    /** Whether a sign-in has been asked for its confirmation, however that ended. */
    isAsked: async (signIn: WaitingSignIn): Promise<boolean> =>
      (await confirmations.get(idOf(signIn))) !== undefined,

    /** How a sign-in's confirmation stands; `undefined` when none was asked for. */
    async stateOf(signIn: WaitingSignIn): Promise<ConfirmationState | undefined> {
      const found = await confirmations.get(idOf(signIn));
      return found && (await settle(found.id, found.doc)).state;
    },

    /** What the holder of a link is asked about; `undefined` when it is unknown, used or old. Changes nothing. */
    async peek(secret: string): Promise<Confirmation | undefined> {
      return (await find(secret))?.confirmation;
    },

    /** Lets the browser that waits go on, if the number is the one that it shows; after three wrong ones it is denied. */
    async approve(secret: string, number: string): Promise<Ending | { readonly kind: 'mismatch' }> {
      const found = await find(secret);
      if (!found) return { kind: 'over' };
      const decided = await decide(found.id, (doc) => {
        const takeUp = inSeconds(TAKE_UP_SECONDS).toISOString();
        const validUntil = takeUp > doc.validUntil ? takeUp : doc.validUntil;
        if (doc.number === number) return { state: 'approved', validUntil };
        const wrong = doc.wrong + 1;
        return { wrong, ...(wrong >= MOST_WRONG ? { state: 'denied' as const } : {}) };
      });
      if (!decided) return { kind: 'over' };
      if (decided.state === 'waiting') return { kind: 'mismatch' };
      return end(secret, found.account, decided, decided.state === 'approved' ? 'approved' : 'mismatched');
    },

    /** Ends the attempt: it was not them. */
    async deny(secret: string): Promise<Ending> {
      const found = await find(secret);
      const decided = found && (await decide(found.id, () => ({ state: 'denied' })));
      return decided ? end(secret, found.account, decided, 'denied') : { kind: 'over' };
    },
  };

  async function end(
    secret: string,
    account: StoredAccount,
    confirmation: Confirmation,
    kind: 'approved' | 'denied' | 'mismatched',
  ): Promise<Ending> {
    await links.remove(digest(secret));
    if (kind !== 'approved') await record(confirmation, 'denied');
    return { kind, confirmation, account };
  }
}

export type Confirmations = ReturnType<typeof createConfirmations>;
