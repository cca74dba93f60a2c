// Requests to close a customer, in the console: looked at, refused with a reason, or carried out.

import type { ClosingOutcome } from '../../src/domain/customers/closings.ts';
import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import { closingStates } from '../../src/domain/operators/closings.ts';
import { createActorNames } from './actor-names.ts';
import type { ActOutcome, DangerousAct, Target } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';
import { pageOfList } from './paging.ts';

const PATH = '/admin/queues/closings';

/** What came of it, for its page. */
const after = (outcome: ClosingOutcome, notice: string): ActOutcome =>
  outcome === 'done'
    ? { kind: 'done', to: PATH, notice }
    : { kind: 'refused', problem: outcome === 'members' ? 'has_members' : 'wrong_state' };

/** The pages under /admin/queues/closings. */
export function createClosingPages({ acts, accounts }: { acts: Acts; accounts: Pick<Accounts, 'get'> }) {
  const { closings, customers } = acts;

  const nameOf = createActorNames(accounts);

  const target = async (number: string, typed = false): Promise<Target | undefined> => {
    const { doc } = await customers.requireCustomer(number);
    if (!(await closings.get(number))) return undefined;
    const name = `${doc.number} ${doc.name}`;
    return { name, backHref: PATH, trail: [{ text: name }], ...(typed ? { typed: doc.number } : {}) };
  };

  const act = (
    verb: 'check' | 'refuse' | 'close',
    notice: string,
    work: (visit: ConsoleVisit, reason: string, number: string) => Promise<ClosingOutcome>,
  ): DangerousAct => ({
    key: `${verb}_closing`,
    path: `${PATH}/:number/${verb}`,
    permission: 'customers:write',
    target: (_visit, number) => target(number, verb === 'close'),
    act: async (visit, reason, number) => after(await work(visit, reason, number), notice),
  });

  return {
    /** GET /admin/queues/closings */
    async list(visit: ConsoleVisit): Promise<void> {
      const state = closingStates.find((name) => name === visit.query.get('show')) ?? 'requested';
      const { shown, ...way } = await pageOfList(visit, { path: PATH, query: { show: state } }, (page) =>
        closings.list(state, page),
      );
      const mayWrite = visit.may('customers:write');
      visit.show('admin/closings.njk', {
        filters: closingStates.map((key) => ({ key, href: `${PATH}?show=${key}`, current: key === state })),
        ...way,
        rows: await Promise.all(
          shown.map(async ({ customer: { doc }, closing }) => ({
            href: `/admin/customers/${doc.number}`,
            number: doc.number,
            name: doc.name,
            at: closing.at,
            accountHref: `/admin/accounts/${closing.requestedBy}`,
            askedBy: await nameOf(`person:${closing.requestedBy}`),
            said: closing.reason ?? '',
            decidedBy: await nameOf(closing.decidedBy),
            checkHref: mayWrite && state === 'requested' ? `${PATH}/${doc.number}/check` : '',
            refuseHref:
              mayWrite && (state === 'requested' || state === 'checked')
                ? `${PATH}/${doc.number}/refuse`
                : '',
            closeHref: mayWrite && state === 'checked' ? `${PATH}/${doc.number}/close` : '',
          })),
        ),
      });
    },

    acts: [
      act('check', 'closing_checked', (visit, _reason, number) => closings.check(visit.by, number)),
      act('refuse', 'closing_refused', (visit, reason, number) => closings.refuse(visit.by, number, reason)),
      act('close', 'closing_done', (visit, _reason, number) => closings.close(visit.by, number)),
    ],
  };
}
