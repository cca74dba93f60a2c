// Taking the authenticator app off an account whose person has lost every way in (S59). No operator does it alone and at
// once: somebody asks after a look at who it is, somebody else approves, and then it waits, while mail and text message
// give the person a link that stops it, and so do their own pages. Whoever proves a factor meanwhile has not lost it. It is
// carried out by a job, on whichever node, once.

import { AppError } from '../../lib/app-error.ts';
import { digest, secretsEqual } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Page, type Store, type Stored } from '../../ports/store.ts';
import { isOperator, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Actor } from '../audit/audit-entry.ts';
import { collections } from '../collections.ts';
import type { LostDevice } from '../factors/lost-device.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { Totp } from '../factors/totp.ts';
import { withLease } from '../lease.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import { readThrough } from '../read-through.ts';
import type { Unfinished } from '../unfinished.ts';
import { createUpdater } from '../update.ts';
import { guardStaff, type AccountActs } from './accounts.ts';
import { actOf, NeedsPerson, WrongState, type Caller, type RecordAct } from './caller.ts';
import { permissionsOf, type Permission } from './permissions.ts';

/** `requested`: waits for approval; `waiting`: for its time; `removing`: is being carried out. The others are over. */
export const removalStates = ['requested', 'waiting', 'removing', 'done', 'stopped', 'refused'] as const;
export type RemovalState = (typeof removalStates)[number];

/** Why one is not carried out, by a code that does not change: the sentence that goes with it is for people. */
export const removalObstacles = {
  account_inactive: 'the account is not active',
  email_changed: 'the e-mail address has changed meanwhile',
  factor_changed: 'it is not the same second factor',
  factor_used: 'a second factor was used meanwhile',
  not_permitted: 'who asked or approved may no longer do it',
} as const;
export type RemovalObstacle = keyof typeof removalObstacles;

/** A removal; its id is that of the account, which has one at a time. */
export type TotpRemoval = {
  readonly state: RemovalState;
  /** How it was made sure who the person is. */
  readonly reason: string;
  readonly requestedBy: Actor;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The factor that it is about: another one, set up meanwhile, is left alone. */
  readonly factorSince: string;
  /** The digest of the address that the person was told at: from another one nobody stops it. */
  readonly toldAt: string;
  readonly approvedBy?: Actor;
  readonly dueAt?: string;
  /** Who or what ended it, unless it was done: the person, an operator, or the system. */
  readonly endedBy?: Actor;
  readonly endReason?: string;
  /** What stood in its way, when the system ended it. */
  readonly endCode?: RemovalObstacle;
};

export type RemovalSettings = {
  /** Whether somebody else must approve. */
  readonly needsApproval: boolean;
  /** How long it waits then. */
  readonly waitSeconds: number;
};

const DAY_SECONDS = 86_400;
/** An approval has to come in this time. */
const APPROVAL_DAYS = 7;
const KEPT_DAYS = 90;
const SHORTEST_REASON = 10;
const OPEN: readonly RemovalState[] = ['requested', 'waiting', 'removing'];
const LEASE = 'totp removals';
/** How often one account's person may be told of such a request. */
export const removalQuota = { limit: 3, windowSeconds: DAY_SECONDS } as const;
const NEEDED: Permission = 'accounts:write';

/** Whose hand it is; two people at the machine count as two by their names there. */
const handOf = (actor: Actor): string => JSON.stringify(actor, Object.keys(actor).sort());

