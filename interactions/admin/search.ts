// One box for everything: login name, e-mail, phone, name, id, customer number, domain, and clients by name. What a role
// may not see is not looked for.

import { LONGEST_SEARCH, type Search } from '../../src/domain/operators/search.ts';
import { BadPlace, type Found } from '../../src/domain/search/prefix-search.ts';
import { purposeOf } from './client-form.ts';
import { accountRow } from './accounts.ts';
import { customerRow } from './customers.ts';
import type { ConsoleVisit } from './frame.ts';

/** Of each kind on the common page, and of one kind on the pages that follow. */
const FIRST_ROWS = 15;
const ROWS = 30;

const nothing = { hits: [] };

/** GET /admin/search?q=, and for what comes after the first page &kind= and &after= */
export function createSearchPage({ acts: { search } }: { acts: { search: Search } }) {
  return async (visit: ConsoleVisit): Promise<void> => {
    const query = (visit.query.get('q') ?? '').trim().slice(0, LONGEST_SEARCH).toWellFormed();
    const kind = visit.query.get('kind') ?? '';
    const after = visit.query.get('after') ?? undefined;
    const page = { after, limit: after === undefined ? FIRST_ROWS : ROWS };
    const wants = (name: 'accounts' | 'customers' | 'clients') =>
      query !== '' && (after === undefined || kind === name) && visit.may(`${name}:read`);
    /** An address that somebody has cut short shows nothing rather than an error. */
    const find = async <T>(run: () => Promise<Found<T>>): Promise<Found<T>> => {
      try {
        return await run();
      } catch (error) {
        if (error instanceof BadPlace) return nothing;
        throw error;
      }
    };
    const [people, firms, apps] = await Promise.all([
      wants('accounts') ? find(() => search.accounts(query, page)) : nothing,
      wants('customers') ? find(() => search.customers(query, page)) : nothing,
      wants('clients') ? find(() => search.clients(query, page)) : nothing,
    ]);
    const here = `/admin/search?${new URLSearchParams({ q: query }).toString()}`;
    const more = (name: string, { next }: Found<unknown>) =>
      next === undefined ? '' : `${here}&kind=${name}&after=${next}`;
    visit.show('admin/search.njk', {
      query,
      firstHref: after === undefined ? '' : here,
      accounts: people.hits.map(accountRow),
      moreAccounts: more('accounts', people),
      customers: firms.hits.map(customerRow),
      moreCustomers: more('customers', firms),
      clients: apps.hits.map(({ doc: { metadata } }) => ({
        href: `/admin/clients/${metadata.client_id}`,
        name: metadata.client_name,
        clientId: metadata.client_id,
        key: purposeOf(metadata),
      })),
      moreClients: more('clients', apps),
    });
  };
}
