// The login history as its person sees it (S58): a table by pages and by result, and each attempt on a page of its own.

import type { History, HistoryEntry, HistoryFilter } from '../../src/domain/sign-ins/history.ts';
import { readTarget } from '../../src/http/target.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { digest } from '../../src/lib/digest.ts';
import { describeAgent, readAgent } from '../../src/lib/user-agent.ts';
import type { Stored } from '../../src/ports/store.ts';
import type { AccountVisit } from './frame.ts';

const PATH = '/account/history';
const ROWS = 20;
const DAYS_A_MONTH = 30;
const filters: readonly HistoryFilter[] = ['all', 'signed_in', 'refused'];

/** GET /account/history and GET /account/history/:id */
export function createHistoryPages(parts: {
  history: Pick<History, 'list' | 'get'>;
  /** How long entries are kept. */
  lifeSeconds: number;
}) {
  const { history, lifeSeconds } = parts;

  const row = ({ id, doc }: Stored<HistoryEntry>) => ({
    href: `${PATH}/${id}`,
    at: doc.at,
    result: doc.result,
    reason: doc.reason ?? '',
    address: doc.address ?? '',
    network: nameOf(doc),
    country: doc.network?.country ?? '',
    agent: describeAgent(doc.userAgent),
    application: doc.clientName,
    supportReason: doc.supportReason ?? '',
  });

  return {
    async list({ account, req, show }: AccountVisit): Promise<void> {
      const asked = new URLSearchParams(readTarget(req.url ?? '').query);
      const filter = filters.find((name) => name === asked.get('show')) ?? 'all';
      const wanted = asked.get('before') ?? '';
      const after = /^[0-9a-f-]{36}$/.test(wanted) ? wanted : undefined;
      const { entries, older } = await history.list(account.id, { filter, after, limit: ROWS });
      const shown = filter === 'all' ? '' : `show=${filter}`;
      show('account/history.njk', {
        rows: entries.map(row),
        filters: filters.map((name) => ({
          key: name,
          href: name === 'all' ? PATH : `${PATH}?show=${name}`,
          current: name === filter,
        })),
        isFirst: after === undefined,
        newestHref: shown === '' ? PATH : `${PATH}?${shown}`,
        olderHref: older === undefined ? '' : `${PATH}?${shown && `${shown}&`}before=${older}`,
        months: Math.max(1, Math.floor(lifeSeconds / 86_400 / DAYS_A_MONTH)),
      });
    },

    async entry({ account, browserId, show }: AccountVisit, id: string): Promise<void> {
      const found = await history.get(account.id, id);
      if (!found) throw new AppError('not_found', { detail: 'no such entry of this account' });
      const { doc } = found;
      show('account/history-entry.njk', {
        ...row(found),
        ...readAgent(doc.userAgent),
        userAgent: doc.userAgent,
        methods: doc.methods,
        listEntry: doc.listEntry ?? '',
        upstream: doc.upstream ?? '',
        isThisBrowser: doc.browser === digest(browserId),
        id,
        backHref: PATH,
      });
    },
  };
}

const nameOf = ({ network }: HistoryEntry): string => network?.organisation ?? '';
