// The box of account settings about mails of sign-ins (S46), with what S44 and S45 allow.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Account } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { browserAt, proxied, signInAt } from '../support/places.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PATH = '/account/security/notices';
const verified = { phone: '+420601234567', phoneVerified: true } as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage, env: proxied });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  /** Somebody signed in, looking at the box. */
  async function atSettings(fields: Partial<Account> = {}) {
    const { id, email } = await world.createAccount({ locale: 'en' });
    await world.core.accounts.change(id, () => fields);
    const browser = browserAt(world);
    await signInAt(world, client, browser, email);
    await browser.open(PATH);
    const before = world.mails.length;
    const chosen = async () => {
      const { signInMail, confirmSignIn } = (await world.core.accounts.get(id))!.doc;
      return [signInMail, confirmSignIn];
    };
    const mails = () => world.mails.slice(before).filter(({ to }) => to === email);
    /** Sends the form as a browser would: an unchecked box is not sent. */
    const save = (mail: string, confirm: boolean, password = PASSWORD) => {
      const { csrf = '' } = browser.forms.find((form) => 'mail' in form.fields)?.fields ?? {};
      return browser.post(PATH, { csrf, mail, password, ...(confirm ? { confirm: 'yes' } : {}) });
    };
    return { id, email, browser, chosen, mails, save };
  }

  const checked = (html: string): string[] =>
    [...html.matchAll(/<input\b[^>]*\bchecked[^>]*>/g)].map(([tag]) => / value="([^"]*)"/.exec(tag)![1]!);

  test('S46: five choices stand there, the present one chosen, and saving takes effect and is told', async () => {
    const { browser, chosen, mails, save } = await atSettings();
    const values = [...browser.html.matchAll(/type="radio"[^>]* value="(\w+)"/g)].map(([, value]) => value);
    expect(values).toEqual(['always', 'open_browser', 'changed', 'unseen', 'never']);
    expect(checked(browser.html)).toEqual(['unseen']);
    for (const mail of ['always', 'open_browser', 'changed', 'never', 'unseen']) {
      const count = mails().length;
      await save(mail, false);
      expect([browser.status, await chosen()]).toEqual([200, [mail, false]]);
      expect(browser.html).toContain(text('account.notice.notices_saved'));
      expect(checked(browser.html)).toEqual([mail]);
      expect(mails().slice(count)).toMatchObject([{ kind: 'security' }]);
      await browser.open(PATH);
      expect(browser.html).not.toContain(text('account.notice.notices_saved'));
    }
  });

  test('S46: what was saved holds at the next sign-in', async () => {
    const { email, browser, mails, save } = await atSettings();
    await save('always', false);
    const count = mails().length;
    await signInAt(world, client, browser, email);
    expect(mails().length - count).toBe(1);
  });

  test('the mail about a change carries a link that locks the account, good after the change', async () => {
    const { email, mails, save, browser } = await atSettings();
    await save('never', false);
    const link = new RegExp(`${world.issuer}/not-me/[\\w-]{43}`).exec(mails().at(-1)!.text)![0];
    await (await browserAt(world, '203.0.113.3').open(link)).submit();
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback['error']).toBe('login_required');
    const intruder = await signInAt(world, client, browserAt(world), email);
    expect(intruder.status).toBe(422);
  });

  test('the password is asked: without the right one nothing changes', async () => {
    const { browser, chosen, mails, save } = await atSettings();
    for (const password of ['', 'a wrong password', 'x'.repeat(2000)]) {
      await save('never', false, password);
      expect([browser.status, await chosen()]).toEqual([422, [undefined, undefined]]);
      expect(browser.html).toContain(text('account.notices.problem.wrong_password'));
      expect(browser.html).not.toContain('a wrong password');
      // What was chosen is not lost.
      expect(checked(browser.html)).toEqual(['never']);
    }
    expect(mails()).toEqual([]);
  });

  test('guessing at it is slowed down', async () => {
    const { browser, chosen, save } = await atSettings();
    vi.useFakeTimers({ toFake: ['Date'] });
    for (let time = 0; time < 8; time += 1) await save('never', false, 'a wrong password');
    expect(browser.status).toBe(429);
    expect(browser.responseHeaders.get('retry-after')).toMatch(/^\d+$/);
    await save('never', false);
    expect([browser.status, await chosen()]).toEqual([429, [undefined, undefined]]);
  });

  test('S44: confirmation takes a verified phone, on the page and on the server', async () => {
    for (const fields of [{}, { phone: '+420601234567' }, { phone: '+420601234567', phoneVerified: false }]) {
      const { browser, chosen, save } = await atSettings(fields);
      expect(browser.html).toMatch(/<input[^>]*name="confirm"[^>]* disabled>/);
      expect(browser.html).toContain('href="/account/security/phone"');
      await save('always', true);
      expect([browser.status, await chosen()]).toEqual([422, [undefined, undefined]]);
      expect(browser.html).toContain(text('account.notices.problem.confirmation_needs_phone'));
    }
    const { browser, chosen, save } = await atSettings(verified);
    expect(browser.html).not.toContain(' disabled');
    await save('always', true);
    expect([browser.status, await chosen()]).toEqual([200, ['always', true]]);
    expect(checked(browser.html)).toEqual(['always', 'yes']);
  });

  test('S45: with mails off confirmation cannot be on, in whichever order it is tried', async () => {
    const { browser, chosen, save } = await atSettings(verified);
    await save('never', true);
    expect([browser.status, await chosen()]).toEqual([422, [undefined, undefined]]);
    expect(browser.html).toContain(text('account.notices.problem.confirmation_needs_mail'));
    await save('unseen', true);
    await save('never', true);
    expect([browser.status, await chosen()]).toEqual([422, ['unseen', true]]);
    await save('never', false);
    expect([browser.status, await chosen()]).toEqual([200, ['never', false]]);
  });

  test('S45: of two tabs that save at once neither leaves mails off and confirmation on', async () => {
    const { browser, chosen } = await atSettings(verified);
    const { csrf = '' } = browser.forms.find((form) => 'mail' in form.fields)!.fields;
    const headers = { cookie: browser.cookieHeader(PATH), origin: world.issuer, ...browser.headers };
    const send = (fields: Record<string, string>) =>
      fetch(world.issuer + PATH, {
        method: 'POST',
        redirect: 'manual',
        headers,
        body: new URLSearchParams({ csrf, password: PASSWORD, ...fields }),
      });
    const answers = await Promise.all([
      send({ mail: 'never' }),
      send({ mail: 'unseen', confirm: 'yes' }),
      send({ mail: 'never', confirm: 'yes' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    // What is wrong with the third waits for the browser at the page.
    const waits = answers.map((answer) => answer.headers.getSetCookie().join().includes('vratny_answer='));
    expect(waits).toEqual([false, false, true]);
    expect([
      ['never', false],
      ['unseen', true],
    ]).toContainEqual(await chosen());
  });

  test('a choice that is none of the five, or a form of another site, changes nothing', async () => {
    const { browser, chosen, save } = await atSettings();
    for (const mail of ['', 'sometimes', '__proto__', 'always ', 'ALWAYS']) {
      await save(mail, false);
      expect([mail, browser.status, await chosen()]).toEqual([mail, 422, [undefined, undefined]]);
    }
    const cookie = browser.cookieHeader(PATH);
    const body = new URLSearchParams({ mail: 'never', password: PASSWORD });
    const foreign = await fetch(world.issuer + PATH, {
      method: 'POST',
      body,
      headers: { cookie, origin: world.issuer },
    });
    expect([foreign.status, await chosen()]).toEqual([403, [undefined, undefined]]);
  });

  test('a confirmation that is on can be turned off after the phone has gone', async () => {
    const { id, browser, chosen, save } = await atSettings({ ...verified, signInMail: 'unseen' });
    await save('unseen', true);
    await world.core.accounts.change(id, () => ({ phoneVerified: false }));
    await browser.open(PATH);
    expect(browser.html).not.toContain(' disabled');
    await save('unseen', false);
    expect(await chosen()).toEqual(['unseen', false]);
  });
});
