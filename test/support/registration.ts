// Registration as tests walk it: each stretch of the way from the form to the account.

import { solveOn } from './proof-of-work.ts';
import type { Browser } from './browser.ts';
import { PASSWORD, type World } from './world.ts';

/** What a world for these journeys needs: networks of their own, proofs that take no time, texts to agree to. */
export const registrationEnv = {
  VRATNY_TRUSTED_PROXIES: '127.0.0.1/32, ::1/128',
  VRATNY_POW_MAX_NUMBER: '1000',
  VRATNY_TERMS_URL: 'https://hoster.example/terms',
  VRATNY_TERMS_VERSION: '2026-11',
  VRATNY_PRIVACY_URL: 'https://hoster.example/privacy',
};

export type Newcomer = { readonly email: string; readonly phone: string; readonly address: string };

let newcomers = 0;

/** Somebody with a mailbox, a phone and a network of their own: neither quota nor throttle is shared. */
export function newcomer(): Newcomer {
  newcomers += 1;
  const email = `newcomer${newcomers}@mail.example`;
  const address = `2001:db8:${newcomers.toString(16)}::1`;
  return { email, phone: `+420602${String(newcomers).padStart(6, '0')}`, address };
}

/** The stretches of the way in one world. */
export function registrationJourney(world: World) {
  const browserOf = ({ address }: Newcomer): Browser => {
    const browser = world.browser();
    browser.headers = { ...browser.headers, 'x-forwarded-for': address };
    return browser;
  };

  /** What a person fills in. */
  const fieldsOf = ({ email, phone }: Newcomer) => ({
    kind: 'person',
    given_name: 'Jana',
    family_name: 'Nováková',
    company: '',
    email,
    phone,
    password: PASSWORD,
    terms: '2026-11',
    privacy: '1',
  });

  /** Fills in and sends the form that a browser is at. */
  const fill = (browser: Browser, person: Newcomer, more: Record<string, string> = {}): Promise<Browser> =>
    browser.post('/register', {
      ...browser.forms[0]!.fields,
      ...fieldsOf(person),
      altcha: solveOn(browser),
      ...more,
    });

  const codeSentTo = ({ phone }: Newcomer): string =>
    /\b\d{6}\b/.exec(world.texts.findLast(({ to }) => to === phone)?.text ?? '')?.[0] ?? 'no code';
  const mailsTo = ({ email }: Newcomer) => world.mails.filter(({ to }) => to === email);
  const linkIn = (person: Newcomer): string =>
    /http:\S+\/activate\/[\w-]{43}/.exec(mailsTo(person).at(-1)?.text ?? '')?.[0] ?? 'no link';

  /** A browser that has sent the form and is asked for the code. */
  async function atCode(person: Newcomer, from = '/register', more: Record<string, string> = {}) {
    return fill(await browserOf(person).open(from), person, more);
  }

  /** A browser that waits for the mailed link. */
  async function atMail(person: Newcomer, from = '/register', more: Record<string, string> = {}) {
    return (await atCode(person, from, more)).submit({ code: codeSentTo(person) });
  }

  return {
    browserOf,
    fieldsOf,
    fill,
    codeSentTo,
    mailsTo,
    linkIn,
    atCode,
    atMail,
    accountOf: ({ email }: Newcomer) => world.core.accounts.findByIdentifier(email),
  };
}
