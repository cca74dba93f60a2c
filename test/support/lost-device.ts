// The way out of a lost second factor as tests walk it: people who have one on, and each stretch of the way.

import { vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import { solveOn } from './proof-of-work.ts';
import { appCode, turnOnTotp } from './second-factor.ts';
import { PASSWORD, type World } from './world.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export type Person = { id: string; email: string; phone: string; key: string; address: string };

/** What a world for these journeys needs: networks of their own, and proofs that take no time. */
export const lostDeviceEnv = {
  VRATNY_TRUSTED_PROXIES: '127.0.0.1/32, ::1/128',
  VRATNY_POW_MAX_NUMBER: '1000',
};

/** Moves the clock of the test process, and with it that of the world in it. */
export const moveClock = (milliseconds: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
};

/** Any six digits but these. */
export const otherThan = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

/** Fills in and sends the form with the code from the SMS. */
export const enter = (browser: Browser, code: string): Promise<Browser> =>
  browser.submit({ code, altcha: solveOn(browser) });

let people = 0;

/** The stretches of the way in one world. */
export function lostDeviceJourney(world: World, client: IssuedClient) {
  /** Somebody with a second factor, and a phone and a network of their own: neither quota nor throttle is shared. */
  async function somebody(): Promise<Person> {
    people += 1;
    const phone = `+420601${String(people).padStart(6, '0')}`;
    const { id, email } = await world.createAccount({ phone });
    const { key } = await turnOnTotp(world.core, id);
    return { id, email, phone, key, address: `2001:db8:${people.toString(16)}::1` };
  }

  function browserOf({ address }: Person): Browser {
    const browser = world.browser();
    browser.headers = { ...browser.headers, 'x-forwarded-for': address };
    return browser;
  }

  /** A browser that has proved the password and is asked for the second factor. */
  async function atSecondFactor(person: Person): Promise<Browser> {
    const browser = await browserOf(person).open(world.authorizeUrl(client));
    return browser.submit({ login: person.email, password: PASSWORD });
  }

  /** Signed in with the second factor, before it was lost. */
  async function signedInWithCode(person: Person): Promise<Browser> {
    const browser = await atSecondFactor(person);
    await browser.submit({ code: appCode(person.key, new Date()) });
    if (browser.callback['code'] === undefined)
      throw new Error(`no code: "${browser.heading}" at ${browser.url}`);
    return browser;
  }

  /** A browser at the page of who has lost the device. */
  async function atLostDevice(person: Person): Promise<Browser> {
    const browser = await atSecondFactor(person);
    const [, href] = /href="([^"]*\/lost-device)"/.exec(browser.html) ?? [];
    if (href === undefined) throw new Error(`no way to lost-device on "${browser.heading}"`);
    return browser.open(href);
  }

  const mailsTo = ({ email }: Person) => world.mails.filter(({ to }) => to === email);
  const linkIn = (person: Person): string =>
    /http:\S+\/lost-device\/[\w-]{43}/.exec(mailsTo(person).at(-1)?.text ?? '')?.[0] ?? 'no link';

  /** The link in the mail that the page has sent. */
  async function askForLink(person: Person): Promise<string> {
    await (await atLostDevice(person)).submit({}, 'send');
    return linkIn(person);
  }

  return {
    somebody,
    browserOf,
    signedInWithCode,
    atLostDevice,
    askForLink,
    mailsTo,
    linkIn,
    /** The code in the latest text message to the person. */
    codeSentTo: ({ phone }: Person): string =>
      /\b\d{6}\b/.exec(world.texts.findLast(({ to }) => to === phone)?.text ?? '')?.[0] ?? 'no code',
    /** A browser at the form for the code, which has been sent. */
    atCode: async (person: Person, link: string): Promise<Browser> =>
      (await browserOf(person).open(link)).submit({}, 'Send the code'),
    isOn: ({ id }: Person): Promise<boolean> => world.core.totp.isOn(id),
  };
}
