// Requests to support in the console: what waits, one with all that was written, taking, answering and closing it, and
// the password to a server, once and with a reason.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import type { DeskOutcome, ShownRequest } from '../../src/domain/operators/support-desk.ts';
import { serverAccess } from '../../src/domain/support/own-requests.ts';
import { requestKinds, supportLimits, supportStates } from '../../src/domain/support/support-requests.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { createActorNames } from './actor-names.ts';
import type { DangerousAct } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { pageOfList, withQuery } from './paging.ts';

const PATH = '/admin/queues';

/** The pages under /admin/queues that are about requests. */
export function createSupportPages({ acts, accounts }: { acts: Acts; accounts: Accounts }) {
  const { supportDesk: desk } = acts;
  const pathOf = (id: string) => `${PATH}/${id}`;

  async function require(id: string): Promise<ShownRequest> {
    const found = await desk.get(id);
    if (!found) throw new AppError('not_found', { detail: `no request ${id}` });
    return found;
  }

  const nameOf = createActorNames(accounts);

  const titleOf = ({ subject, kind }: ShownRequest) => ({
    subject: subject ?? '',
    kind: { key: kind.replaceAll('-', '_') },
  });

  async function showOne(visit: ConsoleVisit, id: string, problem?: string): Promise<void> {
    const request = await require(id);
    const mayWrite = visit.may('queues:write') && request.state !== 'closed';
    const isMine = request.takenBy === `operator:${visit.account.id}`;
    const title = titleOf(request);
    visit.show(
      'admin/support-request.njk',
      {
        ...title,
        action: pathOf(id),
        state: request.state,
        text: request.text,
        contact: request.contact,
        email: request.email ?? '',
        service: request.service ?? '',
        at: request.at,
        address: request.address ?? '',
        accountHref:
          request.accountId !== undefined && visit.may('accounts:read')
            ? `/admin/accounts/${request.accountId}`
            : '',
        searchHref:
          request.accountId === undefined && request.email !== undefined && visit.may('accounts:read')
            ? withQuery('/admin/search', { q: request.email })
            : '',
        server: request.server?.name ?? '',
        access: serverAccess.find((level) => level === request.server?.access) ?? '',
        hasPassword: request.hasPassword,
        messages: (request.messages ?? []).map((message) => ({ ...message })),
        takenBy: await nameOf(request.takenBy),
        isMine,
        canTake: mayWrite && request.takenBy === undefined,
        canAnswer: mayWrite && request.accountId !== undefined,
        canClose: mayWrite,
        revealHref: mayWrite && isMine && request.hasPassword ? `${pathOf(id)}/password` : '',
        typed: visit.form['text'] ?? '',
        longest: supportLimits.text * 4,
      },
      { problem, trail: [{ text: title.subject || request.email || id }] },
    );
  }

  /** Back to the page of the request, which says what is in the way, or that it is done. */
  async function after(visit: ConsoleVisit, id: string, outcome: DeskOutcome, notice: string): Promise<void> {
    if (outcome === 'unknown') throw new AppError('not_found', { detail: `no request ${id}` });
    if (outcome !== 'done') return showOne(visit, id, outcome);
    visit.goTo(pathOf(id), notice);
  }

  return {
    /** GET /admin/queues */
    async list(visit: ConsoleVisit): Promise<void> {
      const state = supportStates.find((name) => name === visit.query.get('show')) ?? 'open';
      const kind = requestKinds.find((name) => name === visit.query.get('kind'));
      const { shown, ...way } = await pageOfList(
        visit,
        { path: PATH, query: { show: state, kind } },
        (page) => desk.list(state, { ...page, kind }),
      );
      visit.show('admin/support-requests.njk', {
        filters: supportStates.map((key) => ({
          key,
          href: withQuery(PATH, { show: key, kind }),
          current: key === state,
        })),
        kinds: [undefined, ...requestKinds].map((name) => ({
          key: name?.replaceAll('-', '_') ?? 'all',
          href: withQuery(PATH, { show: state, kind: name }),
          current: name === kind,
        })),
        ...way,
        rows: await Promise.all(
          shown.map(async (request) => ({
            ...titleOf(request),
            href: pathOf(request.id),
            who: request.email ?? request.contact,
            at: request.at,
            takenBy: await nameOf(request.takenBy),
          })),
        ),
      });
    },

    /** GET /admin/queues/:id */
    one: (visit: ConsoleVisit, id: string): Promise<void> => showOne(visit, id),

    /** POST /admin/queues/:id/take */
    take: async (visit: ConsoleVisit, id: string): Promise<void> =>
      after(visit, id, await desk.take(visit.by, id), 'request_taken'),

    /** POST /admin/queues/:id/answer */
    answer: async (visit: ConsoleVisit, id: string): Promise<void> =>
      after(visit, id, await desk.answer(visit.by, id, visit.form['text'] ?? ''), 'request_answered'),

    /** POST /admin/queues/:id/close */
    async close(visit: ConsoleVisit, id: string): Promise<void> {
      const outcome = await desk.close(visit.by, id);
      // Closed by a colleague meanwhile: what was wanted holds.
      if (outcome === 'closed') return visit.goTo(PATH, 'request_closed');
      return after(visit, id, outcome, 'request_closed');
    },

    acts: [
      {
        key: 'reveal_password',
        path: `${PATH}/:id/password`,
        permission: 'queues:write',
        async target(_visit, id) {
          const request = await require(id);
          if (!request.server) return undefined;
          const name = request.subject ?? id;
          return {
            name,
            detail: request.server.name,
            backHref: pathOf(id),
            trail: [{ text: name, href: pathOf(id) }],
          };
        },
        async act(visit, _reason, id) {
          const request = await require(id);
          const outcome = await desk.revealPassword(visit.by, id);
          if (outcome.kind === 'refused') return { kind: 'refused', problem: outcome.reason };
          visit.show(
            'admin/server-password.njk',
            { server: request.server?.name ?? '', password: outcome.password, nextHref: pathOf(id) },
            { trail: [{ text: request.subject ?? id, href: pathOf(id) }] },
          );
          return 'answered';
        },
      },
    ] satisfies DangerousAct[],
  };
}
