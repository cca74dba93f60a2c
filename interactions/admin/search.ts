// One box for everything: login name, e-mail, id, customer number, domain, and clients by name. What a role may not
// see is not looked for.

import type { Accounts, StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { ClientRecord } from '../../src/domain/clients/clients.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import { domainName, type Domains } from '../../src/domain/customers/domains.ts';
import { purposeOf } from './client-form.ts';
import { accountRow } from './accounts.ts';
import { customerRow } from './customers.ts';
import type { ConsoleVisit } from './frame.ts';

const LONGEST = 254;

/** GET /admin/search?q= */
export function createSearchPage(parts: {
  accounts: Accounts;
  customers: Customers;
  domains: Domains;
  searchClients: (text: string) => Promise<ClientRecord[]>;
}) {
  const { accounts, customers, domains, searchClients } = parts;

  async function findAccounts(query: string): Promise<StoredAccount[]> {
    const found = await Promise.all([accounts.get(query.toLowerCase()), accounts.findByIdentifier(query)]);
    const all = found.filter((account) => account !== undefined);
    return [...new Map(all.map((account) => [account.id, account])).values()];
  }

  async function findCustomers(query: string) {
    const domain = domainName(query);
    const owner = domain === undefined ? undefined : await domains.get(domain);
    const found = await Promise.all([
      /^\d{1,15}$/.test(query) ? customers.findByNumber(query) : undefined,
      owner && customers.get(owner.doc.customerId),
    ]);
    return found.filter((customer) => customer !== undefined);
  }

  return async (visit: ConsoleVisit): Promise<void> => {
    const query = (visit.query.get('q') ?? '').trim().slice(0, LONGEST);
    const asks = query.length > 0;
    const [people, firms, apps] = await Promise.all([
      asks && visit.may('accounts:read') ? findAccounts(query) : [],
      asks && visit.may('customers:read') ? findCustomers(query) : [],
      asks && visit.may('clients:read') ? searchClients(query) : [],
    ]);
    visit.show('admin/search.njk', {
      query,
      accounts: people.map(accountRow),
      customers: firms.map(customerRow),
      clients: apps.map(({ metadata }) => ({
        href: `/admin/clients/${metadata.client_id}`,
        name: metadata.client_name,
        clientId: metadata.client_id,
        key: purposeOf(metadata),
      })),
    });
  };
}
