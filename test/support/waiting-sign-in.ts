// Sign-ins that wait for a mailed link: people who have it so, browsers that wait, and what the mail's holder does.

import type { Account } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import { text } from './texts.ts';
import { PASSWORD, type World } from './world.ts';

export const ADDRESS = '31.15.10.7';
export const AGENT = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0';

export const waiting = text('step.email_link.waiting.title');
export const approved = text('page.confirm_sign_in_done.approved.title');
export const over = text('page.confirm_sign_in_done.over.title');
export const denied = text('step.email_link.denied.title');

/** The number on the page that waits. */
export const numberOn = ({ html }: Browser): string => /match__number[^>]*>(\d\d)</.exec(html)![1]!;

/** The world of such tests needs `VRATNY_TRUSTED_PROXIES: '127.0.0.1'`: the browsers are at `ADDRESS`. */
export function createWaiting(world: World, client: IssuedClient) {
  const newBrowser = (): Browser => {
    const browser = world.browser();
    Object.assign(browser.headers, { 'x-forwarded-for': ADDRESS, 'user-agent': AGENT });
    return browser;
  };
  const mailsTo = (email: string) =>
    world.mails.filter(({ to, text: body }) => to === email && body.includes('/confirm-sign-in/'));

  return {
    newBrowser,
    mailsTo,
    /** Somebody whose sign-ins are all told by mail and wait for it. */
    async newPerson(fields: Partial<Account> = {}) {
      const { id, email } = await world.createAccount();
      await world.core.accounts.change(id, () => ({
        signInMail: 'always',
        confirmSignIn: true,
        phone: '+420601234567',
        phoneVerified: true,
        ...fields,
      }));
      return { id, email };
    },
    /** A browser that has proved the password. */
    async signInAs(
      email: string,
      more: Record<string, string> = {},
      browser = newBrowser(),
    ): Promise<Browser> {
      await browser.open(world.authorizeUrl(client, more));
      return browser.submit({ login: email, password: PASSWORD });
    },
    /** The link in the last mail to somebody. */
    linkTo: (email: string): string =>
      /http:\S+\/confirm-sign-in\/[\w-]{43}/.exec(mailsTo(email).at(-1)!.text)![0],
    /** A browser, not the one that waits, that has opened the link and pressed a button. */
    async answer(link: string, choice: 'approve' | 'deny', number?: string): Promise<Browser> {
      const browser = await world.browser().open(link);
      return number === undefined ? browser.submit({}, choice) : browser.submit({ number }, choice);
    },
    /** What the script of the waiting page is told; in another browser when one is given. */
    async stateOf(page: Browser, browser = page): Promise<unknown> {
      const url = `${page.url}/state`;
      const { pathname } = new URL(url);
      const response = await fetch(url, { headers: { cookie: browser.cookieHeader(pathname) } });
      if (!response.ok) throw new Error(`${url} answers ${response.status}`);
      return response.json();
    },
    /** The refused attempts in the history. */
    async refusals(id: string) {
      const { entries } = await world.core.history.list(id, { filter: 'refused', limit: 10 });
      return entries.map(({ doc }) => doc);
    },
  };
}
