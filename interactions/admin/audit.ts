// The audit log in the console: newest first, by who, by whom or by what; one entry in full; and a page of it as JSON
// lines to take away.

import { auditActions, type AuditAction } from '../../src/domain/audit/audit-actions.ts';
import type { Audit, AuditFilter, StoredEntry } from '../../src/domain/audit/audit.ts';
import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { createListedActors } from './actor-names.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/audit';
const ROWS = 50;
const EXPORT_ROWS = 999;
const keys = ['action', 'account', 'customer', 'client', 'operator'] as const;
type Key = (typeof keys)[number];

const isAction = (name: string): name is AuditAction => Object.hasOwn(auditActions, name);

/** The pages under /admin/audit. */
export function createAuditPages(parts: {
  audit: Audit;
  accounts: Pick<Accounts, 'get' | 'findByIdentifier'>;
  customers: Pick<Customers, 'get' | 'findByNumber'>;
}) {
  const { audit, accounts, customers } = parts;
  const actorOf = createListedActors(accounts);
  /** People go by login name or e-mail, or by the id; of one that there is not there are no entries. */
  const accountIdOf = async (value: string) => (await accounts.findByIdentifier(value))?.id ?? value;

  /** Whom or what an entry is about: by name while it is there. */
  async function aboutOf({ accountId, customerId, clientId, target }: StoredEntry['doc']) {
    const account = accountId === undefined ? undefined : await accounts.get(accountId);
    if (account) return { text: displayName(account.doc), href: `/admin/accounts/${account.id}` };
    const customer = customerId === undefined ? undefined : await customers.get(customerId);
    if (customer) {
      const { number, name } = customer.doc;
      return { text: `${number} ${name}`, href: `/admin/customers/${number}` };
    }
    return { text: accountId ?? customerId ?? clientId ?? target ?? '', href: '' };
  }

  const row = async ({ id, doc }: StoredEntry) => ({
    href: `${PATH}/${id}`,
    at: doc.at,
    action: doc.action,
    actor: await actorOf(doc),
    about: await aboutOf(doc),
    reason: doc.reason ?? '',
  });

  /** What one field of the form asks for; `undefined` when there is no such act. */
  async function filterBy(key: Key, value: string): Promise<AuditFilter | undefined> {
    switch (key) {
      case 'action':
        return isAction(value) ? { action: value } : undefined;
      case 'account':
        return { accountId: await accountIdOf(value) };
      case 'customer':
        // People know a customer by its number; of one that there is not there are no entries.
        return { customerId: (await customers.findByNumber(value))?.id ?? value };
      case 'client':
        return { clientId: value };
      case 'operator':
        return { actor: { kind: 'operator', accountId: await accountIdOf(value) } };
      default:
        return key satisfies never;
    }
  }

  /** The filter of an address; of several keys the first one counts, for the log is indexed by each alone. */
  async function filterOf(
    query: URLSearchParams,
  ): Promise<{ key: Key; value: string; filter: AuditFilter } | undefined> {
    for (const key of keys) {
      const value = (query.get(key) ?? '').trim().slice(0, 200);
      const filter = value === '' ? undefined : await filterBy(key, value);
      if (filter) return { key, value, filter };
    }
    return undefined;
  }

  const hrefOf = (path: string, chosen: { key: Key; value: string } | undefined, after?: string) => {
    const query = new URLSearchParams({
      ...(chosen ? { [chosen.key]: chosen.value } : {}),
      ...(after === undefined ? {} : { after }),
    }).toString();
    return query === '' ? path : `${path}?${query}`;
  };
  const pageOf = async (visit: ConsoleVisit, limit: number) => {
    const chosen = await filterOf(visit.query);
    const wanted = visit.query.get('after') ?? '';
    const after = /^\d{12}$/.test(wanted) ? wanted : undefined;
    return { chosen, after, ...(await audit.list(chosen?.filter, { after, limit })) };
  };

  return {
    /** GET /admin/audit */
    async list(visit: ConsoleVisit): Promise<void> {
      const { chosen, after, entries, older } = await pageOf(visit, ROWS);
      const value = (key: Key) => (chosen?.key === key ? chosen.value : '');
      visit.show('admin/audit.njk', {
        rows: await Promise.all(entries.map(row)),
        actions: Object.keys(auditActions).map((name) => ({ name, chosen: name === value('action') })),
        account: value('account'),
        customer: value('customer'),
        client: value('client'),
        actor: value('operator'),
        exportHref: hrefOf(`${PATH}/export`, chosen, after),
        firstHref: after === undefined ? '' : hrefOf(PATH, chosen),
        nextHref: older === undefined ? '' : hrefOf(PATH, chosen, older),
      });
    },

    /** GET /admin/audit/export: as JSON lines, at most 999 from here on. */
    async export(visit: ConsoleVisit): Promise<void> {
      const { entries } = await pageOf(visit, EXPORT_ROWS);
      const { res } = visit;
      res.statusCode = 200;
      res.setHeader('Content-Type', 'application/jsonl; charset=utf-8');
      res.setHeader('Content-Disposition', 'attachment; filename="audit.jsonl"');
      res.setHeader('Cache-Control', 'no-store');
      res.end(entries.map(({ id, doc }) => `${JSON.stringify({ number: Number(id), ...doc })}\n`).join(''));
    },

    /** GET /admin/audit/:number */
    async one(visit: ConsoleVisit, id: string): Promise<void> {
      const entry = /^\d{1,12}$/.test(id) ? await audit.get(id.padStart(12, '0')) : undefined;
      if (!entry) throw new AppError('not_found', { detail: `no entry ${id}` });
      const { before, after, seal: _seal, ...rest } = entry.doc;
      const text = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2));
      visit.show(
        'admin/audit-entry.njk',
        {
          number: Number(id),
          action: entry.doc.action,
          actor: await actorOf(entry.doc),
          about: await aboutOf(entry.doc),
          fields: Object.entries(rest).map(([name, value]) => ({ name, value })),
          before: text(before),
          after: text(after),
        },
        { trail: [{ text: String(Number(id)) }] },
      );
    },
  };
}
