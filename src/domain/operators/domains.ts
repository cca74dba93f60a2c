// Domain names of customers, kept by operators one by one or in bulk: by them people find the way back in (S66).

import { AppError } from '../../lib/app-error.ts';
import { Conflict } from '../../ports/store.ts';
import { domainName, type Domains, type StoredDomain } from '../customers/domains.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';
import type { CustomerActs } from './customers.ts';

/** So many in one request. */
export const MOST_DOMAINS = 1000;

/** Domains as operators handle them. */
export function createDomainActs(parts: {
  domains: Domains;
  requireCustomer: CustomerActs['requireCustomer'];
  record: RecordAct;
}) {
  const { domains, requireCustomer, record } = parts;

  async function require(typed: string): Promise<StoredDomain> {
    const name = domainName(typed);
    const found = name === undefined ? undefined : await domains.get(name);
    if (!found) throw new AppError('not_found', { detail: `no domain ${typed}` });
    return found;
  }

  /** The one spelling of each, once. */
  function spelled(typed: readonly string[]): string[] {
    const bad = typed.filter((name) => domainName(name) === undefined);
    if (bad.length > 0)
      throw new AppError('bad_request', { detail: `no domain names: ${bad.slice(0, 10).join(', ')}` });
    return [...new Set(typed.map((name) => domainName(name)!))];
  }

  /** Which of them are still to be added. Those of others are told all at once, before anything is done. */
  async function missing(customerId: string, names: readonly string[]): Promise<string[]> {
    const found = await Promise.all(names.map((name) => domains.get(name)));
    const others = found.filter((domain) => domain && domain.doc.customerId !== customerId);
    if (others.length > 0)
      throw new AppError('bad_request', {
        cause: new Conflict('domains'),
        detail: `these belong to other customers: ${others.map((domain) => domain!.id).join(', ')}`,
      });
    return names.filter((_, index) => found[index] === undefined);
  }

  async function add(by: Caller, customerId: string, names: readonly string[]): Promise<void> {
    for (const name of names) await domains.add(name, customerId);
    if (names.length > 0)
      await record({ ...actOf(by), action: 'domain.added', customerId, after: { domain: [...names] } });
  }

  async function forget(by: Caller, customerId: string, names: readonly string[]): Promise<void> {
    for (const name of names) await domains.remove(name);
    if (names.length > 0)
      await record({ ...actOf(by), action: 'domain.removed', customerId, before: { domain: [...names] } });
  }

  return {
    require,

    async list(number: string, page: { after?: string; limit: number }): Promise<StoredDomain[]> {
      return domains.list((await requireCustomer(number)).id, page);
    },

    /** Adds those that the customer does not have; how many. */
    async add(by: Caller, number: string, typed: readonly string[]): Promise<{ added: number }> {
      const { id } = await requireCustomer(number);
      const names = await missing(id, spelled(typed));
      await add(by, id, names);
      return { added: names.length };
    },

    /** Makes the customer's domains exactly these. */
    async put(
      by: Caller,
      number: string,
      typed: readonly string[],
    ): Promise<{ added: number; removed: number }> {
      const { id } = await requireCustomer(number);
      const names = spelled(typed);
      const present = await domains.list(id, { limit: MOST_DOMAINS });
      if (present.length === MOST_DOMAINS)
        throw new WrongState(`the customer has ${MOST_DOMAINS} domains or more: add and delete single ones`);
      const added = await missing(id, names);
      const removed = present.map((domain) => domain.id).filter((name) => !names.includes(name));
      await add(by, id, added);
      await forget(by, id, removed);
      return { added: added.length, removed: removed.length };
    },

    async remove(by: Caller, typed: string): Promise<void> {
      const { id, doc } = await require(typed);
      await forget(by, doc.customerId, [id]);
    },
  };
}

export type DomainActs = ReturnType<typeof createDomainActs>;