/** The acts over the store. */
export function createTotpRemovals(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  requireAccount: AccountActs['requireAccount'];
  totp: Pick<Totp, 'state'>;
  passkeys: Pick<Passkeys, 'list'>;
  lostDevice: Pick<LostDevice, 'removeByStaff'>;
  links: OneTimeLinks;
  letters: Pick<Letters, 'post' | 'text' | 'url'>;
  quotas: Quotas;
  record: RecordAct;
  unfinished: Unfinished;
  log: Log;
  settings: RemovalSettings;
}) {
  const { store, clock, accounts, requireAccount, totp, links, letters, record, log, settings } = parts;
  const { passkeys, unfinished } = parts;
  const removals = store.collection(collections.totpRemovals);
  const update = createUpdater(removals);
  const later = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000);
  /** When a document in this state is forgotten. */
  const endOf = ({ state }: TotpRemoval): Date =>
    later((state === 'requested' ? APPROVAL_DAYS : KEPT_DAYS) * DAY_SECONDS);

  const list = (state: RemovalState, page: Page): Promise<Stored<TotpRemoval>[]> =>
    removals.list({ key: 'state', value: state }, page);

  /** From one of some states on, by compare-and-swap: of two who act at once one does. */
  const move = (
    id: string,
    from: readonly RemovalState[],
    change: (doc: TotpRemoval) => TotpRemoval,
  ): Promise<TotpRemoval | undefined> =>
    update(id, (doc) => {
      if (!doc || !from.includes(doc.state)) return { result: undefined };
      const changed = change(doc);
      return { result: changed, write: { doc: changed, expiresAt: endOf(changed) } };
    });

  /** Whether whoever acted may still do it now: an operator who was shut out has asked for nothing. */
  async function isStillAllowed(actor: Actor, of: StoredAccount): Promise<boolean> {
    // Who has joined the staff meanwhile is guarded like all of it.
    const needed: Permission[] = isOperator(of.doc) ? [NEEDED, 'operators:write'] : [NEEDED];
    if (actor.kind === 'operator') {
      const account = await accounts.get(actor.accountId);
      const has = account && permissionsOf(account.doc);
      return has !== undefined && needed.every((permission) => has.has(permission));
    }
    return actor.kind === 'command';
  }

  /** Who may do it to whom: two people decide, and nobody about themselves. */
  function guard(by: Caller, account: StoredAccount, deed: string): void {
    if (by.actor.kind !== 'operator' && by.actor.kind !== 'command')
      throw new NeedsPerson(`a person must ${deed} it`);
    guardStaff(by, account);
    if (by.actor.kind === 'operator' && by.actor.accountId === account.id)
      throw new WrongState('nobody decides about their own account');
  }

  /** By mail and text message, with a link that stops it. */
  async function tellPerson(account: StoredAccount, { reason, dueAt }: TotpRemoval): Promise<void> {
    const { secret } = await links.issue('keep-second-factor', account);
    const url = letters.url(`/keep-second-factor/${secret}`);
    const props = { url, reason, when: dueAt === undefined ? '' : new Date(dueAt) };
    await letters.post(account, 'security', 'totp-removal', props);
    if (account.doc.phone === undefined) return;
    await letters
      .text(account, 'totpRemoval', { url })
      .catch((error: unknown) => log.error({ account: account.id, error }, 'text message not sent'));
  }

  /** Whoever has not heard of a removal in this state hears of it now; one that waits has all of its time from then on. */
  const telling = unfinished.kind<{ accountId: string; state: RemovalState }>(
    'totp_removal',
    async ({ accountId, state }) => {
      const dueAt = later(settings.waitSeconds).toISOString();
      const seen = await move(accountId, ['requested', 'waiting'], (doc) =>
        doc.state === state && state === 'waiting' ? { ...doc, dueAt } : doc,
      );
      const account = await accounts.get(accountId);
      if (account && seen?.state === state) await tellPerson(account, seen);
    },
  );

  /** Ends one that is open; who does it is written down. */
  async function end(
    by: Pick<Caller, 'actor'> & Partial<Caller>,
    id: string,
    state: 'stopped' | 'refused',
    endReason?: string,
    endCode?: RemovalObstacle,
  ): Promise<boolean> {
    const ended = await move(id, ['requested', 'waiting'], (doc) => ({
      ...doc,
      state,
      endedBy: by.actor,
      ...(endReason === undefined ? {} : { endReason }),
      ...(endCode === undefined ? {} : { endCode }),
    }));
    if (!ended) return false;
    await record({
      actor: by.actor,
      action: state === 'refused' ? 'totp_removal.refused' : 'totp_removal.stopped',
      accountId: id,
      after: { state },
      reason: endReason,
    });
    return true;
  }

  /** Whether a code of either kind or a passkey was right since then. */
  async function isProvedSince(id: string, at: string, usedAt: Date): Promise<boolean> {
    const isLater = (time: Date) => time > new Date(at);
    return (
      isLater(usedAt) ||
      (await passkeys.list(id)).some(({ doc: { lastUsedAt } }) => isLater(new Date(lastUsedAt ?? 0)))
    );
  }

  /** Why it must not be carried out any more. */
  async function obstacle(id: string, removal: TotpRemoval): Promise<RemovalObstacle | undefined> {
    const account = await accounts.get(id);
    if (account?.doc.status !== 'active') return 'account_inactive';
    if (!secretsEqual(digest(account.doc.emailKey), removal.toldAt)) return 'email_changed';
    const factor = await totp.state(id);
    if (factor?.activatedAt.toISOString() !== removal.factorSince) return 'factor_changed';
    if (await isProvedSince(id, removal.at, factor.usedAt)) return 'factor_used';
    const hands = [removal.requestedBy, ...(removal.approvedBy ? [removal.approvedBy] : [])];
    const still = await Promise.all(hands.map((hand) => isStillAllowed(hand, account)));
    return still.includes(false) ? 'not_permitted' : undefined;
  }

  async function carryOut({ id, doc }: Stored<TotpRemoval>): Promise<void> {
    if (doc.state === 'waiting') {
      const why = await obstacle(id, doc);
      if (why !== undefined)
        return void (await end({ actor: { kind: 'system' } }, id, 'refused', removalObstacles[why], why));
      // From here on no link stops it; a node that dies here leaves it to the next pass.
      if (!(await move(id, ['waiting'], (seen) => ({ ...seen, state: 'removing' })))) return;
    }
    const account = await accounts.get(id);
    const factor = await totp.state(id);
    const actor = doc.approvedBy ?? doc.requestedBy;
    if (account && factor?.activatedAt.toISOString() === doc.factorSince)
      await parts.lostDevice.removeByStaff(account, doc.reason, actor);
    // In this order: what is removing when a node dies is gone on with, and what is done is not looked at again.
    await record({ actor: { kind: 'system' }, action: 'totp_removal.done', accountId: id });
    await move(id, ['removing'], (seen) => ({ ...seen, state: 'done' }));
  }

  return {
    needsApproval: settings.needsApproval,

    /** Those in a state; the oldest account first. */
    list,

    get: async (accountId: string): Promise<TotpRemoval | undefined> => (await removals.get(accountId))?.doc,

    /** Asks for it, after a look at who the person is; they are told at once. */
    async request(by: Caller, accountId: string, evidence: string): Promise<TotpRemoval> {
      const account = await requireAccount(accountId);
      guard(by, account, 'ask for');
      const reason = evidence.trim();
      if (reason.length < SHORTEST_REASON)
        throw new AppError('bad_request', { detail: 'reason: tell how you made sure who it is' });
      if (account.doc.status !== 'active') throw new WrongState('the account is disabled');
      const factor = await totp.state(accountId);
      if (!factor) throw new WrongState('there is no authenticator app to take off');
      const seen = await removals.get(accountId);
      if (seen && OPEN.includes(seen.doc.state)) throw new WrongState('it has been asked for already');
      const allowance = { id: `totp-removal:${accountId}`, ...removalQuota };
      const retryAfterSeconds = await parts.quotas.spend([allowance]);
      if (retryAfterSeconds > 0) throw new AppError('too_many_requests', { retryAfterSeconds });

      const doc: TotpRemoval = {
        state: settings.needsApproval ? 'requested' : 'waiting',
        reason,
        requestedBy: by.actor,
        at: clock.now().toISOString(),
        factorSince: factor.activatedAt.toISOString(),
        toldAt: digest(account.doc.emailKey),
        ...(settings.needsApproval ? {} : { dueAt: later(settings.waitSeconds).toISOString() }),
      };
      return telling({ accountId, state: doc.state }, async () => {
        try {
          await (seen
            ? removals.replace(seen, doc, endOf(doc))
            : removals.insert(accountId, doc, endOf(doc)));
        } catch (error) {
          if (error instanceof Conflict || error instanceof Stale)
            throw new WrongState('it has been asked for already');
          throw error;
        }
        const after = { state: doc.state, until: doc.dueAt };
        await record({ ...actOf(by), action: 'totp_removal.requested', accountId, after, reason });
        await tellPerson(account, doc);
        return doc;
      });
    },

    /** Somebody else agrees: from now on it waits for its time. A program can do neither: it is nobody. */
    async approve(by: Caller, accountId: string): Promise<TotpRemoval> {
      const account = await requireAccount(accountId);
      guard(by, account, 'approve');
      const seen = (await removals.get(accountId))?.doc;
      if (seen?.state !== 'requested') throw new WrongState('nothing waits for an approval');
      if (handOf(seen.requestedBy) === handOf(by.actor))
        throw new WrongState('whoever asked for it cannot approve it');
      const why = await obstacle(accountId, seen);
      if (why !== undefined) throw new WrongState(`${removalObstacles[why]}: ask anew (${why})`);
      const dueAt = later(settings.waitSeconds).toISOString();
      return telling({ accountId, state: 'waiting' }, async () => {
        const approved = await move(accountId, ['requested'], (doc) => ({
          ...doc,
          state: 'waiting',
          approvedBy: by.actor,
          dueAt,
        }));
        if (!approved) throw new WrongState('nothing waits for an approval');
        const after = { state: approved.state, until: dueAt };
        await record({ ...actOf(by), action: 'totp_removal.approved', accountId, after });
        await tellPerson(account, approved);
        return approved;
      });
    },

    /** An operator decides against it; whoever asked may, too. */
    async refuse(by: Caller, accountId: string, reason: string): Promise<void> {
      guardStaff(by, await requireAccount(accountId));
      if (!(await end(by, accountId, 'refused', reason))) throw new WrongState('there is nothing to refuse');
    },

    /** Whether a mailed link can still stop one; nothing is used up. */
    isStoppable: async (secret: string): Promise<boolean> => {
      const account = await links.peek('keep-second-factor', secret);
      const state = account && (await removals.get(account.id))?.doc.state;
      return state === 'requested' || state === 'waiting';
    },

    /** The person stops it, by the link in the letter; false when it is over. */
    stop: async (secret: string): Promise<boolean> => {
      const account = await links.redeem('keep-second-factor', secret);
      return (
        account !== undefined &&
        end({ actor: { kind: 'person', accountId: account.id } }, account.id, 'stopped')
      );
    },

    /** What is under way for a person to see, as long as something may come of it. */
    async underWay(accountId: string): Promise<TotpRemoval | undefined> {
      const doc = (await removals.get(accountId))?.doc;
      if (doc?.state !== 'requested' && doc?.state !== 'waiting') return undefined;
      return (await obstacle(accountId, doc)) === undefined ? doc : undefined;
    },

    /** The person stops it on their own pages; false when it is over. */
    stopOwn: (accountId: string): Promise<boolean> =>
      end({ actor: { kind: 'person', accountId } }, accountId, 'stopped'),

    /** Carries out what is due, one node at a time; what a node has left halfway is gone on with. */
    async carryOutDue(): Promise<void> {
      await withLease(store, clock, LEASE, async (requireHeld) => {
        const now = clock.now().toISOString();
        const open = [
          ...(await readThrough((page) => list('waiting', page))),
          ...(await readThrough((page) => list('removing', page))),
        ];
        for (const removal of open.filter(({ doc }) => doc.dueAt !== undefined && doc.dueAt <= now)) {
          requireHeld();
          await carryOut(removal);
        }
      });
    },
  };
}

export type TotpRemovals = ReturnType<typeof createTotpRemovals>;
