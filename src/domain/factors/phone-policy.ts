// Which numbers text messages are sent to: mobile phones of the countries that the hoster serves. A message costs what
// the receiving network asks, and premium ranges ask a lot: whoever registers must not be able to choose that.

import type { CountryCode, NumberType } from 'libphonenumber-js/max';
import { numberingPlans } from './numbering-plans.ts';

export type PhoneProblem =
  /** No telephone number, or none that exists in its country's plan. */
  | 'no_number'
  /** A number of a country that is not served. */
  | 'phone_country'
  /** A fixed line, a premium or shared-cost number: no message goes there, or a dear one. */
  | 'phone_not_mobile';

export type JudgedPhone =
  | { readonly kind: 'good'; readonly phone: string }
  | { readonly kind: 'refused'; readonly problem: PhoneProblem };

const LONGEST = 40;
const mobile: ReadonlySet<NumberType> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);

/** Judges numbers as typed; a number without a prefix belongs to the first of the countries (ISO 3166-1 alpha-2). */
export function createPhonePolicy(countries: readonly string[]) {
  const [own = 'CZ'] = countries;
  return {
    judge(typed: string): JudgedPhone {
      const refused = (problem: PhoneProblem): JudgedPhone => ({ kind: 'refused', problem });
      if (typed.length > LONGEST) return refused('no_number');
      const found = numberingPlans().parsePhoneNumberFromString(typed.trim(), {
        defaultCountry: own as CountryCode,
        extract: false,
      });
      // Where the plan of the country is not kept to, as with an extension, no message arrives.
      if (!found?.isPossible() || found.ext !== undefined) return refused('no_number');
      // Those without a country are satellites and international services.
      if (found.country === undefined || !countries.includes(found.country)) return refused('phone_country');
      if (!found.isValid()) return refused('no_number');
      if (!mobile.has(found.getType())) return refused('phone_not_mobile');
      return { kind: 'good', phone: found.number };
    },
  };
}

export type PhonePolicy = ReturnType<typeof createPhonePolicy>;
