// Accounts: one person's sign-in identity each. The id is the `sub` that relying parties see.

import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import type { Clock } from '../../ports/clock.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { AppError } from '../../lib/app-error.ts';
import { collections } from '../collections.ts';
import { accountRows } from '../search/search-keys.ts';
import type { ContactsByStaff } from './contacts-by-staff.ts';
import { keptSources, type Sources } from './sources.ts';

export type PostalAddress = {
  readonly street?: string;
  readonly city?: string;
  readonly postalCode?: string;
  readonly region?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
};

/** A text that the person has agreed to, in the version that they were shown (S64). */
export type Agreement = {
  readonly document: 'terms' | 'privacy';
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly at: string;
};

/** Every sign-in; the first in an open browser; browser or address differ from last time; are new; never. */
export type SignInMail = 'always' | 'open_browser' | 'changed' | 'unseen' | 'never';

export type Account = {
  /** The person's own login name as typed; without it the e-mail is the only login name. */
  readonly login?: string;
  readonly loginKey?: string;
  readonly email: string;
  readonly emailKey: string;
  readonly emailVerified: boolean;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly name?: string;
  /** E.164. */
  readonly phone?: string;
  readonly phoneVerified?: boolean;
  /** Which of the two above came from staff or a program, and when. */
  readonly contactsByStaff?: ContactsByStaff;
  readonly address?: PostalAddress;
  readonly locale?: 'cs' | 'en';
  /** PHC string; absent while no password was ever set. */
  readonly passwordHash?: string;
  /** The one that its owner has given up, by locking the account, as known to somebody else: it is not taken again. */
  readonly exposedPasswordHash?: string;
  /** Grows with every change of a credential: what was begun under an older one is void. */
  readonly credentialVersion: number;
  /** Seconds since 1970, to the millisecond: sessions, sign-ins and tokens that began before have ended, wherever they are still kept. */
  readonly sessionsValidFrom?: number;
  /** The same for proofs that a sign-in under way has gathered: those of an old password. */
  readonly proofsValidFrom?: number;
  /** When a sign-in is told by mail (S38–S42); absent: when the browser or the network is new. */
  readonly signInMail?: SignInMail;
  /** Whether a sign-in that is told by mail completes only after the link in it (S43). */
  readonly confirmSignIn?: boolean;
  /** When its owner last locked it by a mailed link; ISO 8601, UTC. Before that, somebody else may have acted in it. */
  readonly lockedAt?: string;
  /** Whether asking for a new password by mail is forbidden (S67). */
  readonly resetForbidden?: boolean;
  /** Whether the password does not sign in: the person has chosen to use a linked identity alone (S77). */
  readonly passwordOff?: boolean;
  /** Where the person has taken what they are called and how they are reached from, by item. */
  readonly sources?: Sources;
  /** What was agreed to at registration. */
  readonly agreements?: readonly Agreement[];
  /** What an operator may do; people who are none have no roles. */
  readonly operatorRoles?: readonly string[];
  readonly status: 'active' | 'disabled';
  readonly disabledReason?: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type StoredAccount = Stored<Account>;

/** The `disabledReason` of accounts that have ended with their last customer; others are what an operator wrote. */
export const ENDED_WITH_CUSTOMER = 'closed';
export type NewAccount = Pick<
  Account,
  | 'login'
  | 'email'
  | 'emailVerified'
  | 'givenName'
  | 'familyName'
  | 'name'
  | 'phone'
  | 'phoneVerified'
  | 'address'
  | 'locale'
  | 'passwordHash'
  | 'agreements'
  | 'sources'
>;

type Removable =
  | 'passwordHash'
  | 'exposedPasswordHash'
  | 'login'
  | 'loginKey'
  | 'name'
  | 'givenName'
  | 'familyName'
  | 'phone'
  | 'phoneVerified'
  | 'contactsByStaff'
  | 'address'
  | 'locale'
  | 'disabledReason'
  | 'sources';

/** What to change; what is `undefined` is taken away. */
export type AccountChange = Partial<Omit<Account, Removable>> & {
  readonly [K in Removable]?: Account[K] | undefined;
};

const withoutAbsent = (wanted: AccountChange): Account =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as unknown as Account;

const MAX_IDENTIFIER = 254;
const MAX_UPDATE_ATTEMPTS = 20;

/** The name is taken by another account; `field` says which one. */
export class NameTaken extends Error {
  override readonly name = 'NameTaken';
  readonly field: 'login' | 'email';
  constructor(field: 'login' | 'email') {
    super(`this ${field === 'login' ? 'login name' : 'e-mail address'} belongs to another account`);
    this.field = field;
  }
}

/** Spaces, line ends and whatever is not seen: it comes along when a name is copied, and could make two look alike. */
const unseen = /[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * How login names and e-mail addresses are compared (S72): without case, in Unicode NFKC, without spaces and
 * invisible characters. Normalised twice: what is left after taking characters out may compose anew.
 */
export const comparableName = (text: string): string =>
  text.toWellFormed().normalize('NFKC').replaceAll(unseen, '').toLowerCase().normalize('NFKC');

/**
 * A new active account as it is stored; one of an old system keeps its own `createdAt`. A login name with an `@` must be
 * the account's own e-mail address, so that no login name can stand before somebody else's e-mail.
 */
export function accountDocument(fields: NewAccount & { readonly createdAt?: string }, now: Date): Account {
  const { login, ...rest } = fields;
  const emailKey = comparableName(fields.email);
  const loginKey = login === undefined ? undefined : comparableName(login);
  if (loginKey?.includes('@') && loginKey !== emailKey) {
    throw new AppError('bad_request', { detail: 'a login name with an @ must equal the e-mail address' });
  }
  const ownLogin = login !== undefined && loginKey !== undefined && loginKey !== emailKey;
  const at = now.toISOString();
  return {
    createdAt: at,
    ...rest,
    ...(ownLogin ? { login: login.trim(), loginKey } : {}),
    email: fields.email.trim(),
    emailKey,
    credentialVersion: 1,
    status: 'active',
    updatedAt: at,
  };
}

/**
 * Accounts over the store. `disabled` is told of each account that has just been disabled, whoever did it: what must end
 * with an account ends there.
 */
export function createAccounts(
  store: Store,
  clock: Clock,
  disabled: (accountId: string) => Promise<void> = () => Promise.resolve(),
) {
  const accounts = accountRows(store);

  async function require(id: string): Promise<StoredAccount> {
    const found = await accounts.get(id);
    if (!found) throw new AppError('not_found', { detail: `no account ${id}` });
    return found;
  }

  /**
   * Changes one account by compare-and-swap. `change` may be called again when another writer was first. Rejects with
   * `NameTaken` when a login name or an address belongs to another account; with `Stale` when the account is no longer
   * in the version that is given.
   */
  async function change(
    id: string,
    make: (account: Account) => AccountChange,
    version?: number,
  ): Promise<StoredAccount> {
    const { before, after } = await write(id, make, version);
    if (before.status === 'active' && after.doc.status !== 'active') await disabled(id);
    return after;
  }

  async function write(
    id: string,
    make: (account: Account) => AccountChange,
    version: number | undefined,
  ): Promise<{ before: Account; after: StoredAccount }> {
    let wantedLogin: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const seen = await require(id);
      if (version !== undefined && seen.version !== version) throw new Stale(collections.accounts.name, id);
      try {
        const made = make(seen.doc);
        const changing = { ...seen.doc, ...made, updatedAt: clock.now().toISOString() };
        const wanted =
          made.sources === undefined ? { ...changing, sources: keptSources(seen.doc, changing) } : changing;
        wantedLogin = wanted.loginKey === seen.doc.loginKey ? undefined : wanted.loginKey;
        return { before: seen.doc, after: await accounts.replace(seen, withoutAbsent(wanted)) };
      } catch (error) {
        if (error instanceof Conflict) throw new NameTaken(await takenField(wantedLogin));
        if (!(error instanceof Stale) || attempt === MAX_UPDATE_ATTEMPTS) throw error;
      }
    }
  }

  return {
    change,
    get: (id: string): Promise<StoredAccount | undefined> => accounts.get(id),

    /** The account; rejects with `not_found`. */
    require,

    /** The account that signs in under this login name or e-mail (S72). */
    async findByIdentifier(identifier: string): Promise<StoredAccount | undefined> {
      if (identifier.length > MAX_IDENTIFIER) return undefined;
      const key = comparableName(identifier);
      if (key === '') return undefined;
      // Both are always asked, so that the time does not tell which one there is.
      const [byLogin, byEmail] = await Promise.all([
        accounts.findOne('loginKey', key),
        accounts.findOne('emailKey', key),
      ]);
      return byLogin ?? byEmail;
    },

    /**
     * A new active account that acts for nobody yet; `openings` makes one with its customer. Rejects with `NameTaken`. A
     * given id is one that was written down before, so that a creation that was cut off can be tried again.
     */
    async create(fields: NewAccount, id?: string): Promise<StoredAccount> {
      const now = clock.now();
      const doc = accountDocument(fields, now);
      try {
        return await accounts.insert(id ?? timeOrderedId(now), doc);
      } catch (error) {
        if (error instanceof Conflict) throw new NameTaken(await takenField(doc.loginKey));
        throw error;
      }
    },

    /** Accounts by age, newest first. */
    list: (page: { after?: string; limit: number }): Promise<StoredAccount[]> =>
      accounts.list(undefined, { ...page, newestFirst: true }),
  };

  async function takenField(loginKey: string | undefined): Promise<'login' | 'email'> {
    return loginKey !== undefined && (await accounts.findOne('loginKey', loginKey)) ? 'login' : 'email';
  }
}

export type Accounts = ReturnType<typeof createAccounts>;

/** Whether somebody is staff: what spares a customer the second factor never spares them. */
export const isOperator = ({ operatorRoles = [] }: Account): boolean => operatorRoles.length > 0;

/** Whether the account has a password that signs in. */
export const hasPassword = ({ passwordHash, passwordOff }: Account): boolean =>
  passwordHash !== undefined && passwordOff !== true;

/** What a person is called: their full name, else their login name, else their e-mail. */
export function displayName(account: Account): string {
  const full = account.name ?? [account.givenName, account.familyName].filter(Boolean).join(' ');
  return full || account.login || account.email;
}
