// What upstreams say of people, read as what anybody may have typed there: bounded, NFC, free of control characters.
// What does not fit is left out and never cut, so that no half of it is taken for the whole.

import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { isPlainAddress } from '../../src/lib/mailbox.ts';
import type { UpstreamAddress, UpstreamProfile } from '../../src/ports/upstream.ts';

export type Claims = Readonly<Record<string, unknown>>;

const LONGEST = { name: 200, part: 100, street: 200, phone: 40, country: 60, json: 4000 } as const;
/** Marks that turn the direction of the text around them. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text of at most so many characters, in one line; `undefined` for anything else, and for nothing. */
export function textOf(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string' || value.length > most * 4 || !value.isWellFormed()) return undefined;
  const text = value.normalize('NFC').replaceAll(BIDI, '').replaceAll(/\s+/g, ' ').trim();
  if (text === '' || [...text].length > most || /\p{Cc}/u.test(text)) return undefined;
  return text;
}

export const nameOf = (value: unknown): string | undefined => textOf(value, LONGEST.name);
export const shortOf = (value: unknown): string | undefined => textOf(value, LONGEST.part);

/** Whether a flag is set: as a boolean, or as its word. */
export const flagOf = (value: unknown): boolean =>
  value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true');

/** A mail address that names one mailbox. */
export function emailOf(value: unknown): string | undefined {
  const text = textOf(value, 254);
  return text !== undefined && isPlainAddress(text) ? text : undefined;
}

/** E.164. The registry's notation has a dot behind the country: `+420.601123456`. */
export function phoneOf(value: unknown): string | undefined {
  const text = textOf(value, LONGEST.phone);
  if (text === undefined) return undefined;
  const found = parsePhoneNumberFromString(text.replaceAll('.', ''), { extract: false });
  return found?.isValid() === true && found.ext === undefined ? found.number : undefined;
}

/** An address: an object, the same as a JSON text, or nothing. Both the standard's members and the registry's. */
export function addressOf(value: unknown): UpstreamAddress | undefined {
  const given = objectOf(value);
  if (given === undefined) return undefined;
  const lines = ['street', 'street2', 'street3'].map((name) => textOf(given[name], LONGEST.part));
  const street =
    textOf(given['street_address'], LONGEST.street) ??
    textOf(lines.filter(Boolean).join(', '), LONGEST.street);
  const city = shortOf(given['locality'] ?? given['city']);
  const region = shortOf(given['region'] ?? given['state']);
  const postalCode = textOf(given['postal_code'], 16);
  const country = countryOf(given['country']);
  const address = {
    ...(street !== undefined && { street }),
    ...(city !== undefined && { city }),
    ...(postalCode !== undefined && { postalCode }),
    ...(region !== undefined && { region }),
    ...(country !== undefined && { country }),
  };
  return Object.keys(address).length > 0 ? address : undefined;
}

function objectOf(value: unknown): Claims | undefined {
  let given = value;
  if (typeof given === 'string') {
    if (given.length > LONGEST.json) return undefined;
    try {
      given = JSON.parse(given);
    } catch {
      return undefined;
    }
  }
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? { ...given } : undefined;
}

/** What the nearest countries are called where not by their code. */
const countries: Readonly<Record<string, string>> = {
  cze: 'CZ',
  'czech republic': 'CZ',
  czechia: 'CZ',
  'česká republika': 'CZ',
  česko: 'CZ',
  svk: 'SK',
  slovakia: 'SK',
  slovensko: 'SK',
  'slovenská republika': 'SK',
};

function countryOf(value: unknown): string | undefined {
  const text = textOf(value, LONGEST.country);
  if (text === undefined) return undefined;
  if (/^[A-Za-z]{2}$/.test(text)) return text.toUpperCase();
  const known = text.toLowerCase();
  return Object.hasOwn(countries, known) ? countries[known] : undefined;
}

/** The profile of the standard claims (OpenID Connect Core §5.1). */
export function standardProfile(claims: Claims): UpstreamProfile {
  const email = emailOf(claims['email']);
  const phone = phoneOf(claims['phone_number']);
  return given({
    username: shortOf(claims['preferred_username']),
    name: nameOf(claims['name']),
    givenName: shortOf(claims['given_name']),
    familyName: shortOf(claims['family_name']),
    email,
    emailVerified: email !== undefined && flagOf(claims['email_verified']),
    phone,
    phoneVerified: phone !== undefined && flagOf(claims['phone_number_verified']),
    address: addressOf(claims['address']),
  });
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The same without what is not there. */
export const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;
