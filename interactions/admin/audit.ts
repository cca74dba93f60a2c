// The audit log in the console: newest first, by who, by whom or by what; one entry in full; and a page of it as JSON
// lines to take away.

import { auditActions, type AuditAction } from '../../src/domain/audit/audit-actions.ts';
import type { Audit, AuditFilter, StoredEntry } from '../../src/domain/audit/audit.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/audit';
const ROWS = 50;
const EXPORT_ROWS = 999;
const keys = ['action', 'account', 'customer', 'client', 'operator'] as const;
type Key = (typeof keys)[number];

const row = ({ id, doc }: StoredEntry) => ({
  href: `${PATH}/${id}`,
  number: Number(id),
  at: doc.at,
  action: doc.action,
  actor: doc.actorName ? `${doc.actor} ${doc.actorName}` : doc.actor,
  about: doc.accountId ?? doc.customerId ?? doc.clientId ?? doc.target ?? '',
  reason: doc.reason ?? '',
});

const isAction = (name: string): name is AuditAction => Object.hasOwn(auditActions, name);

/** The pages under /admin/audit. */
export function createAuditPages({ audit, customers }: { audit: Audit; customers: Customers }) {
  /** What one field of the form asks for; `undefined` when there is no such act. */
  async function filterBy(key: Key, value: string): Promise<AuditFilter | undefined> {
    switch (key) {
      case 'action':
        return isAction(value) ? { action: value } : undefined;
      case 'account':
        return { accountId: value };
      case 'customer':
        // People know a customer by its number; of one that there is not there are no entries.
        return { customerId: (await customers.findByNumber(value))?.id ?? value };
      case 'client':
        return { clientId: value };
      case 'operator':
        return { actor: { kind: 'operator', accountId: value } };
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
        rows: entries.map(row),
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
      const entry = /^\d{12}$/.test(id) ? await audit.get(id) : undefined;
      if (!entry) throw new AppError('not_found', { detail: `no entry ${id}` });
      const { before, after, seal: _seal, ...rest } = entry.doc;
      const text = (value: unknown) => (value === undefined ? '' : JSON.stringify(value, null, 2));
      visit.show(
        'admin/audit-entry.njk',
        {
          number: Number(id),
          action: entry.doc.action,
          fields: Object.entries(rest).map(([name, value]) => ({ name, value })),
          before: text(before),
          after: text(after),
        },
        { trail: [{ text: String(Number(id)) }] },
      );
    },
  };
}
