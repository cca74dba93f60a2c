// Whether a new password will do, for whom it is: the rules, what stands near the account, what its owner has given up, and
// lists of common and breached passwords. Every place that sets a password asks here.

import type { Log } from '../../lib/log.ts';
import type { BreachedPasswords } from '../../ports/breached-passwords.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Customers } from '../customers/customers.ts';
import { judgePassword, type PasswordProblem, type PasswordRules } from './passwords.ts';

/** What is known of the person, whose account may not be there yet. */
export type PasswordOwner = {
  readonly accountId?: string;
  readonly email: string;
  readonly login?: string | undefined;
  readonly name?: string | undefined;
  readonly givenName?: string | undefined;
  readonly familyName?: string | undefined;
  /** Of a customer that is not there yet. */
  readonly customerName?: string | undefined;
  readonly exposedPasswordHash?: string | undefined;
};

/** How long a password must be. */
export type PasswordPolicy = PasswordRules & {
  /** Where the second factor is on. */
  readonly minLengthWithSecondFactor: number;
};

/** The judgement over all of it. */
export function createNewPasswords(parts: {
  policy: PasswordPolicy;
  /** The brand and the host of the provider. */
  house: readonly string[];
  customers: Pick<Customers, 'ofAccount'>;
  isTotpOn: (accountId: string) => Promise<boolean>;
  /** Those that leaked lists have most of; it is always there. */
  firstTries: Pick<BreachedPasswords, 'has'>;
  hasher: Pick<Hasher, 'verify'>;
  breachedPasswords: readonly BreachedPasswords[];
  log: Log;
}) {
  const { policy, house, customers, isTotpOn, firstTries, hasher, breachedPasswords, log } = parts;

  /** The lengths that hold for an account; without one, for who has no second factor. */
  async function rulesFor(accountId?: string): Promise<PasswordRules> {
    const { minLength, minLengthWithSecondFactor, maxLength } = policy;
    if (minLength === minLengthWithSecondFactor || accountId === undefined) return { minLength, maxLength };
    // Only the app: it is asked after every password, while a passkey may stay in the drawer.
    const isShort = await isTotpOn(accountId);
    return { minLength: isShort ? minLengthWithSecondFactor : minLength, maxLength };
  }

  async function customerNames({ accountId, customerName }: PasswordOwner): Promise<string[]> {
    const own = accountId === undefined ? [] : await customers.ofAccount(accountId);
    return [...own.map(({ customer }) => customer.doc.name), customerName ?? ''];
  }

  /** Whether any list has it. One that cannot tell stands in nobody's way. */
  async function isBreached(password: string): Promise<boolean> {
    const found = await Promise.all(
      breachedPasswords.map(async (list) => {
        try {
          return await list.has(password);
        } catch (error) {
          log.warn({ list: list.name, error }, 'a new password was not looked up in a list of breached ones');
          return false;
        }
      }),
    );
    return found.includes(true);
  }

  return {
    rulesFor,

    /** What is wrong with a new password; `undefined` when it will do. Lists are asked last. */
    async judge(password: string, owner: PasswordOwner): Promise<PasswordProblem | undefined> {
      const { accountId, email, login = '', name = '', givenName = '', familyName = '' } = owner;
      const [local = '', domain = ''] = email.split('@');
      const problem = judgePassword(password, await rulesFor(accountId), {
        logins: [email, login, local],
        names: [
          name,
          givenName,
          familyName,
          `${givenName}${familyName}`,
          domain,
          ...labelsOf(domain),
          ...(await customerNames(owner)),
        ],
        brand: house.flatMap((one) => [one, ...labelsOf(one)]),
      });
      if (problem !== undefined) return problem;
      if (await firstTries.has(password)) return 'too_common';
      const { exposedPasswordHash: exposed } = owner;
      if (exposed !== undefined && (await hasher.verify(exposed, password)).matches) return 'exposed';
      return (await isBreached(password)) ? 'breached' : undefined;
    },
  };
}

export type NewPasswords = ReturnType<typeof createNewPasswords>;

/** The labels of a domain but the last one, which is everybody's. */
const labelsOf = (domain: string): string[] => domain.split('.').slice(0, -1);
