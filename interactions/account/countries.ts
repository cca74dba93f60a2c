// The countries that a form offers.

import { countryCodes } from '../../src/domain/accounts/profile.ts';
import type { Locale } from '../../src/http/locale.ts';
import { onceEach } from '../../src/lib/once.ts';

const inLanguage = onceEach((locale: Locale) => ({
  names: new Intl.DisplayNames([locale], { type: 'region' }),
  order: new Intl.Collator(locale),
}));

/** The countries by their names, in the order of the language; `kept` is among them even when no list has it. */
export function countriesIn(locale: Locale, kept = ''): { code: string; name: string }[] {
  const { names, order } = inLanguage(locale);
  return [...new Set([...countryCodes(), ...(/^[A-Z]{2}$/.test(kept) ? [kept] : [])])]
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((one, other) => order.compare(one.name, other.name));
}
