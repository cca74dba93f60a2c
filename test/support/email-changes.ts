// People who change their e-mail address: the form, the links in the letters, and somebody who has moved already.

import type { Browser } from './browser.ts';
import { atAccount } from './second-factor-pages.ts';
import { PASSWORD, type World } from './world.ts';

export const EMAIL_PAGE = '/account/security/email';

let mailboxes = 0;
export const newMailbox = (): string => `Mailbox${(mailboxes += 1)}@example.org`;

/** Opens the page and asks for another address. */
export async function askForEmail(
  browser: Browser,
  email: string,
  more: Record<string, string> = {},
): Promise<Browser> {
  await browser.open(EMAIL_PAGE);
  return browser.submit({ email, password: PASSWORD, ...more });
}

/** The latest link of a kind that was mailed to an address; empty when there is none. */
export const mailedLink = (world: World, to: string, kind: string): string =>
  new RegExp(`http:\\S+/${kind}/[\\w-]{43}`).exec(
    world.mails.findLast((mail) => mail.to === to && mail.text.includes(`/${kind}/`))?.text ?? '',
  )?.[0] ?? '';

/** Opens a link in a browser of its own and presses its button. */
export const pressLink = async (world: World, link: string): Promise<Browser> =>
  (await world.browser().open(link)).submit();

/** A person who has moved to a new mailbox; the link that undoes it went to the old one. */
export async function movedPerson(world: World) {
  const { id, email } = await world.createAccount();
  const browser = await atAccount(world, EMAIL_PAGE, email);
  const to = newMailbox();
  await askForEmail(browser, to);
  await pressLink(world, mailedLink(world, to, 'change-email'));
  return { id, email, to, browser, undo: mailedLink(world, email, 'undo-email') };
}
