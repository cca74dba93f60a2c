// Another e-mail address for an account (S69, C10): confirmed by a link that is mailed there, told to the old one with
// a link that undoes it for 7 days. Until it is confirmed, everything goes to the old one.

import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import {
  comparableName,
  NameTaken,
  type AccountChange,
  type Accounts,
  type StoredAccount,
} from './accounts.ts';
import { notedContacts, provedContact } from './contacts-by-staff.ts';
import { emailQuotas, readEmail, type EmailProblem } from './email-addresses.ts';
import type { EmailChangeLetters } from './email-change-letters.ts';
import { createEmailChangeLinks, stands, type EmailChange, type Issued } from './email-change-links.ts';
import type { ChangedFrom } from '../messages/credential-notices.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import type { Leave, Unfinished } from '../unfinished.ts';

export type AskOutcome =
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly problem: EmailProblem }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** `taken`: the address belongs to another account by now. `over`: the link is unknown, used, old or void. */
export type ChangeOutcome =
  | { readonly kind: 'changed'; readonly account: StoredAccount }
  | { readonly kind: 'taken' }
  | { readonly kind: 'over' };

/** An address that is about to move, by this link; from where. */
type Moving = { readonly change: EmailChange; readonly by: ChangedFrom };
/** One that is about to be undone. */
type Undoing = Moving & {
  /** The address that the account has meanwhile, as addresses are compared. */
  readonly present?: string;
};
/** Changes of addresses over the store. */
export function createEmailChanges(parts: {
  store: Store;
  clock: Clock;
  accounts: Accounts;
  links: Pick<OneTimeLinks, 'voidAll' | 'voidProtecting'>;
  quotas: Quotas;
  letters: EmailChangeLetters;
  signOutEverywhere: SignOutEverywhere;
  unfinished: Unfinished;
  log: Log;
}) {
  const { store, clock, accounts, links, quotas, letters, signOutEverywhere, unfinished, log } = parts;
  const { issue, takeBack, ofAccount, removeAll, holderOf, peek, redeem } = createEmailChangeLinks(
    store,
    clock,
    accounts,
  );

  /** Who has proved the address: an undoing proves nothing new. */
  function sourceOf({ kind, byStaff }: EmailChange, doc: StoredAccount['doc']): AccountChange {
    if (kind === 'undo') return {};
    return byStaff ? notedContacts(doc, ['email'], clock.now()) : provedContact(doc, 'email');
  }

  /** Writes the address, if the link still stands at that very moment. */
  async function write(change: EmailChange, email: string): Promise<ChangeOutcome> {
    let isMine = false;
    try {
      const account = await accounts.change(change.accountId, (doc) => {
        isMine = stands(change, { doc });
        if (!isMine) return {};
        return {
          email,
          emailKey: comparableName(email),
          // The link came by mail to this address.
          emailVerified: true,
          ...sourceOf(change, doc),
          // Links mailed to the address before are void, and so are confirmations that wait.
          credentialVersion: doc.credentialVersion + 1,
        };
      });
      return isMine ? { kind: 'changed', account } : { kind: 'over' };
    } catch (error) {
      if (error instanceof NameTaken) return { kind: 'taken' };
      throw error;
    }
  }

  const issueUndo = ({ accountId, from, to, credentialVersion }: EmailChange): Promise<Issued> =>
    issue({ kind: 'undo', accountId, from, to, credentialVersion });

  /** What comes after an address has moved. */
  async function follow(
    account: StoredAccount,
    { change: { from, to, byStaff }, undo, by }: Moving & { undo: Issued },
    leave: Leave,
  ): Promise<void> {
    await links.voidAll(account.id);
    await removeAll(await ofAccount(account.id, 'confirm'));
    log.info({ account: account.id }, 'e-mail address changed');
    if (!(await letters.tellBoth(account, { from, to, undo, by, byStaff }))) leave();
  }

  /** The old address is told once it has moved, with another link that brings it back: the one before died with its node. */
  const moving = unfinished.kind<Moving>('email_change', async ({ change, by }, leave) => {
    const account = await accounts.get(change.accountId);
    if (account?.doc.emailKey !== comparableName(change.to)) return;
    await follow(account, { change, undo: await issueUndo(change), by }, leave);
  });

  /** Ends whatever is open, and voids what was mailed since the address had moved. */
  async function endAll({ accountId, at }: EmailChange): Promise<void> {
    await signOutEverywhere(accountId);
    await links.voidAll(accountId);
    await links.voidProtecting(accountId);
    const since = (await ofAccount(accountId, 'undo')).filter(({ doc }) => doc.at >= at);
    await removeAll([...since, ...(await ofAccount(accountId, 'confirm'))]);
  }

  /** Brings the old address back; when another account has it by now, what was mailed to the new one is void all the same. */
  async function bringBack(change: EmailChange): Promise<ChangeOutcome> {
    const outcome = await write(change, change.from);
    if (outcome.kind !== 'taken') return outcome;
    log.warn(
      { account: change.accountId },
      'an address cannot be brought back: another account has it by now',
    );
    await accounts.change(change.accountId, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
    return outcome;
  }

  /** Whoever had the link has no other one: what it was used for is done. An address that has moved on since stays. */
  const undoing = unfinished.kind<Undoing>('email_undo', async ({ change, by, present }, leave) => {
    const { accountId, from, to } = change;
    const seen = await accounts.get(accountId);
    if (!seen) return;
    const isBack = seen.doc.emailKey === comparableName(from);
    if (!isBack && seen.doc.emailKey === (present ?? comparableName(to))) await bringBack(change);
    await endAll(change);
    const account = await accounts.get(accountId);
    const isOurs = account?.doc.emailKey === comparableName(from);
    if (!(await (isOurs ? letters.tellUndone(account, by) : letters.noteEnded(accountId, by)))) leave();
  });

  return {
    /** The address that waits for its confirmation. */
    async pending(account: StoredAccount): Promise<string | undefined> {
      const waiting = (await ofAccount(account.id, 'confirm')).filter(({ doc }) => stands(doc, account));
      return waiting.sort((a, b) => b.doc.at - a.doc.at)[0]?.doc.to;
    },

    /** What is wrong with an address by itself. */
    judge({ doc }: StoredAccount, typed: string): EmailProblem | undefined {
      const read = readEmail(typed);
      if ('problem' in read) return read.problem;
      return comparableName(read.email) === doc.emailKey ? 'same_email' : undefined;
    },

    /** Gives up the change that waits. */
    async cancel(account: StoredAccount): Promise<void> {
      await removeAll(await ofAccount(account.id, 'confirm'));
    },

    /**
     * Mails a link to the new address, for somebody who has just proved to be the account's person, or for staff. The answer is the
     * same when the address has an account: then its owner is told, and what waits can never be confirmed.
     */
    async ask(
      account: StoredAccount,
      typed: string,
      asking: { readonly byStaff?: true } = {},
    ): Promise<AskOutcome> {
      const read = readEmail(typed);
      if ('problem' in read) return { kind: 'refused', problem: read.problem };
      const { email: to } = read;
      const key = comparableName(to);
      if (key === account.doc.emailKey) return { kind: 'refused', problem: 'same_email' };
      const retryAfterSeconds = await quotas.spend([
        { id: `change-email:account:${account.id}`, ...emailQuotas.account },
        { id: `change-email:to:${digest(key)}`, ...emailQuotas.target },
      ]);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };

      const earlier = await ofAccount(account.id, 'confirm');
      const { id: accountId, doc } = account;
      const { email: from, credentialVersion } = doc;
      const { secret, expiresAt } = await issue({
        kind: 'confirm',
        accountId,
        from,
        to,
        credentialVersion,
        ...asking,
      });
      await removeAll(earlier);
      const owner = await accounts.findByIdentifier(to);
      if (owner) await letters.tellOwner(owner);
      else await letters.askNewAddress(account, to, { secret, expiresAt });
      return { kind: 'asked' };
    },

    /** The change that a confirmation link stands for; nothing is used up. */
    peekConfirm: (secret: string): Promise<EmailChange | undefined> => peek('confirm', secret),

    /** The change that a link undoes; nothing is used up. */
    peekUndo: (secret: string): Promise<EmailChange | undefined> => peek('undo', secret),

    /** The new address is proved: it is the account's from now on, and both addresses are told. */
    async confirm(secret: string, by: ChangedFrom): Promise<ChangeOutcome> {
      const change = await redeem('confirm', secret);
      if (!change) return { kind: 'over' };
      return moving({ change, by }, async (leave) => {
        // Before the address moves: a change without its way back must not be, whatever breaks in between.
        const undo = await issueUndo(change);
        const outcome = await write(change, change.to);
        if (outcome.kind === 'changed') await follow(outcome.account, { change, undo, by }, leave);
        else await takeBack(undo);
        return outcome;
      });
    },

    /**
     * Brings the old address back and ends everything that is open. Whatever was mailed to the new address is void, with
     * the links that undo what came after this change; those of changes before it stay good. When the old address has
     * another account by now it cannot come back, but everything ends all the same.
     */
    async undo(secret: string, by: ChangedFrom): Promise<ChangeOutcome> {
      const found = await peek('undo', secret);
      const holder = await holderOf(found, 'undo');
      if (!found || !holder) return { kind: 'over' };
      const { accountId } = found;
      // Before the link is used up: it is the only one.
      return undoing({ change: found, by, present: holder.doc.emailKey }, async (leave) => {
        const change = await redeem('undo', secret);
        if (!change) return { kind: 'over' };
        const outcome = await bringBack(change);
        if (outcome.kind === 'over') return outcome;
        await endAll(change);
        if (outcome.kind !== 'changed') {
          if (!(await letters.noteEnded(accountId, by))) leave();
          return outcome;
        }
        log.info({ account: accountId }, 'change of an e-mail address undone');
        if (!(await letters.tellUndone(outcome.account, by))) leave();
        return outcome;
      });
    },
  };
}

export type EmailChanges = ReturnType<typeof createEmailChanges>;
