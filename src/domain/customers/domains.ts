// Own domain names, each of one customer: another name by which a person finds the way back in (S66). Operators keep
// them; who may claim a domain is theirs to know.

import { domainToASCII } from 'node:url';
import { Conflict, type Store, type Stored } from '../../ports/store.ts';
import type { Clock } from '../../ports/clock.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { Customers } from './customers.ts';

/** Whose domain it is; the id is its name as `domainName` writes it, so that a domain is there once. */
export type Domain = {
  readonly customerId: string;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
};

export type StoredDomain = Stored<Domain>;

/** RFC 1035 §2.3.4, in ASCII and without the final dot. */
const LONGEST_NAME = 253;
const LONGEST_TYPED = 1024;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one spelling of a domain name: lower case, punycode (UTS 46), no final dot. `undefined` for what is none: one
 * label alone, an IP address, characters that no registry has.
 */
export function domainName(typed: string): string | undefined {
  if (typed.length > LONGEST_TYPED) return undefined;
  const name = domainToASCII(typed.trim().replace(/\.$/, ''));
  const labels = name.split('.');
  const isName =
    labels.length > 1 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1)!);
  return isName && name.length <= LONGEST_NAME ? name : undefined;
}

/** Domains over the store. */
export function createDomains(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'ownersOf'>;
}) {
  const { store, clock, accounts, customers } = parts;
  const domains = store.collection(collections.domains);

  return {
    /** Notes a domain, by its one spelling. Rejects with `bad_request`, because of `Conflict`, when it is there already. */
    async add(name: string, customerId: string): Promise<StoredDomain> {
      try {
        return await domains.insert(name, { customerId, addedAt: clock.now().toISOString() });
      } catch (cause) {
        if (!(cause instanceof Conflict)) throw cause;
        throw new AppError('bad_request', { cause, detail: `${name} is a customer's already` });
      }
    },

    /** A domain by its one spelling. */
    get: (name: string): Promise<StoredDomain | undefined> => domains.get(name),

    /** Forgets a domain; whether there was one. */
    remove: async (name: string): Promise<boolean> => (await domains.take(name)) !== undefined,

    /** Domains by name, of one customer or of all. */
    list: (
      customerId: string | undefined,
      page: { after?: string; limit: number },
    ): Promise<StoredDomain[]> =>
      domains.list(customerId === undefined ? undefined : { key: 'customerId', value: customerId }, page),

    /** The account of who owns the customer whose domain was typed; of several owners the first that is active. */
    async ownerOf(typed: string): Promise<StoredAccount | undefined> {
      // Asked for a name that no domain has, too: what was typed makes no difference to the work.
      const domain = await domains.get(domainName(typed) ?? '-');
      const owners = await customers.ownersOf(domain?.doc.customerId ?? '-');
      const found = await Promise.all(owners.map(({ accountId }) => accounts.get(accountId)));
      return found.find((account) => account?.doc.status === 'active');
    },
  };
}

export type Domains = ReturnType<typeof createDomains>;
