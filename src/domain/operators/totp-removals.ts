// Taking the authenticator app off an account whose person has lost every way in (S59). No operator does it alone and at
// once: somebody asks after a look at who it is, somebody else approves, and then it waits, while mail and text message
// give the person a link that stops it, and so do their own pages. Whoever proves a factor meanwhile has not lost it. It is
// carried out by a job, on whichever node, once.

import { AppError } from '../../lib/app-error.ts';
import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { LostDevice } from '../factors/lost-device.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { Totp } from '../factors/totp.ts';
import { withLease } from '../lease.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import { readThrough } from '../read-through.ts';
import type { Unfinished } from '../unfinished.ts';
import { requireForChange } from './staff-guard.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';
import {
  createTotpRemovalRows,
  removalObstacles,
  type RemovalObstacle,
  type RemovalState,
  type TotpRemoval,
} from './totp-removal-rows.ts';
import { createTotpRemovalRules } from './totp-removal-rules.ts';

export type RemovalSettings = {
  /** Whether somebody else must approve. */
  readonly needsApproval: boolean;
  /** How long it waits then. */
  readonly waitSeconds: number;
};

const DAY_SECONDS = 86_400;
const SHORTEST_REASON = 10;
const LEASE = 'totp removals';
/** How often one account's person may be told of such a request. */
export const removalQuota = { limit: 3, windowSeconds: DAY_SECONDS } as const;
/** Whose hand it is; two people at the machine count as two by their names there. */
const handOf = (actor: Actor): string => JSON.stringify(actor, Object.keys(actor).sort());

/** The acts over the store. */
export function createTotpRemovals(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
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
  const { store, clock, accounts, totp, links, letters, record, log, settings } = parts;
  const { unfinished } = parts;
  const { list, get, former, begin, move } = createTotpRemovalRows(store, clock);
  const { guard, needless, obstacle } = createTotpRemovalRules(parts);
  const later = (seconds: number) => new Date(clock.now().getTime() + seconds * 1000);
  /** By mail and text message, with a link that stops it. */
  async function tellPerson(account: StoredAccount, { reason, dueAt }: TotpRemoval): Promise<void> {
    const { secret } = await links.issue('keep-second-factor', account);
    const url = letters.url(`/keep-second-factor/${secret}`);
    const props = { url, reason, when: dueAt === undefined ? '' : new Date(dueAt) };
    await letters.post(account, 'security', 'totp-removal', props);
    if (account.doc.phone === undefined) return;
    const texts =
      dueAt === undefined
        ? letters.text(account, 'totpRemoval', { url })
        : letters.text(account, 'totpRemovalDue', { url, when: new Date(dueAt) });
    await texts.catch((error: unknown) => log.error({ account: account.id, error }, 'text message not sent'));
  }

  /** Who asked for it waits for nothing, and who did not learns that somebody pretended to be them. */
  const tellRefused = (account: StoredAccount): Promise<void> =>
    letters.post(account, 'security', 'totp-removal-refused', {
      passwordUrl: letters.url('/account/security/password'),
    });

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
      if (account && state === 'refused' && (await get(accountId))?.state === state)
        await tellRefused(account);
    },
  );

  /** Ends one that is open; who does it is written down. */
  async function end(
    by: Pick<Caller, 'actor'> & Partial<Caller>,
    id: string,
    state: 'stopped' | 'refused',
    { endReason, endCode }: { endReason?: string; endCode?: RemovalObstacle } = {},
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

  const endBecause = (id: string, why: RemovalObstacle): Promise<boolean> =>
    end({ actor: { kind: 'system' } }, id, 'refused', { endReason: removalObstacles[why], endCode: why });

  async function carryOut({ id, doc }: Stored<TotpRemoval>): Promise<void> {
    if (doc.state === 'waiting') {
      const why = await obstacle(id, doc);
      if (why !== undefined) return void (await endBecause(id, why));
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

    get,

    /** Asks for it, after a look at who the person is; they are told at once. */
    async request(by: Caller, accountId: string, evidence: string): Promise<TotpRemoval> {
      const account = await accounts.require(accountId);
      guard(by, account, 'ask for');
      const reason = evidence.trim();
      if (reason.length < SHORTEST_REASON)
        throw new AppError('bad_request', { detail: 'reason: tell how you made sure who it is' });
      if (account.doc.status !== 'active') throw new WrongState('the account is disabled');
      const factor = await totp.state(accountId);
      if (!factor) throw new WrongState('there is no authenticator app to take off');
      const before = await former(accountId);
      if (before === 'open') throw new WrongState('it has been asked for already');
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
        if (!(await begin(accountId, doc, before))) throw new WrongState('it has been asked for already');
        const after = { state: doc.state, until: doc.dueAt };
        await record({ ...actOf(by), action: 'totp_removal.requested', accountId, after, reason });
        await tellPerson(account, doc);
        return doc;
      });
    },

    /** Somebody else agrees: from now on it waits for its time. A program can do neither: it is nobody. */
    async approve(by: Caller, accountId: string): Promise<TotpRemoval> {
      const account = await accounts.require(accountId);
      guard(by, account, 'approve');
      const seen = await get(accountId);
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
      const account = await requireForChange(accounts, by, accountId);
      await telling({ accountId, state: 'refused' }, async () => {
        if (!(await end(by, accountId, 'refused', { endReason: reason })))
          throw new WrongState('there is nothing to refuse');
        await tellRefused(account);
      });
    },

    /** Whether a mailed link can still stop one; nothing is used up. */
    isStoppable: async (secret: string): Promise<boolean> => {
      const account = await links.peek('keep-second-factor', secret);
      const state = account && (await get(account.id))?.state;
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
      const doc = await get(accountId);
      if (doc?.state !== 'requested' && doc?.state !== 'waiting') return undefined;
      return (await obstacle(accountId, doc)) === undefined ? doc : undefined;
    },

    /** The person stops it on their own pages; false when it is over. */
    stopOwn: (accountId: string): Promise<boolean> =>
      end({ actor: { kind: 'person', accountId } }, accountId, 'stopped'),

    /**
     * Carries out what is due, one node at a time; what a node has left halfway is gone on with. What nobody needs any
     * more ends without waiting for its time, or for an approval.
     */
    async carryOutDue(): Promise<void> {
      await withLease(store, clock, LEASE, async (requireHeld) => {
        const now = clock.now().toISOString();
        const [requested, waiting, removing] = await Promise.all(
          (['requested', 'waiting', 'removing'] as const).map((state) =>
            readThrough((page) => list(state, page)),
          ),
        );
        const isDue = ({ doc }: Stored<TotpRemoval>) => doc.dueAt !== undefined && doc.dueAt <= now;
        for (const removal of [...waiting!, ...removing!].filter(isDue)) {
          requireHeld();
          await carryOut(removal);
        }
        for (const { id, doc } of [...requested!, ...waiting!].filter((removal) => !isDue(removal))) {
          requireHeld();
          const why = await needless(id, doc);
          if (why !== undefined) await endBecause(id, why);
        }
      });
    },
  };
}

export type TotpRemovals = ReturnType<typeof createTotpRemovals>;
