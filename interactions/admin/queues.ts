// What could not be delivered, in the console: mails, text messages, notices of a logout and webhooks, each to be tried
// again or given up.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import { actorKey } from '../../src/domain/audit/audit-entry.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { createActorNames } from './actor-names.ts';
import type { ConsoleVisit } from './frame.ts';
import { placeOf, withQuery } from './paging.ts';

const PATH = '/admin/queues/messages';
const ROWS = 30;
const messageStates = ['failed', 'waiting'] as const;
const channels = ['mail', 'sms', 'logout', 'webhook'] as const;

/** The pages under /admin/queues/messages. */
export function createQueuePages({ acts, accounts }: { acts: Acts; accounts: Accounts }) {
  const { queues } = acts;
  const nameOf = createActorNames(accounts);

  return {
    /** GET /admin/queues/messages */
    async messages(visit: ConsoleVisit): Promise<void> {
      const state = messageStates.find((name) => name === visit.query.get('show')) ?? 'failed';
      const channel = channels.find((name) => name === visit.query.get('channel'));
      const after = placeOf(visit);
      const { messages, older } = await queues.list({ state, channel }, { after, limit: ROWS });
      visit.show('admin/messages.njk', {
        filters: messageStates.map((key) => ({
          key,
          href: withQuery(PATH, { show: key, channel }),
          current: key === state,
        })),
        channels: [undefined, ...channels].map((key) => ({
          key: key ?? 'all',
          href: withQuery(PATH, { show: state, channel: key }),
          current: key === channel,
        })),
        rows: await Promise.all(
          messages.map(async ({ id, channel: key, to, attempts, createdAt, nextAt, ...more }) => ({
            retryAction: `${PATH}/${id}/retry`,
            giveUpAction: `${PATH}/${id}/give-up`,
            channel: { key },
            to: key === 'sms' ? shownPhone(to) : to,
            attempts,
            createdAt,
            nextAt: state === 'waiting' ? nextAt : '',
            retriedBy: more.retriedBy ? await nameOf(actorKey(more.retriedBy)) : '',
            at: more.retriedAt ?? '',
            lastError: more.lastError ?? '',
          })),
        ),
        mayWrite: visit.may('queues:write'),
        firstHref: after === undefined ? '' : withQuery(PATH, { show: state, channel }),
        nextHref: older === undefined ? '' : withQuery(PATH, { show: state, channel, after: older }),
      });
    },

    /** POST /admin/queues/messages/:id/retry */
    async retry(visit: ConsoleVisit, id: string): Promise<void> {
      const outcome = await queues.retry(visit.by, id);
      visit.goTo(PATH, outcome === 'queued' ? 'message_retried' : 'message_not_retried');
    },

    /** POST /admin/queues/messages/:id/give-up */
    async giveUp(visit: ConsoleVisit, id: string): Promise<void> {
      const outcome = await queues.giveUp(visit.by, id);
      visit.goTo(PATH, outcome === 'given_up' ? 'message_given_up' : 'message_not_retried');
    },
  };
}
