// People at places: a browser that comes from an address through the trusted proxy, signs in, is closed and opened.

import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import { PASSWORD, type World } from './world.ts';

/** What lets a test say where a browser is: the test itself stands in for the reverse proxy. */
export const proxied = { VRATNY_TRUSTED_PROXIES: '127.0.0.1, ::1' } as const;

export const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0';
export const HOME = '198.51.100.7';

/** Puts a browser at an address. */
export function moveTo(browser: Browser, address: string): Browser {
  browser.headers = { ...browser.headers, 'x-forwarded-for': address };
  return browser;
}

/** A new browser at an address. */
export function browserAt(world: World, address = HOME, userAgent = FIREFOX): Browser {
  const browser = world.browser();
  browser.headers = { ...browser.headers, 'user-agent': userAgent };
  return moveTo(browser, address);
}

/** Signs in in the browser, anew if somebody is signed in already; stops where a further step is asked. */
export async function signInAt(
  world: World,
  client: IssuedClient,
  browser: Browser,
  email: string,
  password = PASSWORD,
): Promise<Browser> {
  await browser.open(world.authorizeUrl(client, { prompt: 'login' }));
  return browser.submit({ login: email, password });
}

/** Closes the browser and opens it again: what is to end with it is gone. */
export function reopen(browser: Browser): Browser {
  for (const key of browser.cookies.keys()) {
    if (!/^(?:__Host-)?vratny_(?:browser|language)\n/.test(key)) browser.cookies.delete(key);
  }
  return browser;
}
