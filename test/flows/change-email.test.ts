// Another e-mail address: confirmed where it is, told where it was, and no way to learn whose an address is.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askForEmail, EMAIL_PAGE, mailedLink, newMailbox, pressLink } from '../support/email-changes.ts';
import { codeGrant, signedIn, snapshot } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, token, type World } from '../support/world.ts';

const PAGE = EMAIL_PAGE;
const DAY = 86_400_000;
const everything = ['accounts', 'emailChanges', 'oneTimeLinks', 'quotas', 'outbox', 'Session'] as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 30 * DAY });

  const accountOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const lettersTo = (to: string) => world.mails.filter((mail) => mail.to === to);
  const linkTo = (to: string, kind: string) => mailedLink(world, to, kind);
  const press = (link: string) => pressLink(world, link);
  const settle = () => world.core.outbox.idle();

  describe('S69, C10: confirming', () => {
    test('happens at the new address, in any browser; until then everything is as it was', async () => {
      const client = await world.createClient();
      const { id, email } = await world.createAccount();
      const browser = await atAccount(world, PAGE, email);
      const to = newMailbox();
      await askForEmail(browser, to);
      expect(browser.html).toContain(text('account.notice.email_change_sent'));
      expect(browser.html).toContain(text('account.email.waiting.title'));
      const link = linkTo(to, 'change-email');
      expect(lettersTo(to).every((mail) => !mail.text.includes(email))).toBe(true);
      expect(await accountOf(id)).toMatchObject({ email, emailVerified: true });
      await world.core.setPassword.mail((await world.core.accounts.get(id))!);
      await settle();
      const old = linkTo(email, 'set-password');
      expect(old).not.toBe('');

      const before = await snapshot(world, everything);
      for (const method of ['GET', 'HEAD'])
        for (let index = 0; index < 20; index += 1)
          await fetch(link, { method, headers: { accept: 'text/html' } });
      expect(await snapshot(world, everything)).toEqual(before);

      const reader = await world.browser().open(link);
      expect(reader.responseHeaders.get('referrer-policy')).toBe('no-referrer');
      expect(reader.html).toContain(to);
      await reader.submit();
      expect([reader.status, reader.heading]).toEqual([200, text('page.change_email.done.title')]);
      expect(await accountOf(id)).toMatchObject({
        email: to,
        emailKey: to.toLowerCase(),
        emailVerified: true,
      });
      // Links mailed to the old address are void, and both addresses are told.
      expect((await world.browser().open(old)).status).toBe(410);
      expect(linkTo(email, 'undo-email')).not.toBe('');
      expect(lettersTo(email).at(-1)!.kind).toBe('security');
      expect(lettersTo(email).at(-1)!.text).not.toContain(to);
      expect(lettersTo(to).at(-1)!.text).toContain(text('mail.email_changed.text'));
      expect(lettersTo(to).at(-1)!.text).not.toMatch(/undo-email|not-me/);
      // The session stays, and applications learn of it at once.
      expect((await browser.open(PAGE)).html).toContain(to);
      const app = await signedIn(world, client, to, { scope: 'openid email' });
      const { body } = await token(world, client, codeGrant(app.callback['code']!));
      const claims = await fetch(`${world.issuer}/userinfo`, {
        headers: { authorization: `Bearer ${body.access_token}` },
      });
      expect(await claims.json()).toMatchObject({ sub: id, email: to, email_verified: true });
    });

    test('takes the password, and the code where the app is on', async () => {
      const { id, email } = await world.createAccount();
      const { key } = await turnOnTotp(world.core, id);
      const browser = await atAccount(world, PAGE, email, appCode(key, new Date()));
      pass(30_000);
      const to = newMailbox();
      for (const more of [{ password: '' }, { password: 'wrong' }, { code: '' }, { code: '000000' }]) {
        await askForEmail(browser, to, { code: '', ...more });
        expect(browser.status).toBe(422);
      }
      expect(lettersTo(to)).toEqual([]);
      await askForEmail(browser, to, { code: appCode(key, new Date()) });
      expect(linkTo(to, 'change-email')).not.toBe('');
    });

    test.each([
      '',
      'nobody',
      'a b@example.org',
      'a@localhost',
      'a@b@example.org',
      'a@example.org\nBcc: x@y.cz',
      'ａ@example.org',
      'a<b@example.org',
      `${'a'.repeat(250)}@b.cz`,
    ])('%j is no address', async (typed) => {
      const { email } = await world.createAccount();
      const browser = await askForEmail(await atAccount(world, PAGE, email), typed);
      expect([browser.status, browser.html.includes(text('account.email.change.problem.no_email'))]).toEqual([
        422,
        true,
      ]);
    });

    test('a link works once, for a day, until the next one, a cancel, or a change of a credential', async () => {
      const { id, email } = await world.createAccount();
      const browser = await atAccount(world, PAGE, email);
      const [first, second] = [newMailbox(), newMailbox()];
      const over = async (link: string) => {
        expect((await world.browser().open(link)).status).toBe(410);
      };
      await askForEmail(browser, first);
      await askForEmail(browser, second);
      await over(linkTo(first, 'change-email'));
      expect((await world.browser().open(linkTo(second, 'change-email'))).status).toBe(200);
      await browser.open(PAGE);
      await browser.submit({}, text('account.email.waiting.cancel'));
      expect(browser.html).not.toContain(text('account.email.waiting.title'));
      await over(linkTo(second, 'change-email'));

      await askForEmail(browser, first);
      const stale = linkTo(first, 'change-email');
      await world.core.accounts.change(id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
      await over(stale);
      pass(3_600_000);
      await askForEmail(browser, first);
      const old = linkTo(first, 'change-email');
      pass(DAY - 1000);
      expect((await world.browser().open(old)).status).toBe(200);
      pass(1000);
      await over(old);
      await over(`${world.issuer}/change-email/${'x'.repeat(43)}`);
      // One purpose is not the other.
      await over(old.replace('change-email', 'undo-email'));
      expect((await accountOf(id)).email).toBe(email);
    });

    test('A19, A55: of 20 who use a link at once one does, and of two accounts that want an address one gets it', async () => {
      const to = newMailbox();
      const people = await Promise.all([world.createAccount(), world.createAccount()]);
      const links: string[] = [];
      for (const { email } of people) {
        await askForEmail(await atAccount(world, PAGE, email), to);
        links.push(linkTo(to, 'change-email'));
      }
      const by = { address: '192.0.2.7', userAgent: '' };
      const secrets = links.map((link) => link.split('/').at(-1)!);
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => secrets)
          .flat()
          .map((secret) => world.core.emailChanges.confirm(secret, by)),
      );
      expect(outcomes.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'taken')).toHaveLength(1);
      const now = await Promise.all(people.map(({ id }) => accountOf(id)));
      expect(now.filter(({ email }) => email === to)).toHaveLength(1);
    });
  });

  describe('C2: whose an address is', () => {
    test('is not told: the page, the waiting and what is stored are the same, and its owner gets a mail', async () => {
      const owner = await world.createAccount();
      const pages: string[] = [];
      for (const to of [newMailbox(), owner.email.toUpperCase()]) {
        const { id, email } = await world.createAccount();
        const browser = await askForEmail(await atAccount(world, PAGE, email), to);
        expect(browser.status).toBe(200);
        pages.push(
          browser.html
            .replaceAll(to, 'ADDRESS')
            .replaceAll(email, 'OWN')
            .replaceAll(/value="[^"]{30,}"/g, 'TOKEN'),
        );
        expect((await accountOf(id)).email).toBe(email);
      }
      expect(pages[0]).toBe(pages[1]);
      expect(lettersTo(owner.email).at(-1)!.text).toContain(text('mail.email_taken.text'));
      expect(linkTo(owner.email, 'change-email')).toBe('');
    });

    test('five links an hour for an account, three to an address, whoever asks', async () => {
      const target = newMailbox();
      for (let index = 0; index < 4; index += 1) {
        const { email } = await world.createAccount();
        const browser = await askForEmail(await atAccount(world, PAGE, email), target);
        expect(browser.status).toBe(index < 3 ? 200 : 429);
      }
      const { email } = await world.createAccount();
      const browser = await atAccount(world, PAGE, email);
      for (let index = 0; index < 6; index += 1) {
        await askForEmail(browser, newMailbox());
        expect(browser.status).toBe(index < 5 ? 200 : 429);
      }
      expect(lettersTo(target)).toHaveLength(3);
    });

    test('one that is taken before the link is used is refused at its own mailbox, and nothing changes', async () => {
      const { id, email } = await world.createAccount();
      const to = newMailbox();
      await askForEmail(await atAccount(world, PAGE, email), to);
      await world.createAccount({ email: to });
      const reader = await press(linkTo(to, 'change-email'));
      expect([reader.status, reader.heading]).toEqual([409, text('page.change_email.taken.title')]);
      expect((await accountOf(id)).email).toBe(email);
      expect(linkTo(email, 'undo-email')).toBe('');
    });
  });
});
