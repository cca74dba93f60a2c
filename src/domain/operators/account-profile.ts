// What operators change of a person's data: the profile, and the address and number that the person is reached by. The
// person hears of what signs them in or reaches them.

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import { AppError } from '../../lib/app-error.ts';
import {
  comparableName,
  type Account,
  type AccountChange,
  type Accounts,
  type StoredAccount,
} from '../accounts/accounts.ts';
import type { ChangeLogin } from '../accounts/change-login.ts';
import { notedContacts } from '../accounts/contacts-by-staff.ts';
import type { EmailChanges } from '../accounts/email-changes.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { CredentialChange, CredentialNotices } from '../messages/credential-notices.ts';
import type { Letters } from '../messages/letters.ts';
import type { Unfinished } from '../unfinished.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';
import { createFormerNumbers } from './former-numbers.ts';
import { requireForChange } from './staff-guard.ts';

/** The fields of a person that operators may change; what is `undefined` is taken away. */
export type ProfileChange = {
  readonly [F in 'name' | 'givenName' | 'familyName' | 'phone' | 'address' | 'locale']?:
    Account[F] | undefined;
} & { readonly login?: string | undefined };

export type ProfileParts = {
  accounts: Accounts;
  changeLogin: Pick<ChangeLogin, 'judge'>;
  emailChanges: Pick<EmailChanges, 'ask'>;
  credentialNotices: Pick<CredentialNotices, 'keep'>;
  letters: Pick<Letters, 'text' | 'url'>;
  quotas: Quotas;
  unfinished: Unfinished;
  clock: Clock;
  record: RecordAct;
  log: Log;
};

/** What the audit log keeps of a profile: the fields that the change names. */
const toldOf = ({ doc }: StoredAccount, change: ProfileChange) =>
  Object.fromEntries(
    (['name', 'login', 'phone'] as const)
      .filter((field) => field in change)
      .map((field) => [field, doc[field] ?? null]),
  );

/** A person's data as operators change it. */
export function createProfileActs(parts: ProfileParts) {
  const { accounts, changeLogin, emailChanges, credentialNotices, clock, record } = parts;
  const formerNumbers = createFormerNumbers(parts);

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

  return {
    /** Changes the profile. A new number has to be verified anew, and the person hears of every change of login or number. */
    async change(by: Caller, id: string, change: ProfileChange, version?: number): Promise<StoredAccount> {
      const before = await requireForChange(accounts, by, id);
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
      const account = await requireForChange(accounts, by, id);
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
      const account = await requireForChange(accounts, by, id);
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
  };
}
