// Asking for a way back in, as a person without a login name or password does.

import type { Mail } from '../../src/ports/mailer.ts';
import type { Browser } from './browser.ts';
import { solveOn } from './proof-of-work.ts';
import { openWorld, type World } from './world.ts';

/** The new password. */
export const PHRASE = 'a phrase of my own';

/** A provider with cheap proofs of work, and with a proxy that says where a browser is. */
export const recoveryWorld = (storage: string, env: Readonly<Record<string, string>> = {}): Promise<World> =>
  openWorld({
    storage,
    env: {
      VRATNY_POW_MAX_NUMBER: '1000',
      VRATNY_TRUSTED_PROXIES: '127.0.0.1/32, ::1/128',
      VRATNY_SUPPORT_EMAIL: 'podpora@hoster.example',
      ...env,
    },
  });

let networks = 0;

/** A browser that nobody knows, in a network of its own unless an address is given. */
export function newcomer(world: World, address?: string): Browser {
  const browser = world.browser();
  networks += 1;
  const from = address ?? `2001:db8:${networks.toString(16)}::1`;
  browser.headers = { ...browser.headers, 'x-forwarded-for': from };
  return browser;
}

/** Fills in the form. */
export async function askedFor(
  world: World,
  known: string,
  browser: Browser = newcomer(world),
): Promise<Browser> {
  await browser.open('/recover');
  return browser.submit({ known, altcha: solveOn(browser) });
}

/** The link in a letter. */
export function linkIn({ text }: Pick<Mail, 'text'>): string {
  const link = /http\S+\/recover\/[\w-]{43}(\?sign_in=[\w-]+)?/.exec(text)?.[0];
  if (link === undefined) throw new Error(`no link in: ${text}`);
  return link;
}
