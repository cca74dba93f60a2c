// The pages of passkeys as a test walks through them, with an authenticator in software in the place of the script.

import type { Browser } from './browser.ts';
import type { Bent, SoftwareAuthenticator } from './software-authenticator.ts';
import { PASSWORD, type World } from './world.ts';

/** What the page asks the browser, JSON. */
export function passkeyQuestion(browser: Browser): string {
  const options = /\sdata-options="([^"]*)"/.exec(browser.html)?.[1];
  if (options === undefined) throw new Error(`no passkey is asked on "${browser.heading}" at ${browser.url}`);
  return options.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** Answers the page's question, and sends the form as the script does. */
export const answerPasskey = (
  browser: Browser,
  authenticator: SoftwareAuthenticator,
  bent: Bent = {},
): Promise<Browser> => browser.submit({ credential: authenticator.get(passkeyQuestion(browser), bent) });

/** Signs in to the account page and adds a passkey there. */
export async function addPasskey(
  world: World,
  email: string,
  authenticator: SoftwareAuthenticator,
): Promise<Browser> {
  const browser = await world.browser().open('/account/security/passkeys');
  await browser.submit({ login: email, password: PASSWORD });
  await browser.submit({ password: PASSWORD });
  const credential = authenticator.create(passkeyQuestion(browser));
  return browser.submit({ name: 'Phone', credential });
}
