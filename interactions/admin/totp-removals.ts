// Taking an authenticator app off, in the console: asked for on the page of an account, approved or refused by somebody
// else in the queue, where it is also seen what became of it.

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import { actorKey, type Actor } from '../../src/domain/audit/audit-entry.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { removalStates } from '../../src/domain/operators/totp-removal-rows.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { createActorNames } from './actor-names.ts';
import type { DangerousAct, Target } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { pageOfList, withQuery } from './paging.ts';

const PATH = '/admin/queues/totp-removals';
const shown = removalStates.filter((state) => state !== 'removing');

/** The pages under /admin/queues/totp-removals, and the act on the page of an account. */
export function createTotpRemovalPages({ acts, accounts }: { acts: Acts; accounts: Accounts }) {
  const { totpRemovals: removals } = acts;

  const nameOfKey = createActorNames(accounts);
  async function nameOf(actor: Actor | undefined): Promise<string> {
    if (actor === undefined) return '';
    return actor.kind === 'command' ? `command ${actor.name ?? ''}` : nameOfKey(actorKey(actor));
  }

  async function target(id: string, backHref: string): Promise<Target | undefined> {
    const account = await accounts.get(id);
    if (!account) return undefined;
    const name = displayName(account.doc);
    const trail = [{ text: name, href: `/admin/accounts/${id}` }];
    return { name, detail: account.doc.login ?? account.doc.email, backHref, trail };
  }

  const decision = (
    verb: 'approve' | 'refuse',
    work: (visit: ConsoleVisit, reason: string, id: string) => Promise<unknown>,
  ): DangerousAct => ({
    key: `${verb}_totp_removal`,
    path: `${PATH}/:id/${verb}`,
    permission: 'accounts:write',
    async target(_visit, id) {
      const removal = await removals.get(id);
      const about = removal && (await target(id, PATH));
      return about && { ...about, detail: removal.reason };
    },
    async act(visit, reason, id) {
      await work(visit, reason, id);
      return { kind: 'done', to: PATH, notice: verb === 'approve' ? 'removal_approved' : 'removal_refused' };
    },
  });

  return {
    /** GET /admin/queues/totp-removals */
    async list(visit: ConsoleVisit): Promise<void> {
      const state = shown.find((name) => name === visit.query.get('show')) ?? 'requested';
      const { shown: found, ...way } = await pageOfList(
        visit,
        { path: PATH, query: { show: state } },
        (page) => removals.list(state, page),
      );
      const mayWrite = visit.may('accounts:write');
      const rows = await Promise.all(
        found.map(async ({ id, doc }) => {
          const account = await accounts.get(id);
          // Whoever asked is refused when they approve: they are not offered it.
          const isOwn = actorKey(doc.requestedBy) === actorKey(visit.by.actor);
          return {
            href: `/admin/accounts/${id}`,
            name: account ? displayName(account.doc) : id,
            login: account ? (account.doc.login ?? account.doc.email) : '',
            evidence: doc.reason,
            askedBy: await nameOf(doc.requestedBy),
            at: doc.at,
            approvedBy: await nameOf(doc.approvedBy),
            nextAt: (doc.state === 'waiting' && doc.dueAt) || '',
            endedBy: await nameOf(doc.endedBy),
            said: doc.endReason ?? '',
            obstacle: doc.endCode ?? '',
            approveHref: mayWrite && doc.state === 'requested' && !isOwn ? `${PATH}/${id}/approve` : '',
            refuseHref:
              mayWrite && (doc.state === 'requested' || doc.state === 'waiting')
                ? `${PATH}/${id}/refuse`
                : '',
          };
        }),
      );
      visit.show('admin/totp-removals.njk', {
        filters: shown.map((key) => ({ key, href: withQuery(PATH, { show: key }), current: key === state })),
        rows,
        ...way,
      });
    },

    acts: [
      {
        key: 'request_totp_removal',
        path: '/admin/accounts/:id/totp-removal',
        permission: 'accounts:write',
        target: (_visit, id) => target(id, `/admin/accounts/${id}/security`),
        async act(visit, reason, id) {
          try {
            await removals.request(visit.by, id, reason);
          } catch (error) {
            // The only field there is.
            if (error instanceof AppError && error.code === 'bad_request')
              return { kind: 'refused', problem: 'no_evidence' };
            throw error;
          }
          return { kind: 'done', to: `/admin/accounts/${id}/security`, notice: 'removal_asked' };
        },
      },
      decision('approve', (visit, _reason, id) => removals.approve(visit.by, id)),
      decision('refuse', (visit, reason, id) => removals.refuse(visit.by, id, reason)),
    ] satisfies DangerousAct[],
  };
}
