// Setting a password by a mailed link: the link is used up, everything open ends, identities that the person does not
// keep are no longer linked, and the person is told.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import { endingAll } from '../accounts/standing.ts';
import type { Audit } from '../audit/audit.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { Identities } from '../federation/identities.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import type { Leave, Unfinished } from '../unfinished.ts';
import type { NewPasswords } from './new-passwords.ts';
import type { PasswordProblem, PasswordRules } from './passwords.ts';

export type SetPasswordOutcome =
  | { readonly kind: 'set' }
  | { readonly kind: 'refused'; readonly problem: PasswordProblem | 'mismatch' }
  | { readonly kind: 'link_over' };

/** Which kind of link sets it; one that recovers may work in one browser only. */
type LinkUse = {
  readonly purpose: 'set-password' | 'recover';
  readonly binding?: string | undefined;
  /** The language of the page, which becomes that of an account without one. */
  readonly locale?: 'cs' | 'en';
  /** The upstreams whose identities stay linked; all, where the person is not asked. */
  readonly kept?: readonly string[];
};

/** An account whose password is about to be set, as it was seen. */
type Setting = Pick<LinkUse, 'purpose'> & {
  readonly accountId: string;
  readonly credentialVersion: number;
  /** The links that go with it. An act of an earlier version has none. */
  readonly dropped?: readonly string[];
};

/** The use of links that set a password. */
export function createSetPassword(parts: {
  accounts: Accounts;
  links: OneTimeLinks;
  browsers: Browsers;
  hasher: Hasher;
  signOutEverywhere: SignOutEverywhere;
  identities: Pick<Identities, 'links' | 'upstreams'>;
  letters: Letters;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  audit: Pick<Audit, 'note'>;
  unfinished: Unfinished;
  newPasswords: NewPasswords;
  clock: Clock;
}) {
  const { accounts, links, browsers, hasher, signOutEverywhere, letters, audit, newPasswords, clock } = parts;
  const { identities, unfinished } = parts;

  /** Makes a link for an account: to mail to the address on file, or to print for an operator to hand over. */
  async function offer(
    account: StoredAccount,
    given: { isMailed?: boolean; isDespite?: boolean } = {},
  ): Promise<{ url: string; expiresAt: Date }> {
    const { secret, expiresAt } = await links.issue('set-password', account, given);
    return { url: letters.url(`/set-password/${secret}`), expiresAt };
  }

  async function tell(account: StoredAccount, purpose: LinkUse['purpose'], leave: Leave): Promise<void> {
    const actor = { kind: 'person', accountId: account.id } as const;
    const after = { way: purpose === 'recover' ? 'recovery_link' : 'set_password_link' };
    const { id: accountId } = account;
    if (!(await audit.note({ action: 'credential.password_set', actor, accountId, after }))) leave();
    await letters.post(account, 'security', 'password-changed', {
      when: clock.now(),
      lockUrl: await parts.lockUrl(account),
    });
  }

  /** Somebody else may have linked an identity of theirs (trojan identifier): none stays that the person does not name. */
  async function notKept(accountId: string, kept: readonly string[]): Promise<string[]> {
    const found = await identities.links.ofAccount(accountId);
    return found.filter(({ doc }) => !kept.includes(identities.upstreams.nameOf(doc))).map(({ id }) => id);
  }

  /** Identities go first: who signs in with one of them before it is gone is signed out all the same. */
  async function endOld({ accountId, dropped = [] }: Setting): Promise<void> {
    await Promise.all(dropped.map((id) => identities.links.takeOwn(accountId, id)));
    await signOutEverywhere(accountId);
    await links.voidAll(accountId);
  }

  /** Set it is if a credential has changed since: then what was open has to end, too. */
  const setting = unfinished.kind<Setting>('password', async (facts, leave) => {
    const account = await accounts.get(facts.accountId);
    if (!account || account.doc.credentialVersion === facts.credentialVersion) return;
    await endOld(facts);
    await tell(account, facts.purpose, leave);
  });

  return {
    offer,

    /** How long the account's password must be. */
    rulesFor: ({ id }: StoredAccount): Promise<PasswordRules> => newPasswords.rulesFor(id),

    /** Mails such a link to the address on file; `byStaff` also where the person forbids new passwords by mail. */
    async mail(account: StoredAccount, { byStaff = false }: { byStaff?: boolean } = {}): Promise<void> {
      const isDespite = byStaff && account.doc.resetForbidden === true;
      const { url, expiresAt } = await offer(account, { isMailed: true, isDespite });
      await letters.send(account, 'account', 'set-password', { url, expiresAt });
    },

    /** Whose link it is; nothing is used up. */
    peek: (secret: string): Promise<StoredAccount | undefined> => links.peek('set-password', secret),

    /** Sets the password, if it will do and the link is still good. A refused password does not use the link up. */
    async use(
      secret: string,
      password: string,
      repeated: string,
      browserId: string,
      { purpose, binding, locale, kept }: LinkUse = { purpose: 'set-password' },
    ): Promise<SetPasswordOutcome> {
      const account = await links.peek(purpose, secret, binding);
      if (!account) return { kind: 'link_over' };
      const problem =
        password === repeated
          ? await newPasswords.judge(password, { ...account.doc, accountId: account.id })
          : 'mismatch';
      if (problem) return { kind: 'refused', problem };

      const passwordHash = await hasher.hash(password);
      const wasMailed = await links.wasMailed(secret, account);
      const { credentialVersion } = account.doc;
      // One that is linked after this changes a credential, and this link is over.
      const dropped = kept ? await notKept(account.id, kept) : [];
      const facts = { accountId: account.id, credentialVersion, purpose, dropped };
      return setting<SetPasswordOutcome>(facts, async (leave) => {
        if (!(await links.redeem(purpose, secret, binding))) return { kind: 'link_over' };
        let isMine = false;
        const changed = await accounts.change(account.id, (doc) => {
          // Of two links used at the same time the first one makes the other void.
          isMine = doc.credentialVersion === credentialVersion && doc.status === 'active';
          // A link that came by mail proves the address; one that an operator handed over does not.
          return isMine
            ? {
                passwordHash,
                // A new one is there to sign in with.
                ...(doc.passwordOff === true ? { passwordOff: false } : {}),
                credentialVersion: doc.credentialVersion + 1,
                emailVerified: doc.emailVerified || wasMailed,
                // Whoever made the account may not have known it; letters go by it from now on.
                ...(doc.locale === undefined && locale !== undefined ? { locale } : {}),
                ...endingAll(clock.now()),
              }
            : {};
        });
        if (!isMine) return { kind: 'link_over' };
        await endOld(facts);
        // A way in that nobody can slow down: the owner goes on in this browser, whatever strangers try elsewhere.
        await browsers.remember(account.id, browserId);
        await tell(changed, purpose, leave);
        return { kind: 'set' };
      });
    },
  };
}

export type SetPassword = ReturnType<typeof createSetPassword>;
