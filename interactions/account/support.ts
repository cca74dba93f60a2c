// Requests to support (S19): the list, a new one, the server that it may be about, and each with its answers.

import {
  ownRequestLimits,
  serverAccess,
  type OwnOutcome,
  type OwnProblem,
  type OwnRequests,
} from '../../src/domain/support/own-requests.ts';
import type { SupportRequests } from '../../src/domain/support/support-requests.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { wait } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/support';

/** What was typed and may be shown again: never the password. */
type Typed = { readonly subject: string; readonly text: string };
const nothing: Typed = { subject: '', text: '' };

type Shown = {
  problem?: OwnProblem | 'too_many_requests';
  /** The field that it stands at. */
  wrong?: string;
  retryAfterSeconds?: number;
  status?: number;
};

const problemIn = (outcome: OwnOutcome): Shown =>
  outcome.kind === 'refused'
    ? { problem: outcome.problem, wrong: outcome.field }
    : outcome.kind === 'throttled'
      ? (wait('too_many_requests', outcome.retryAfterSeconds) as Shown)
      : {};

/** The pages under /account/support. */
export function createOwnSupportPages(parts: {
  ownRequests: OwnRequests;
  supportRequests: Pick<SupportRequests, 'ofAccount'>;
}) {
  const { ownRequests, supportRequests } = parts;

  async function requireOwn({ account }: AccountVisit, id: string) {
    const found = await ownRequests.own(account.id, id);
    if (!found) throw new AppError('not_found', { detail: 'no such request of this account' });
    return found;
  }

  async function showList(
    visit: AccountVisit,
    typed: Typed,
    { wrong = '', ...shown }: Shown = {},
  ): Promise<void> {
    const found = await supportRequests.ofAccount(visit.account.id);
    const requests = found.map(({ id, doc }) => ({
      href: `${PAGE}/${id}`,
      subject: doc.subject ?? '',
      state: doc.state,
      at: doc.at,
      isUnseen: doc.isUnseen === true,
    }));
    visit.show('account/support.njk', { requests, typed, wrong, limits: ownRequestLimits }, shown);
  }

  async function showOne(
    visit: AccountVisit,
    id: string,
    typed = '',
    { wrong: _text, ...shown }: Shown = {},
  ): Promise<void> {
    const { doc } = await requireOwn(visit, id);
    await ownRequests.markSeen(visit.account.id, id);
    visit.show(
      'account/support-request.njk',
      {
        href: `${PAGE}/${id}`,
        subject: doc.subject ?? '',
        state: doc.state,
        at: doc.at,
        text: doc.text,
        server: doc.server?.name ?? '',
        access: doc.server?.access ?? '',
        hasPassword: doc.sealedPassword !== undefined,
        canNameServer: doc.state === 'open' && doc.server === undefined,
        messages: doc.messages ?? [],
        typed,
        limits: ownRequestLimits,
      },
      shown,
    );
  }

  async function showServer(
    visit: AccountVisit,
    id: string,
    typed: { server: string; access: string },
    { wrong = '', ...shown }: Shown = {},
  ): Promise<void> {
    const { doc } = await requireOwn(visit, id);
    if (doc.state !== 'open' || doc.server !== undefined) return visit.goTo(`${PAGE}/${id}`);
    visit.show(
      'account/support-server.njk',
      { href: `${PAGE}/${id}`, levels: serverAccess, typed, wrong, limits: ownRequestLimits },
      shown,
    );
  }

  return {
    /** GET /account/support */
    list: (visit: AccountVisit): Promise<void> => showList(visit, nothing),

    /** POST /account/support: then on to the server that it is about, which may be skipped. */
    async ask(visit: AccountVisit): Promise<void> {
      const { account, form, address } = visit;
      const typed = { subject: form['subject'] ?? '', text: form['text'] ?? '' };
      const outcome = await ownRequests.ask(account, typed, address);
      if (outcome.kind !== 'done') return showList(visit, typed, problemIn(outcome));
      return visit.goTo(`${PAGE}/${outcome.id}/server`, 'support_asked');
    },

    /** GET /account/support/:id */
    one: (visit: AccountVisit, id: string): Promise<void> => showOne(visit, id),

    /** GET /account/support/:id/server */
    askServer: (visit: AccountVisit, id: string): Promise<void> =>
      showServer(visit, id, { server: '', access: 'look' }),

    /** POST /account/support/:id/server */
    async nameServer(visit: AccountVisit, id: string): Promise<void> {
      const { server = '', access = '', server_password: password = '' } = visit.form;
      const outcome = await ownRequests.nameServer(visit.account.id, id, { name: server, access, password });
      if (outcome.kind === 'refused') return showServer(visit, id, { server, access }, problemIn(outcome));
      await requireOwn(visit, id);
      return visit.goTo(`${PAGE}/${id}`, outcome.kind === 'done' ? 'support_server' : 'support_over');
    },

    /** POST /account/support/:id/reply */
    async reply(visit: AccountVisit, id: string): Promise<void> {
      await requireOwn(visit, id);
      const typed = visit.form['text'] ?? '';
      const outcome = await ownRequests.reply(visit.account.id, id, typed);
      if (outcome.kind === 'over') return visit.goTo(`${PAGE}/${id}`, 'support_over');
      if (outcome.kind !== 'done') return showOne(visit, id, typed, problemIn(outcome));
      return visit.goTo(`${PAGE}/${id}`, 'support_replied');
    },
  };
}
