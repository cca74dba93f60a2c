// Personal data: name, postal address and the language of letters. What people sign in with is under Security.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import {
  profileLimits,
  readProfile,
  type ProfileField,
  type ProfileFields,
  type ProfileProblem,
} from '../../src/domain/accounts/profile.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import { shownSources } from '../difference-rows.ts';
import { countriesIn } from './countries.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/profile';

/** GET and POST /account/profile */
export function createProfilePage(parts: {
  accounts: Pick<Accounts, 'change'>;
  audit: Pick<Audit, 'note'>;
  upstreams: Pick<Upstreams, 'labelOf'>;
}) {
  const { accounts, audit, upstreams } = parts;

  function present({ account, locale }: AccountVisit): ProfileFields {
    const { doc } = account;
    const { givenName, familyName, name = '', address = {} } = doc;
    const isWhole = givenName === undefined && familyName === undefined;
    const [first = '', ...rest] = name.split(' ');
    return {
      given_name: isWhole ? first : (givenName ?? ''),
      family_name: isWhole ? rest.join(' ') : (familyName ?? ''),
      street: address.street ?? '',
      city: address.city ?? '',
      postal_code: address.postalCode ?? '',
      region: address.region ?? '',
      country: address.country ?? '',
      locale: doc.locale ?? locale,
    };
  }

  const show = (visit: AccountVisit, typed: ProfileFields, problem?: ProfileProblem, field = ''): void =>
    visit.show(
      'account/profile.njk',
      {
        typed,
        field,
        limits: profileLimits,
        countries: countriesIn(visit.locale),
        sources: shownSources(visit.account.doc.sources, upstreams),
      },
      { problem },
    );

  return {
    show: (visit: AccountVisit): void => show(visit, present(visit)),

    async submit(visit: AccountVisit): Promise<void> {
      const { account, form } = visit;
      const names = Object.keys(present(visit)) as ProfileField[];
      const typed = Object.fromEntries(names.map((name) => [name, form[name] ?? ''])) as ProfileFields;
      const read = readProfile(typed);
      if (read.kind === 'refused') return show(visit, typed, read.problem, read.field);
      const before = present(visit);
      const after = await accounts.change(account.id, () => read.change);
      const changed = names.filter((name) => present({ ...visit, account: after })[name] !== before[name]);
      if (changed.length > 0)
        await audit.note({
          action: 'account.profile_changed',
          actor: { kind: 'person', accountId: account.id },
          accountId: account.id,
          after: { fields: changed },
        });
      visit.goTo(PAGE, 'profile_saved');
    },
  };
}
