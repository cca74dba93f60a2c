// Customers in the console: the newest, one with its members and domains, and whether support has looked at it.

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import {
  isActiveMember,
  type Customer,
  type Customers,
  type VettingState,
} from '../../src/domain/customers/customers.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { Conflict, type Stored } from '../../src/ports/store.ts';
import type { DangerousAct, Target } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { placeOf } from './paging.ts';
import { allowanceRow } from './support-access.ts';

const PATH = '/admin/customers';
const ROWS = 30;
const MOST_DOMAINS = 100;
const states: readonly VettingState[] = ['unvetted', 'vetted', 'refused'];

/** A customer as a row of a list. */
export const customerRow = ({ doc }: Stored<Customer>) => ({
  href: `${PATH}/${doc.number}`,
  number: doc.number,
  name: doc.name,
  kind: doc.kind,
  state: doc.vetting?.state ?? 'unvetted',
  createdAt: doc.createdAt,
  closedAt: doc.closedAt ?? '',
});

/** The pages under /admin/customers. */
export function createCustomerPages({
  acts,
  customers,
  accounts,
}: {
  acts: Acts;
  customers: Customers;
  accounts: Accounts;
}) {
  async function showOne(visit: ConsoleVisit, number: string, problem?: string): Promise<void> {
    const customer = await acts.customers.requireCustomer(number);
    const [members, domains] = await Promise.all([
      customers.membersOf(customer.id),
      acts.domains.list(number, { limit: MOST_DOMAINS }),
    ]);
    const people = await Promise.all(
      members.map(async (member) => {
        const account = await accounts.get(member.accountId);
        return {
          href: `/admin/accounts/${member.accountId}`,
          name: account ? displayName(account.doc) : member.accountId,
          email: account?.doc.email ?? '',
          role: member.role,
          active: isActiveMember(member),
          since: member.since,
        };
      }),
    );
    const { vetting } = customer.doc;
    visit.show(
      'admin/customer.njk',
      {
        ...customerRow(customer),
        vetting: vetting ? { ...vetting } : false,
        allowances: visit.may('support-access:read')
          ? (await acts.supportAccess.list({ customerId: customer.id })).map(allowanceRow)
          : [],
        mayEnter: visit.may('support-access:write'),
        members: people,
        domains: domains.map(({ id }) => ({ name: id, href: `${PATH}/${number}/domains/${id}/remove` })),
        addDomainsHref: `${PATH}/${number}/domains/add`,
        moreDomains: domains.length === MOST_DOMAINS,
        mayWrite: visit.may('customers:write'),
        auditHref: visit.may('audit:read') ? `/admin/audit?customer=${customer.doc.number}` : '',
        choices: states
          .filter((state) => state !== (vetting?.state ?? 'unvetted'))
          .map((key) => ({ key, href: `${PATH}/${number}/vet/${key}` })),
      },
      { problem, trail: [{ text: `${customer.doc.number} ${customer.doc.name}` }] },
    );
  }

  async function customerTarget(number: string): Promise<Target> {
    const { doc } = await acts.customers.requireCustomer(number);
    const backHref = `${PATH}/${number}`;
    const name = `${doc.number} ${doc.name}`;
    return { name, backHref, trail: [{ text: name, href: backHref }] };
  }

  return {
    /** GET /admin/customers */
    async list(visit: ConsoleVisit): Promise<void> {
      const after = placeOf(visit);
      const found = await customers.list({ limit: ROWS + 1, ...(after === undefined ? {} : { after }) });
      const shown = found.slice(0, ROWS);
      visit.show('admin/customers.njk', {
        rows: shown.map(customerRow),
        mayOpen: visit.may('accounts:write') && visit.may('customers:write'),
        firstHref: after ? PATH : '',
        nextHref: found.length > ROWS ? `${PATH}?after=${shown.at(-1)!.id}` : '',
      });
    },

    /** GET /admin/customers/:number */
    one: (visit: ConsoleVisit, number: string): Promise<void> => showOne(visit, number),

    acts: [
      {
        key: 'add_domains',
        path: `${PATH}/:number/domains/add`,
        permission: 'customers:write',
        target: (_visit, number) => customerTarget(number),
        form: (visit, problems) =>
          Promise.resolve({
            template: 'admin/domains-add.njk',
            props: {
              domains: { value: visit.form['domains'] ?? '', problem: problems['domains']?.key ?? '' },
            },
          }),
        async act(visit, _reason, number) {
          // One a line, or separated by spaces.
          const typed = (visit.form['domains'] ?? '').split(/[\s,]+/).filter(Boolean);
          const wrong = (key: string) =>
            ({ kind: 'refused', problem: 'fields', fields: { domains: { key, value: '' } } }) as const;
          if (typed.length === 0) return wrong('no_domain');
          try {
            await acts.domains.add(visit.by, number, typed);
          } catch (error) {
            if (!(error instanceof AppError) || error.code !== 'bad_request') throw error;
            return wrong(error.cause instanceof Conflict ? 'domain_taken' : 'bad_domain');
          }
          return { kind: 'done', to: `${PATH}/${number}`, notice: 'domains_added' };
        },
      },
      {
        key: 'vet',
        path: `${PATH}/:number/vet/:state`,
        permission: 'customers:write',
        async target(_visit, number, state) {
          if (!states.some((name) => name === state)) return undefined;
          return { ...(await customerTarget(number)), detail: state };
        },
        async act(visit, reason, number, wanted) {
          const state = states.find((name) => name === wanted);
          if (!state) throw new AppError('not_found', { detail: `no state ${wanted}` });
          await acts.customers.vet(visit.by, number, { state, reason });
          return { kind: 'done', to: `${PATH}/${number}`, notice: 'customer_vetted' };
        },
      },
      {
        key: 'remove_domain',
        path: `${PATH}/:number/domains/:domain/remove`,
        permission: 'customers:write',
        async target(_visit, number, domain) {
          const { id } = await acts.customers.requireCustomer(number);
          const found = await acts.domains.require(domain);
          if (found.doc.customerId !== id) return undefined;
          return { ...(await customerTarget(number)), detail: found.id };
        },
        async act(visit, _reason, number, domain) {
          await acts.domains.remove(visit.by, domain);
          return { kind: 'done', to: `${PATH}/${number}`, notice: 'domain_removed' };
        },
      },
    ] satisfies DangerousAct[],
  };
}
