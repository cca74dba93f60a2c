// Another e-mail address: confirmed where it is, told where it was, undone for 7 days, and no way to learn whose an
// address is.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { codeGrant, signedIn, snapshot } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

const PAGE = '/account/security/email';
const DAY = 86_400_000;
const everything = ['accounts', 'emailChanges', 'oneTimeLinks', 'quotas', 'outbox', 'Session'] as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let mailboxes = 0;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  let time = Date.now();
  beforeEach(() => {
    time += 30 * DAY;
    vi.useFakeTimers({ toFake: ['Date'], now: time });
  });
  afterEach(() => vi.useRealTimers());
  const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  const newMailbox = () => `Mailbox${(mailboxes += 1)}@example.org`;
  const accountOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const ask = async (browser: Browser, email: string, more: Record<string, string> = {}) => {
    await browser.open(PAGE);
    return browser.submit({ email, password: PASSWORD, ...more });
  };
  const lettersTo = (to: string) => world.mails.filter((mail) => mail.to === to);
  const linkTo = (to: string, kind: string): string =>
    new RegExp(`http:\\S+/${kind}/[\\w-]{43}`).exec(
      lettersTo(to).findLast((mail) => mail.text.includes(`/${kind}/`))?.text ?? '',
    )?.[0] ?? '';
  const press = async (link: string) => (await world.browser().open(link)).submit();
  const settle = () => world.core.outbox.idle();
  /** A person who has moved to a new mailbox; the undo link went to the old one. */
  const moved = async () => {
    const { id, email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    const to = newMailbox();
    await ask(browser, to);
    await press(linkTo(to, 'change-email'));
    return { id, email, to, browser, undo: linkTo(email, 'undo-email') };
  };

  describe('S69, C10: confirming', () => {
    test('happens at the new address, in any browser; until then everything is as it was', async () => {
      const client = await world.createClient();
      const { id, email } = await world.createAccount();
      const browser = await atAccount(world, PAGE, email);
      const to = newMailbox();
      await ask(browser, to);
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
        await ask(browser, to, { code: '', ...more });
        expect(browser.status).toBe(422);
      }
      expect(lettersTo(to)).toEqual([]);
      await ask(browser, to, { code: appCode(key, new Date()) });
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
      const browser = await ask(await atAccount(world, PAGE, email), typed);
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
      await ask(browser, first);
      await ask(browser, second);
      await over(linkTo(first, 'change-email'));
      expect((await world.browser().open(linkTo(second, 'change-email'))).status).toBe(200);
      await browser.open(PAGE);
      await browser.submit({}, text('account.email.waiting.cancel'));
      expect(browser.html).not.toContain(text('account.email.waiting.title'));
      await over(linkTo(second, 'change-email'));

      await ask(browser, first);
      const stale = linkTo(first, 'change-email');
      await world.core.accounts.change(id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
      await over(stale);
      pass(3_600_000);
      await ask(browser, first);
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
        await ask(await atAccount(world, PAGE, email), to);
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
        const browser = await ask(await atAccount(world, PAGE, email), to);
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
        const browser = await ask(await atAccount(world, PAGE, email), target);
        expect(browser.status).toBe(index < 3 ? 200 : 429);
      }
      const { email } = await world.createAccount();
      const browser = await atAccount(world, PAGE, email);
      for (let index = 0; index < 6; index += 1) {
        await ask(browser, newMailbox());
        expect(browser.status).toBe(index < 5 ? 200 : 429);
      }
      expect(lettersTo(target)).toHaveLength(3);
    });

    test('one that is taken before the link is used is refused at its own mailbox, and nothing changes', async () => {
      const { id, email } = await world.createAccount();
      const to = newMailbox();
      await ask(await atAccount(world, PAGE, email), to);
      await world.createAccount({ email: to });
      const reader = await press(linkTo(to, 'change-email'));
      expect([reader.status, reader.heading]).toEqual([409, text('page.change_email.taken.title')]);
      expect((await accountOf(id)).email).toBe(email);
      expect(linkTo(email, 'undo-email')).toBe('');
    });
  });

  describe('S69: undoing', () => {
    test('brings the old address back, ends every session, and voids what was mailed to the new one', async () => {
      const { id, email, to, browser, undo } = await moved();
      const account = (await world.core.accounts.get(id))!;
      await world.core.setPassword.mail(account);
      await world.core.credentialNotices.tell(account, 'totp_on', { address: undefined, userAgent: '' });
      await settle();
      const mailed = [linkTo(to, 'set-password'), linkTo(to, 'not-me')];
      // Whatever happens in the account meanwhile, the way back stays.
      await world.core.accounts.change(id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
      pass(7 * DAY - 10_000);
      const thief = await atAccount(world, PAGE, to);
      await ask(thief, newMailbox());
      const { credentialVersion } = await accountOf(id);

      const before = await snapshot(world, everything);
      const reader = await world.browser().open(undo);
      expect(reader.html).toContain(email);
      expect(reader.html).not.toContain(to);
      expect(await snapshot(world, everything)).toEqual(before);
      await reader.submit();
      expect([reader.status, reader.heading]).toEqual([200, text('page.undo_email.done.title')]);
      expect(await accountOf(id)).toMatchObject({
        email,
        emailVerified: true,
        credentialVersion: credentialVersion + 1,
      });
      for (const link of [...mailed, undo]) expect((await world.browser().open(link)).status).toBe(410);
      for (const open of [browser, thief]) expect((await open.open(PAGE)).url).toContain('/interaction/');
      const letter = lettersTo(email).at(-1)!.text;
      expect(letter).toContain(text('mail.credential_changed.what.email_restored'));
      expect((await world.browser().open(linkTo(email, 'not-me'))).status).toBe(200);
    });

    test('is over after 7 days, after its use, and for who guesses', async () => {
      const { id, to, undo } = await moved();
      pass(7 * DAY);
      expect((await world.browser().open(undo)).status).toBe(410);
      expect((await world.browser().open(`${world.issuer}/undo-email/${'x'.repeat(43)}`)).status).toBe(410);
      expect((await accountOf(id)).email).toBe(to);
    });

    test('after a second change the first owner comes first: the later way back is void, the earlier one is not', async () => {
      const { id, email, to, browser, undo } = await moved();
      pass(60_000);
      const third = newMailbox();
      await ask(browser, third);
      await press(linkTo(third, 'change-email'));
      const later = linkTo(to, 'undo-email');
      await press(undo);
      expect((await accountOf(id)).email).toBe(email);
      expect((await world.browser().open(later)).status).toBe(410);

      const second = await moved();
      pass(60_000);
      const fourth = newMailbox();
      await ask(second.browser, fourth);
      await press(linkTo(fourth, 'change-email'));
      await press(linkTo(second.to, 'undo-email'));
      expect((await accountOf(second.id)).email).toBe(second.to);
      await press(second.undo);
      expect((await accountOf(second.id)).email).toBe(second.email);
    });

    test('when the old address has another account by now, it stays there, and everything ends all the same', async () => {
      const { id, email, to, browser, undo } = await moved();
      const other = await world.createAccount({ email });
      const { credentialVersion } = await accountOf(id);
      const reader = await press(undo);
      expect([reader.status, reader.heading]).toEqual([409, text('page.undo_email.taken.title')]);
      expect(await accountOf(id)).toMatchObject({ email: to, credentialVersion: credentialVersion + 1 });
      expect((await accountOf(other.id)).email).toBe(email);
      expect((await browser.open(PAGE)).url).toContain('/interaction/');
      expect(world.logs.some(({ account, level }) => account === id && level === 'warn')).toBe(true);
    });

    test('A55: of 20 at once one does it; a form from elsewhere does nothing; a disabled account has no way back', async () => {
      const { id, email, to, undo } = await moved();
      const foreign = await world.browser().open(undo);
      await foreign.post(undo, { csrf: 'made up' });
      expect([foreign.status, (await accountOf(id)).email]).toEqual([403, to]);
      await world.core.accounts.change(id, () => ({ status: 'disabled' }));
      expect((await world.browser().open(undo)).status).toBe(410);
      await world.core.accounts.change(id, () => ({ status: 'active' }));
      const secret = undo.split('/').at(-1)!;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () =>
          world.core.emailChanges.undo(secret, { address: undefined, userAgent: '' }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      expect((await accountOf(id)).email).toBe(email);
    });
  });

  test('no secret of a link is stored or logged', async () => {
    const { to, undo } = await moved();
    const secrets = [linkTo(to, 'change-email'), undo].map((link) => link.split('/').at(-1)!);
    const stored = JSON.stringify(await snapshot(world, ['emailChanges', 'accounts', 'outbox']));
    for (const secret of secrets) {
      expect(stored).not.toContain(secret);
      expect(JSON.stringify(world.logs)).not.toContain(secret);
    }
  });
});
