// What a person does with the second factor in their browser: sign in with it, and set it up on the account pages.

import type { Browser } from './browser.ts';
import { appCode } from './second-factor.ts';
import { PASSWORD, type World } from './world.ts';

const SETUP = '/account/security/totp/setup';

/** A browser that signs in on the way to a page of the account, with a code if one is asked for. */
export async function atAccount(
  world: World,
  path: string,
  email: string,
  code = '',
  browser: Browser = world.browser(),
): Promise<Browser> {
  await browser.open(path);
  await browser.submit({ login: email, password: PASSWORD });
  if (browser.url.endsWith('/totp') && browser.url.includes('/interaction/')) await browser.submit({ code });
  if (!browser.url.includes('/account/')) throw new Error(`at "${browser.heading}", ${browser.url}`);
  return browser;
}

/** The key that a page shows, base32; empty when it shows none. */
export const shownKey = ({ html }: Browser): string =>
  (/<code class="key"[^>]*>([A-Z2-7 ]+)<\/code>/.exec(html)?.[1] ?? '').replaceAll(' ', '');

/** The recovery codes that a page shows. */
export const shownCodes = ({ html }: Browser): string[] =>
  [...html.matchAll(/<code translate="no">([0-9A-Z-]{19})<\/code>/g)].map(([, code]) => code!);

/** Sets the second factor up on the page, by the key that it shows. Ends no other session unless told to. */
export async function setUpTotp(
  browser: Browser,
  { endOthers = false, at = new Date() }: { endOthers?: boolean; at?: Date } = {},
): Promise<{ key: string; codes: string[] }> {
  if (!browser.url.endsWith(SETUP)) await browser.open(SETUP);
  const key = shownKey(browser);
  const code = appCode(key, at);
  await browser.submit({ password: PASSWORD, code, end_others: endOthers ? 'yes' : '' });
  const codes = shownCodes(browser);
  if (codes.length === 0) throw new Error(`no codes on "${browser.heading}"`);
  return { key, codes };
}
