// What operators do with accounts: make, look at, change, lock, and help their people back in. Nobody here ever learns
// or chooses a person's password.

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import { AppError } from '../../lib/app-error.ts';
import {
  comparableName,
  isOperator,
  type Account,
  type AccountChange,
  type Accounts,
  type NewAccount,
  type StoredAccount,
} from '../accounts/accounts.ts';
import { endingAll } from '../accounts/standing.ts';
import type { ChangeLogin } from '../accounts/change-login.ts';
import { notedContacts } from '../accounts/contacts-by-staff.ts';
import type { EmailChanges } from '../accounts/email-changes.ts';
import { NumberTaken, type Opening, type Openings } from '../accounts/openings.ts';
import type { Customers } from '../customers/customers.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { CredentialChange, CredentialNotices } from '../messages/credential-notices.ts';
import type { Letters } from '../messages/letters.ts';
import type { SetPassword } from '../passwords/set-password.ts';
import type { Endings } from '../sign-ins/endings.ts';
import type { Unfinished } from '../unfinished.ts';
import { actOf, requirePermission, WrongState, type Caller, type RecordAct } from './caller.ts';
import { createFormerNumbers } from './former-numbers.ts';
import type { Operators } from './operators.ts';

/** How many set-password links one account may be mailed by operators. */
export const setPasswordLinkQuota = { limit: 5, windowSeconds: 3600 } as const;

/** The fields of a person that operators may change; what is `undefined` is taken away. */
export type ProfileChange = {
  readonly [F in 'name' | 'givenName' | 'familyName' | 'phone' | 'address' | 'locale']?:
    Account[F] | undefined;
} & { readonly login?: string | undefined };

export type NewCustomer = NonNullable<Opening['customer']>;

/** Whose accounts only somebody may touch who decides about operators: else support could become owner. */
export function guardStaff(by: Caller, account: StoredAccount): void {
  if (isOperator(account.doc)) requirePermission(by, 'operators:write', 'the account is an operator’s');
}

/** What the audit log keeps of a profile: the fields that the change names. */
const toldOf = ({ doc }: StoredAccount, change: ProfileChange) =>
  Object.fromEntries(
    (['name', 'login', 'phone'] as const)
      .filter((field) => field in change)
      .map((field) => [field, doc[field] ?? null]),
  );

