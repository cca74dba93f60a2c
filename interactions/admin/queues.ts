// Queues in the console: what people wrote to support, and what could not be delivered; each with a decision.

import type { Acts } from '../../src/domain/operators/acts.ts';
import { supportStates } from '../../src/domain/support/support-requests.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/queues';
const ROWS = 30;
const messageStates = ['failed', 'waiting'] as const;

/** The pages under /admin/queues. */
export function createQueuePages({ acts }: { acts: Acts }) {
  const { queues } = acts;
  const afterOf = (visit: ConsoleVisit) => {
    const wanted = visit.query.get('after') ?? '';
    return /^[\w-]{1,64}$/.test(wanted) ? wanted : undefined;
  };
  const here = (path: string, show: string, after?: string) =>
    `${path}?${new URLSearchParams({ show, ...(after === undefined ? {} : { after }) }).toString()}`;

  return {
    /** GET /admin/queues: requests of people. */
    async support(visit: ConsoleVisit): Promise<void> {
      const state = supportStates.find((name) => name === visit.query.get('show')) ?? 'open';
      const after = afterOf(visit);
      const found = await acts.supportDesk.list(state, {
        limit: ROWS + 1,
        ...(after === undefined ? {} : { after }),
      });
      const shown = found.slice(0, ROWS);
      visit.show('admin/support-requests.njk', {
        filters: supportStates.map((key) => ({ key, href: here(PATH, key), current: key === state })),
        rows: shown.map((doc) => ({
          action: `${PATH}/${doc.id}/close`,
          kind: { key: doc.kind.replaceAll('-', '_') },
          email: doc.email ?? '',
          service: doc.service ?? '',
          text: doc.text,
          contact: doc.contact,
          at: doc.at,
          address: doc.address ?? '',
          isOpen: doc.state !== 'closed',
        })),
        mayWrite: visit.may('queues:write'),
        firstHref: after === undefined ? '' : here(PATH, state),
        nextHref: found.length > ROWS ? here(PATH, state, shown.at(-1)!.id) : '',
      });
    },

    /** POST /admin/queues/:id/close */
    async close(visit: ConsoleVisit, id: string): Promise<void> {
      // Closed by a colleague meanwhile: what was wanted holds.
      if ((await acts.supportDesk.close(visit.by, id)) === 'unknown')
        throw new AppError('not_found', { detail: `no request ${id}` });
      visit.goTo(PATH, 'request_closed');
    },

    /** GET /admin/queues/messages */
    async messages(visit: ConsoleVisit): Promise<void> {
      const state = messageStates.find((name) => name === visit.query.get('show')) ?? 'failed';
      const after = afterOf(visit);
      const path = `${PATH}/messages`;
      const { messages, older } = await queues.list({ state }, { after, limit: ROWS });
      visit.show('admin/messages.njk', {
        filters: messageStates.map((key) => ({ key, href: here(path, key), current: key === state })),
        rows: messages.map(({ id, channel, to, attempts, createdAt, nextAt, lastError = '' }) => ({
          retryAction: `${path}/${id}/retry`,
          giveUpAction: `${path}/${id}/give-up`,
          channel: { key: channel },
          to,
          attempts,
          createdAt,
          nextAt: state === 'waiting' ? nextAt : '',
          lastError,
        })),
        mayWrite: visit.may('queues:write'),
        firstHref: after === undefined ? '' : here(path, state),
        nextHref: older === undefined ? '' : here(path, state, older),
      });
    },

    /** POST /admin/queues/messages/:id/retry */
    async retry(visit: ConsoleVisit, id: string): Promise<void> {
      const outcome = await queues.retry(visit.by, id);
      visit.goTo(`${PATH}/messages`, outcome === 'queued' ? 'message_retried' : 'message_not_retried');
    },

    /** POST /admin/queues/messages/:id/give-up */
    async giveUp(visit: ConsoleVisit, id: string): Promise<void> {
      const outcome = await queues.giveUp(visit.by, id);
      visit.goTo(`${PATH}/messages`, outcome === 'given_up' ? 'message_given_up' : 'message_not_retried');
    },
  };
}
