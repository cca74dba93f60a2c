// Customers, their members and their domains: the rows of the operators' API.

import { z } from 'zod';
import { customerNumber } from '../../../src/domain/accounts/account-records.ts';
import type { Customers } from '../../../src/domain/customers/customers.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { MOST_DOMAINS } from '../../../src/domain/operators/domains.ts';
import {
  reasonText,
  DEFAULT_LIMIT,
  onePage,
  operation,
  pageFields,
  pageOf,
  searchText,
  type Operation,
} from './operation.ts';
import { customerShown, domainShown, memberShown, showCustomer, showDomain, showMember } from './shown.ts';

const tag = 'customers';
const params = z.strictObject({ number: customerNumber });
const domainParams = z.strictObject({ domain: z.string().min(1).max(300) });
const domainNames = z.strictObject({
  domains: z.array(z.string().max(300)).max(MOST_DOMAINS, { error: `at most ${MOST_DOMAINS} at once` }),
});

export const customerOperations = (
  { customers: acts, domains, search }: Acts,
  { customers }: { customers: Customers },
): Operation[] => [
  operation({
    method: 'get',
    path: '/customers',
    id: 'listCustomers',
    tag,
    summary: 'Lists customers, newest first, or finds them',
    description: 'Found by a domain, whose customers come first, there may be ten more than asked for.',
    permission: 'customers:read',
    query: z.strictObject({
      ...pageFields,
      search: searchText.describe('Number, company number, domain or name, or the beginning of one.'),
    }),
    answer: pageOf(customerShown),
    async handle({ query: { limit, after, search: text } }) {
      if (text !== undefined) {
        const { hits, ...rest } = await search.customers(text, { after, limit: limit ?? DEFAULT_LIMIT });
        return { body: { items: hits.map(showCustomer), ...rest } };
      }
      return { body: await onePage({ limit, after }, customers.list, showCustomer) };
    },
  }),
  operation({
    method: 'get',
    path: '/customers/{number}',
    id: 'getCustomer',
    tag,
    summary: 'One customer',
    permission: 'customers:read',
    params,
    answer: customerShown,
    async handle({ params: { number } }) {
      const customer = await acts.requireCustomer(number);
      return { body: showCustomer(customer), version: customer.version };
    },
  }),
  operation({
    method: 'patch',
    path: '/customers/{number}',
    id: 'changeCustomer',
    tag,
    summary: 'Changes name or kind',
    permission: 'customers:write',
    ifMatch: 'required',
    params,
    body: z.strictObject({
      name: z.string().trim().min(1).max(200).optional(),
      kind: z.enum(['person', 'company']).optional(),
    }),
    answer: customerShown,
    async handle({ by, params: { number }, body, version }) {
      const changed = await acts.change(by, number, body, version);
      return { body: showCustomer(changed), version: changed.version };
    },
  }),
  operation({
    method: 'put',
    path: '/customers/{number}/vetting',
    id: 'vetCustomer',
    tag,
    summary: 'Notes that somebody has looked at the customer, and what came of it',
    description: 'Applications are told the state by the claim `customer_vetting`.',
    permission: 'customers:write',
    params,
    body: z.strictObject({ state: z.enum(['unvetted', 'vetted', 'refused']), reason: reasonText }),
    answer: customerShown,
    async handle({ by, params: { number }, body }) {
      const changed = await acts.vet(by, number, body);
      return { body: showCustomer(changed), version: changed.version };
    },
  }),
  operation({
    method: 'get',
    path: '/customers/{number}/members',
    id: 'listMembers',
    tag,
    summary: 'The accounts that act for a customer, with their roles',
    permission: 'customers:read',
    params,
    answer: z.object({ items: z.array(memberShown) }),
    async handle({ params: { number } }) {
      return { body: { items: (await acts.members(number)).map(showMember) } };
    },
  }),
  operation({
    method: 'get',
    path: '/customers/{number}/domains',
    id: 'listDomains',
    tag: 'domains',
    summary: 'The domains of a customer, by name',
    permission: 'customers:read',
    params,
    query: z.strictObject(pageFields),
    answer: pageOf(domainShown),
    async handle({ params: { number }, query }) {
      return { body: await onePage(query, (page) => domains.list(number, page), showDomain) };
    },
  }),
  operation({
    method: 'put',
    path: '/customers/{number}/domains',
    id: 'putDomains',
    tag: 'domains',
    summary: 'Makes the domains of a customer exactly these',
    description: `At most ${MOST_DOMAINS}. When one of them belongs to another customer, nothing is changed.`,
    permission: 'customers:write',
    params,
    body: domainNames,
    answer: z.object({ added: z.int(), removed: z.int() }),
    problems: ['taken', 'conflict'],
    async handle({ by, params: { number }, body }) {
      return { body: await domains.put(by, number, body.domains) };
    },
  }),
  operation({
    method: 'post',
    path: '/customers/{number}/domains',
    id: 'addDomains',
    tag: 'domains',
    summary: 'Adds domains to those of a customer',
    permission: 'customers:write',
    params,
    body: domainNames,
    answer: z.object({ added: z.int() }),
    problems: ['taken'],
    async handle({ by, params: { number }, body }) {
      return { body: await domains.add(by, number, body.domains) };
    },
  }),
  operation({
    method: 'get',
    path: '/domains/{domain}',
    id: 'getDomain',
    tag: 'domains',
    summary: 'Whose a domain is',
    permission: 'customers:read',
    params: domainParams,
    answer: domainShown,
    async handle({ params: { domain } }) {
      return { body: showDomain(await domains.require(domain)) };
    },
  }),
  operation({
    method: 'delete',
    path: '/domains/{domain}',
    id: 'deleteDomain',
    tag: 'domains',
    summary: 'Forgets a domain',
    permission: 'customers:write',
    params: domainParams,
    async handle({ by, params: { domain } }) {
      await domains.remove(by, domain);
      return {};
    },
  }),
];
