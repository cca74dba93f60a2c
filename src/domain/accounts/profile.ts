// What a person says of themselves: name, postal address, the language of letters. Judged before it is kept, since
// applications and letters show it to others.

import { ownName } from '../../lib/own-name.ts';
import { isOrdinaryName } from '../registration/registration-form.ts';
import { numberingPlans } from '../factors/numbering-plans.ts';
import type { AccountChange, PostalAddress } from './accounts.ts';

/** Longest values, in characters. */
export const profileLimits = { name: 100, street: 200, city: 100, postalCode: 20, region: 100 } as const;

/** Places with a dialling code that ISO 3166-1 knows no country for. */
const NO_COUNTRIES: ReadonlySet<string> = new Set(['AC', 'TA', 'XK']);

/** ISO 3166-1 alpha-2 codes. */
export const countryCodes = (): readonly string[] =>
  numberingPlans()
    .getCountries()
    .filter((code) => !NO_COUNTRIES.has(code));

export type ProfileField =
  'given_name' | 'family_name' | 'street' | 'city' | 'postal_code' | 'region' | 'country' | 'locale';
export type ProfileFields = Readonly<Record<ProfileField, string>>;
export type ProfileProblem =
  'no_name' | 'bad_name' | 'too_long' | 'no_country' | 'bad_postal_code' | 'bad_locale';

type Read =
  | { readonly kind: 'read'; readonly change: AccountChange }
  | { readonly kind: 'refused'; readonly problem: ProfileProblem; readonly field: ProfileField };
const refuse = (problem: ProfileProblem, field: ProfileField): Read => ({ kind: 'refused', problem, field });

const limitOf: Readonly<Partial<Record<ProfileField, number>>> = {
  given_name: profileLimits.name,
  family_name: profileLimits.name,
  street: profileLimits.street,
  city: profileLimits.city,
  postal_code: profileLimits.postalCode,
  region: profileLimits.region,
};

/** One line each, without what is not seen; an empty text when nothing is left. */
function tidy(fields: ProfileFields): Record<ProfileField, string> {
  const entries = Object.entries(fields).map(([name, value]) => [name, ownName(value, 1000) ?? '']);
  return Object.fromEntries(entries) as Record<ProfileField, string>;
}

function judgeNames({ given_name: given, family_name: family }: ProfileFields): Read | undefined {
  if (given === '' && family === '') return refuse('no_name', 'given_name');
  if (!isOrdinaryName(given)) return refuse('bad_name', 'given_name');
  return isOrdinaryName(family) ? undefined : refuse('bad_name', 'family_name');
}

function readAddress(fields: ProfileFields): PostalAddress | undefined {
  const address = {
    street: fields.street,
    city: fields.city,
    postalCode: fields.postal_code,
    region: fields.region,
    country: fields.country,
  };
  const given = Object.entries(address).filter(([, value]) => value !== '');
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** What a form of these fields changes in an account. */
export function readProfile(typed: ProfileFields): Read {
  const fields = tidy(typed);
  for (const [name, limit] of Object.entries(limitOf) as [ProfileField, number][])
    if ([...fields[name]].length > limit) return refuse('too_long', name);
  const wrong = judgeNames(fields);
  if (wrong) return wrong;
  const { given_name: given, family_name: family, locale, country, postal_code: code } = fields;
  const address = readAddress(fields);
  if (address !== undefined && !countryCodes().includes(country)) return refuse('no_country', 'country');
  if (!/^[\p{L}\p{N} -]*$/u.test(code)) return refuse('bad_postal_code', 'postal_code');
  if (locale !== 'cs' && locale !== 'en') return refuse('bad_locale', 'locale');
  return {
    kind: 'read',
    change: {
      givenName: given === '' ? undefined : given,
      familyName: family === '' ? undefined : family,
      name: [given, family].filter(Boolean).join(' '),
      address,
      locale,
    },
  };
}
