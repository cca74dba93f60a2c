// API tokens (S15–S18): secrets by which a person's programs act for one of their customers. Shown once, stored as a
// hash, and worth nothing without the person who made them.

import type { Clock } from '../../ports/clock.ts';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import { makeCheckedToken } from '../../lib/checked-token.ts';
import { digest } from '../../lib/digest.ts';
import { timeOrderedId } from '../../lib/random.ts';
import { comparableName, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Customers } from '../customers/customers.ts';
import type { Revisions } from '../revisions.ts';
import { levelsFor, type TokenLevel } from './token-levels.ts';

/** What every token begins with. */
export const API_TOKEN_PREFIX = 'vratny_pat_';

export type ApiToken = {
  readonly accountId: string;
  readonly customerId: string;
  readonly name: string;
  readonly level: TokenLevel;
  /** SHA-256 of the token. */
  readonly hash: string;
  /** Of the account and the name: no two tokens of a person are called the same. */
  readonly nameKey: string;
  /** `<account>:<number>`: nobody has more than there are numbers. */
  readonly slot: string;
  /** Ranges that it may be used from; none means from anywhere. */
  readonly addresses: readonly string[];
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly endsAt?: string;
  /** Told once a minute. */
  readonly lastUsedAt?: string;
  /** Where the resource server saw it come from, if it said so. */
  readonly lastUsedFrom?: string;
};

export type StoredApiToken = Stored<ApiToken>;
export type NewApiToken = {
  readonly customerId: string;
  readonly name: string;
  readonly level: TokenLevel;
  readonly addresses: readonly string[];
  readonly endsAt: Date | undefined;
};

/** Why a token is not made; each is a locale key. */
export type ApiTokenProblem = 'name_taken' | 'full' | 'not_a_member' | 'level_too_high' | 'account_over';
export type CreateOutcome =
  | { readonly kind: 'created'; readonly token: StoredApiToken; readonly value: string }
  | { readonly kind: 'refused'; readonly problem: ApiTokenProblem };

/** How long a token that has ended is still listed. */
const LISTED_DAYS = 30;
const DAY_MILLISECONDS = 86_400_000;

/** Whether the end date of a token has passed. */
export const isTokenOver = ({ endsAt }: Pick<ApiToken, 'endsAt'>, now: Date): boolean =>
  endsAt !== undefined && Date.parse(endsAt) <= now.getTime();

/** Until when it is stored. */
export const tokenKeptUntil = ({ endsAt }: Pick<ApiToken, 'endsAt'>): Date | undefined =>
  endsAt === undefined ? undefined : new Date(Date.parse(endsAt) + LISTED_DAYS * DAY_MILLISECONDS);

const refused = (problem: ApiTokenProblem): CreateOutcome => ({ kind: 'refused', problem });

/** API tokens over the store. */
export function createApiTokens(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'ofAccount'>;
  revisions: Pick<Revisions, 'announce'>;
  /** Most tokens of one person. */
  most: number;
}) {
  const { store, clock, accounts, customers, revisions, most } = parts;
  const tokens = store.collection(collections.apiTokens);

  const list = (accountId: string): Promise<StoredApiToken[]> =>
    tokens.list({ key: 'accountId', value: accountId }, { limit: 1000, newestFirst: true });

  /** The account's own one; somebody else's is not there. */
  async function own(accountId: string, id: string): Promise<StoredApiToken | undefined> {
    const found = await tokens.get(id);
    return found?.doc.accountId === accountId ? found : undefined;
  }

  /** The account's role with the customer, while both stand. */
  async function roleOf(accountId: string, customerId: string): Promise<string | undefined> {
    if ((await accounts.get(accountId))?.doc.status !== 'active') return undefined;
    return (await customers.ofAccount(accountId)).find(({ customer }) => customer.id === customerId)?.role;
  }

  /** Takes a free place and the name; `undefined` when somebody was quicker with either. */
  async function insert(
    accountId: string,
    { endsAt, ...fields }: NewApiToken,
    value: string,
    taken: readonly StoredApiToken[],
  ): Promise<StoredApiToken | undefined> {
    const now = clock.now();
    const used = new Set(taken.map(({ doc }) => doc.slot));
    const slots = Array.from({ length: most }, (_, number) => `${accountId}:${number + 1}`);
    const doc: ApiToken = {
      ...fields,
      accountId,
      hash: digest(value),
      nameKey: nameKeyOf(accountId, fields.name),
      slot: slots.find((slot) => !used.has(slot))!,
      createdAt: now.toISOString(),
      ...(endsAt === undefined ? {} : { endsAt: endsAt.toISOString() }),
    };
    try {
      return await tokens.insert(timeOrderedId(now), doc, tokenKeptUntil(doc));
    } catch (error) {
      if (error instanceof Conflict) return undefined;
      throw error;
    }
  }

  return {
    most,
    /** The account's tokens, newest first, those that ended of late too. */
    list,
    own,

    /**
     * Makes a token for somebody who has just proved to be the person of the account, as it was read before the proof. The
     * value is given here and never again.
     */
    async create({ id: accountId, doc }: StoredAccount, fields: NewApiToken): Promise<CreateOutcome> {
      const role = await roleOf(accountId, fields.customerId);
      if (role === undefined) return refused('not_a_member');
      if (!levelsFor(role).includes(fields.level)) return refused('level_too_high');
      const value = makeCheckedToken(API_TOKEN_PREFIX);
      const nameKey = nameKeyOf(accountId, fields.name);
      let made: StoredApiToken | undefined;
      while (made === undefined) {
        const taken = await list(accountId);
        if (taken.some(({ doc }) => doc.nameKey === nameKey)) return refused('name_taken');
        if (taken.length >= most) return refused('full');
        made = await insert(accountId, fields, value, taken);
      }
      // Whatever ends tokens changes the account or the membership first, so one of the two sees the other.
      const account = await accounts.get(accountId);
      const stands = account?.doc.credentialVersion === doc.credentialVersion;
      if (!stands || (await roleOf(accountId, fields.customerId)) === undefined) {
        await tokens.remove(made.id);
        await revisions.announce('api-tokens');
        return refused('account_over');
      }
      return { kind: 'created', token: made, value };
    },

    /** Ends one of the account's tokens on every node; `undefined` when it has no such token. */
    async revoke(accountId: string, id: string): Promise<StoredApiToken | undefined> {
      if (!(await own(accountId, id))) return undefined;
      const taken = await tokens.take(id);
      await revisions.announce('api-tokens');
      return taken;
    },
  };
}

export type ApiTokens = ReturnType<typeof createApiTokens>;

const nameKeyOf = (accountId: string, name: string): string => `${accountId}:${comparableName(name)}`;
