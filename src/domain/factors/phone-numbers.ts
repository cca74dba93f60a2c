// Phone numbers (ITU-T E.164) as pages show them.

import { numberingPlans } from './numbering-plans.ts';

/** A number in the groups of its country, as on paper: `+420 601 234 567`, with spaces that do not break. */
export function shownPhone(phone: string): string {
  const [, country, rest] = /^(\+42[01])([0-9]{9})$/.exec(phone) ?? [];
  // Most of all numbers are Czech or Slovak, and need no plan to be loaded.
  if (country && rest) return `${country}\u00a0${rest.match(/.{3}/g)!.join('\u00a0')}`;
  if (!/^\+[1-9]\d{6,14}$/.test(phone)) return phone;
  const plan = numberingPlans().parsePhoneNumberFromString(phone);
  return (plan?.formatInternational() ?? phone).replaceAll(' ', '\u00a0');
}
