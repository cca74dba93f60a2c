// After a link: what the account and the customer say beside what the upstream does, each row kept or taken over by the
// person (S76).

import type { TakingOver } from '../../src/domain/federation/taking-over.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import type { WaitingIdentities } from '../../src/domain/federation/waiting-identities.ts';
import { chosenIn, differencesProps } from '../difference-rows.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/differences';
const BACK = '/account/security/identities';

/** GET and POST /account/security/differences */
export function createDifferencesPage(parts: {
  upstreams: Upstreams;
  waiting: WaitingIdentities;
  takingOver: TakingOver;
}) {
  const { upstreams, waiting, takingOver } = parts;
  const placeOf = ({ account, session }: AccountVisit) =>
    ({ sessionUid: session.uid, accountId: account.id, differences: true }) as const;

  return {
    async show(visit: AccountVisit): Promise<void> {
      const found = await waiting.find(visit.browserId, placeOf(visit));
      if (!found?.identity) return visit.goTo(BACK);
      const compared = await takingOver.compare(visit.account, found.identity, visit.acting?.customer.id);
      if (compared.account.length + compared.customer.length === 0) return visit.goTo(BACK);
      visit.show('account/differences.njk', {
        action: PAGE,
        label: upstreams.labelOf(found.upstream),
        serial: found.serial,
        ...differencesProps(compared),
      });
    },

    async submit(visit: AccountVisit): Promise<void> {
      const { account, form } = visit;
      const taken = await waiting.take(visit.browserId, placeOf(visit), form['serial'] ?? '');
      if (!taken) return visit.goTo(BACK);
      const items = await takingOver.take(account, taken, chosenIn(form), visit);
      visit.goTo(BACK, items.length === 0 ? 'differences_kept' : 'differences_taken');
    },
  };
}

export type DifferencesPage = ReturnType<typeof createDifferencesPage>;