/** Accounts as operators handle them. */
export function createAccountActs(parts: {
  accounts: Accounts;
  openings: Pick<Openings, 'open'>;
  customers: Pick<Customers, 'findByNumber'>;
  operators: Pick<Operators, 'unlessLastOwner'>;
  setPassword: Pick<SetPassword, 'mail'>;
  changeLogin: Pick<ChangeLogin, 'judge'>;
  emailChanges: Pick<EmailChanges, 'ask'>;
  credentialNotices: CredentialNotices;
  endings: Pick<Endings, 'endEverything'>;
  quotas: Quotas;
  clock: Clock;
  record: RecordAct;
  letters: Pick<Letters, 'text' | 'url'>;
  unfinished: Unfinished;
  log: Log;
}) {
  const { accounts, openings, customers, operators, setPassword, changeLogin, emailChanges } = parts;
  const { credentialNotices, endings, quotas, clock, record } = parts;
  const formerNumbers = createFormerNumbers(parts);

  async function requireAccount(id: string): Promise<StoredAccount> {
    const account = await accounts.get(id);
    if (!account) throw new AppError('not_found', { detail: `no account ${id}` });
    return account;
  }

  /** One that this caller may change. */
  async function requireOpen(by: Caller, id: string): Promise<StoredAccount> {
    const account = await requireAccount(id);
    guardStaff(by, account);
    return account;
  }

  /**
   * Does what the person is told of as these changes. The letters say that it was done for them, not from where: that
   * would be the operator's address.
   */
  const telling = (
    account: StoredAccount,
    changes: readonly CredentialChange[],
    { actor }: Caller,
    work: () => Promise<StoredAccount>,
  ): Promise<StoredAccount> =>
    changes.reduce<() => Promise<StoredAccount>>(
      (inner, change) => () =>
        credentialNotices.keep(
          account,
          change,
          { address: undefined, userAgent: '' },
          async (tell) => {
            const changed = await inner();
            await tell(changed);
            return changed;
          },
          { actor },
        ),
      work,
    )();

  function namesOf(account: StoredAccount, login: string | undefined): AccountChange {
    if (login === undefined) return { login: undefined, loginKey: undefined };
    const problem = changeLogin.judge(account, login);
    if (problem === 'bad_login')
      throw new AppError('bad_request', {
        detail: 'login: letters and digits, with single . - _ between them',
      });
    return { login: login.trim(), loginKey: comparableName(login) };
  }

  /** A number that is not the one on file, at the very moment of the write, is staff's until its person proves it. */
  const phoneOf = (doc: Account, change: ProfileChange): AccountChange =>
    !('phone' in change) || change.phone === doc.phone
      ? {}
      : {
          phoneVerified: change.phone === undefined ? undefined : false,
          ...notedContacts(doc, ['phone'], clock.now()),
        };

  async function spendLink(account: StoredAccount): Promise<void> {
    const allowance = { id: `operators:set-password:${account.id}`, ...setPasswordLinkQuota };
    const retryAfterSeconds = await quotas.spend([allowance]);
    if (retryAfterSeconds > 0) throw new AppError('too_many_requests', { retryAfterSeconds });
  }

  return {
    requireAccount,

    /** A new account, with a customer of its own if one is given. Unless `quietly`, its person is mailed a link that sets the password. */
    async create(
      by: Caller,
      account: NewAccount,
      { customer, quietly = false }: { customer?: NewCustomer | undefined; quietly?: boolean } = {},
    ): Promise<StoredAccount> {
      if (customer) requirePermission(by, 'customers:write', 'a customer is made, too');
      // An old number would make somebody new the owner of what is not theirs.
      if (customer?.number !== undefined && (await customers.findByNumber(customer.number)))
        throw new NumberTaken();
      const made = await openings.open({ account, ...(customer && { customer }) });
      await record({
        ...actOf(by),
        action: 'account.created',
        accountId: made.account.id,
        customerId: made.customer?.id,
        after: { email: made.account.doc.email },
      });
      if (!quietly) await setPassword.mail(made.account);
      return made.account;
    },

    /** Changes the profile. A new number has to be verified anew, and the person hears of every change of login or number. */
    async change(by: Caller, id: string, change: ProfileChange, version?: number): Promise<StoredAccount> {
      const before = await requireOpen(by, id);
      const { login, ...fields } = change;
      const changesLogin = 'login' in change && login !== before.doc.login;
      const changesPhone = 'phone' in change && change.phone !== before.doc.phone;
      const names = changesLogin ? namesOf(before, login) : {};
      const told = [
        ...(changesPhone ? (['phone_changed'] as const) : []),
        ...(changesLogin ? (['login_changed'] as const) : []),
      ];
      const make = async () => {
        const write = (doc: Account) => ({ ...fields, ...phoneOf(doc, change), ...names });
        const changed = await accounts.change(id, write, version);
        await record({
          ...actOf(by),
          action: 'account.changed',
          accountId: id,
          before: toldOf(before, change),
          after: { ...toldOf(changed, change), fields: Object.keys(change).sort() },
        });
        return changed;
      };
      return telling(before, told, by, () => (changesPhone ? formerNumbers.during(before, make) : make()));
    },

    /** Has a new address confirmed by a link that is mailed there; the old one is told then, with a link that undoes it. */
    async changeEmail(by: Caller, id: string, email: string, reason: string): Promise<void> {
      const account = await requireOpen(by, id);
      if (account.doc.status !== 'active') throw new WrongState('the account is disabled');
      const outcome = await emailChanges.ask(account, email, { byStaff: true });
      if (outcome.kind === 'throttled') {
        const { retryAfterSeconds } = outcome;
        throw new AppError('too_many_requests', { retryAfterSeconds });
      }
      if (outcome.kind === 'refused')
        throw new AppError('bad_request', {
          detail:
            outcome.problem === 'same_email' ? 'email: it is that already' : 'email: is no e-mail address',
        });
      await record({ ...actOf(by), action: 'account.email_change_asked', accountId: id, reason });
    },

    /** Takes address or number for the person's, after a look at who it is. What is on file must be what was looked at. */
    async verify(
      by: Caller,
      id: string,
      seen: { readonly email?: string | undefined; readonly phone?: string | undefined },
      reason: string,
    ): Promise<StoredAccount> {
      const account = await requireOpen(by, id);
      const contacts = (['email', 'phone'] as const).filter((contact) => seen[contact] !== undefined);
      const told = contacts.map((contact) => `${contact}_verified` as const);
      return telling(account, told, by, async () => {
        const changed = await accounts.change(id, (doc) => {
          const differs =
            (seen.email !== undefined && comparableName(seen.email) !== doc.emailKey) ||
            (seen.phone !== undefined && seen.phone !== doc.phone);
          if (differs) throw new WrongState('another address or number is on file');
          return {
            ...(seen.email === undefined ? {} : { emailVerified: true }),
            ...(seen.phone === undefined ? {} : { phoneVerified: true }),
            ...notedContacts(doc, contacts, clock.now()),
          };
        });
        await record({
          ...actOf(by),
          action: 'account.verified',
          accountId: id,
          after: { fields: Object.keys(seen).sort() },
          reason,
        });
        return changed;
      });
    },

    /** Ends everything that the account has open, at once, and lets nobody sign in. */
    async disable(by: Caller, id: string, reason: string, version?: number): Promise<StoredAccount> {
      await requireOpen(by, id);
      const changed = await operators.unlessLastOwner(id, () =>
        accounts.change(
          id,
          (doc) => ({
            ...endingAll(clock.now()),
            status: 'disabled',
            disabledReason: reason,
            credentialVersion: doc.credentialVersion + 1,
          }),
          version,
        ),
      );
      if (changed === 'last_owner')
        throw new WrongState('this is the last owner: make somebody else one first');
      await endings.endEverything(id);
      await record({
        ...actOf(by),
        action: 'account.disabled',
        accountId: id,
        reason,
        before: { status: 'active' },
        after: { status: 'disabled' },
      });
      return changed;
    },

    /** Lets the person sign in again. */
    async enable(by: Caller, id: string, version?: number): Promise<StoredAccount> {
      await requireOpen(by, id);
      const changed = await accounts.change(
        id,
        () => ({ status: 'active', disabledReason: undefined }),
        version,
      );
      await record({
        ...actOf(by),
        action: 'account.enabled',
        accountId: id,
        before: { status: 'disabled' },
        after: { status: 'active' },
      });
      return changed;
    },

    /** Mails the person a link that sets a new password; to the address on file and nowhere else. */
    async sendSetPasswordLink(by: Caller, id: string): Promise<void> {
      const account = await requireOpen(by, id);
      if (account.doc.status !== 'active') throw new WrongState('the account is disabled');
      await spendLink(account);
      await setPassword.mail(account, { byStaff: true });
      await record({
        ...actOf(by),
        action: 'account.set_password_link',
        accountId: id,
        after: { sent: true },
      });
    },
  };
}

export type AccountActs = ReturnType<typeof createAccountActs>;
