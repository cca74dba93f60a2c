// After a link: what the account says beside what the upstream does, each row kept or taken over by the person (S76).

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import { differencesOf, takenItems } from '../../src/domain/federation/differences.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import type { WaitingIdentities } from '../../src/domain/federation/waiting-identities.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/differences';
const BACK = '/account/security/identities';

/** GET and POST /account/security/differences */
export function createDifferencesPage(parts: {
  accounts: Pick<Accounts, 'change'>;
  upstreams: Upstreams;
  waiting: WaitingIdentities;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
}) {
  const { accounts, upstreams, waiting, audit, clock } = parts;
  const placeOf = ({ account, session }: AccountVisit) =>
    ({ sessionUid: session.uid, accountId: account.id, differences: true }) as const;

  return {
    async show(visit: AccountVisit): Promise<void> {
      const found = await waiting.find(visit.browserId, placeOf(visit));
      const rows = found?.identity ? differencesOf(visit.account.doc, found.identity.profile) : [];
      if (!found || rows.length === 0) return visit.goTo(BACK);
      visit.show('account/differences.njk', {
        action: PAGE,
        label: upstreams.labelOf(found.upstream),
        serial: found.serial,
        rows,
      });
    },

    async submit(visit: AccountVisit): Promise<void> {
      const { account, form } = visit;
      const taken = await waiting.take(visit.browserId, placeOf(visit), form['serial'] ?? '');
      if (!taken) return visit.goTo(BACK);
      const wanted = ['name', 'phone', 'address'].filter((item) => form[item] === 'take');
      const source = { upstream: taken.upstream, at: clock.now().toISOString() };
      let items: readonly string[] = [];
      await accounts.change(account.id, (doc) => {
        const made = takenItems(doc, taken.identity.profile, wanted, source);
        ({ items } = made);
        return made.change;
      });
      if (items.length === 0) return visit.goTo(BACK, 'differences_kept');
      await audit.note({
        action: 'account.profile_taken',
        actor: { kind: 'person', accountId: account.id },
        accountId: account.id,
        address: visit.address,
        userAgent: visit.userAgent,
        after: { fields: [...items].join(' '), detail: taken.upstream },
      });
      visit.goTo(BACK, 'differences_taken');
    },
  };
}

export type DifferencesPage = ReturnType<typeof createDifferencesPage>;
