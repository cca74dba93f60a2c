// Who has the password and wants past the second factor: guessing, replaying, watching, reading what is stored.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { allShapes } from '../../src/domain/collections.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { atSignIn } from '../support/journeys.ts';
import { appCode, turnOnTotp, wrongCode } from '../support/second-factor.ts';
import { atAccount, setUpTotp } from '../support/second-factor-pages.ts';
import { nextCode, standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage, name) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 7_200_000, from: nextCode() });
  const now = () => new Date();

  const victim = async () => {
    const { id, email } = await world.createAccount();
    return { id, email, ...(await turnOnTotp(world.core, id)) };
  };
  const withPassword = async (email: string, at: World = world): Promise<Browser> => {
    const browser = await at.browser().open(world.authorizeUrl(client).replace(world.issuer, at.issuer));
    return browser.submit({ login: email, password: PASSWORD });
  };
  const isSignedIn = ({ callback }: Browser) => callback['code'] !== undefined;
  const alarms = (to: string) =>
    world.mails.filter(
      (mail) =>
        mail.to === to &&
        mail.subject.startsWith(text('mail.second_factor_failed.subject', { brand: 'Vrátný' })),
    );

  test('T5: five wrong codes, then none is judged in any sign-in or step, right or wrong, and all look alike', async () => {
    const { email, key, recoveryCodes } = await victim();
    const browser = await withPassword(email);
    for (let index = 0; index < 5; index += 1) {
      // Another sign-in in another browser is no other counter.
      const place = index % 2 === 0 ? browser : await withPassword(email);
      await place.submit({ code: wrongCode(key, now()) });
      expect([place.status, place.html.includes(text('step.totp.problem.wrong_code'))]).toEqual([422, true]);
    }
    await browser.submit({ code: wrongCode(key, now()) });
    expect([browser.status, browser.responseHeaders.get('retry-after')]).toEqual([429, '900']);
    const refused = browser.html;
    await browser.submit({ code: appCode(key, now()) });
    expect([browser.status, isSignedIn(browser)]).toEqual([429, false]);
    const plain = (html: string) => html.replaceAll(/value="[^"]*"|[0-9a-f-]{36}/g, '');
    expect(plain(browser.html)).toBe(plain(refused));
    const elsewhere = await withPassword(email);
    await elsewhere.submit({ code: appCode(key, now()) });
    expect(elsewhere.status).toBe(429);
    await elsewhere.open(elsewhere.url.replace(/totp$/, 'recovery-code'));
    await elsewhere.submit({ code: recoveryCodes[0]! });
    expect(elsewhere.status).toBe(429);
    pass(900_000);
    await elsewhere.submit({ code: recoveryCodes[0]! });
    expect(isSignedIn(elsewhere)).toBe(true);
  });

  test('T5: the account pages are no other place to guess at', async () => {
    const { email, key, id } = await victim();
    const inside = await atAccount(world, '/account/security/totp/off', email, appCode(key, now()));
    const outside = await withPassword(email);
    for (let index = 0; index < 5; index += 1) {
      const place = index % 2 === 0 ? inside : outside;
      await place.submit({
        code: wrongCode(key, now()),
        ...(place === inside ? { password: PASSWORD, end_others: '' } : {}),
      });
      expect(place.status).toBe(422);
    }
    pass(30_000);
    await inside.submit({ password: PASSWORD, code: appCode(key, now()), end_others: '' });
    expect([inside.status, await world.core.totp.isOn(id)]).toEqual([429, true]);
    await outside.submit({ code: appCode(key, now()) });
    expect(outside.status).toBe(429);
  });

  test('T1: a code that was seen in use opens no other sign-in, nor one from before', async () => {
    const { email, key } = await victim();
    const [own, foreign] = [await withPassword(email), await withPassword(email)];
    const code = appCode(key, now(), 1);
    await own.submit({ code });
    expect(isSignedIn(own)).toBe(true);
    for (const seen of [code, appCode(key, now())]) {
      await foreign.submit({ code: seen });
      expect([foreign.status, isSignedIn(foreign)]).toEqual([422, false]);
    }
  });

  test('T1, T4: of the same code in twenty sign-ins at once over two nodes one gets in', async () => {
    const { email, key } = await victim();
    // In memory there is one node only; the domain tests share a file.
    const second =
      name === 'sqlite' ? undefined : await openWorld({ storage, env: { VRATNY_ISSUER: world.issuer } });
    const browsers: Browser[] = [];
    for (let index = 0; index < 20; index += 1) browsers.push(await withPassword(email));
    const code = appCode(key, now());
    await Promise.all(
      browsers.map((browser, index) => {
        if (second === undefined || index % 2 === 0) return browser.submit({ code });
        const [form] = browser.forms;
        const action = new URL(browser.url).pathname;
        return fetch(`http://localhost:${second.port}${action}`, {
          method: 'POST',
          redirect: 'manual',
          headers: {
            cookie: browser.cookieHeader(action),
            origin: world.issuer,
            'sec-fetch-site': 'same-origin',
            accept: 'text/html',
          },
          body: new URLSearchParams({ ...form!.fields, code }),
        });
      }),
    );
    await Promise.all(
      browsers.map((browser) => browser.open(browser.hasLeft ? `${world.issuer}/` : browser.url)),
    );
    const { proved, steps } = await provedSteps();
    expect(proved).toBe(1);
    expect(steps.filter((step) => step === 'password').length).toBeGreaterThanOrEqual(20);
    await second?.close();

    /** What the stored sign-ins of this account have proved. */
    async function provedSteps() {
      const found = await world.store
        .collection<{ proofs: { step: string; accountId?: string }[] }, never>({ name: 'sign_ins' })
        .list(undefined, { limit: 1000 });
      const account = await world.core.accounts.findByIdentifier(email);
      const all = found.flatMap(({ doc }) => doc.proofs).filter(({ accountId }) => accountId === account!.id);
      return { proved: all.filter(({ step }) => step === 'totp').length, steps: all.map(({ step }) => step) };
    }
  });

  test('codes of one person do nothing in the sign-in of another, whatever the form says', async () => {
    const [eva, jan] = [await victim(), await victim()];
    const browser = await withPassword(eva.email);
    const action = browser.url;
    for (const more of [{}, { accountId: jan.id }, { login: jan.email }, { step: 'password' }]) {
      await browser.post(action, { ...browser.forms[0]!.fields, ...more, code: appCode(jan.key, now()) });
      expect([browser.status, isSignedIn(browser)]).toEqual([422, false]);
    }
    expect(await world.core.totp.verify(jan.id, appCode(jan.key, now()))).toEqual({ kind: 'proved' });
  });

  test('the step cannot be had before the password, nor jumped over', async () => {
    const { key } = await victim();
    const browser = await atSignIn(world, client);
    const [password] = browser.forms;
    for (const step of ['totp', 'recovery-code']) {
      const action = browser.url.replace(/[\w-]+$/, step);
      await browser.open(action);
      expect(browser.url.endsWith('/password')).toBe(true);
      await browser.post(action, { csrf: password!.fields['csrf']!, code: appCode(key, now()) });
      expect([browser.url.endsWith('/password'), isSignedIn(browser)]).toEqual([true, false]);
    }
    const { email } = await victim();
    await browser.submit({ login: email, password: PASSWORD });
    await browser.open(browser.url.replace(/\/totp$/, ''));
    expect([browser.url.endsWith('/totp'), isSignedIn(browser)]).toEqual([true, false]);
  });

  test('A47: after the right password wrong codes are told by mail, once an hour; wrong passwords are not', async () => {
    const { email, key } = await victim();
    const stranger = await atSignIn(world, client);
    await stranger.submit({ login: email, password: 'not the password' });
    expect(alarms(email)).toHaveLength(0);
    const browser = await withPassword(email);
    await browser.submit({ code: 'no code' });
    expect(alarms(email)).toHaveLength(0);
    for (let index = 0; index < 3; index += 1) await browser.submit({ code: wrongCode(key, now()) });
    expect(alarms(email)).toHaveLength(1);
    const [mail] = alarms(email);
    expect(mail!.kind).toBe('security');
    expect(mail!.text).toMatch(/\/not-me\/[\w-]{43}/);
    expect(mail!.text + mail!.html).not.toContain(key);
    pass(3_599_000);
    await (await withPassword(email)).submit({ code: wrongCode(key, now()) });
    expect(alarms(email)).toHaveLength(1);
    pass(1000);
    await (await withPassword(email)).submit({ code: wrongCode(key, now()) });
    expect(alarms(email)).toHaveLength(2);
  });

  test('S58: refused codes are in the history', async () => {
    const { id, email, key } = await victim();
    const browser = await withPassword(email);
    for (let index = 0; index < 7; index += 1) await browser.submit({ code: wrongCode(key, now()) });
    const { entries } = await world.core.history.list(id, { limit: 50 });
    const reasons = entries.map(({ doc }) => doc.reason);
    expect(reasons.filter((reason) => reason === 'wrong_code')).toHaveLength(5);
    expect(reasons).toContain('throttled');
  });

  test('A58: a sign-in that waits for the code ends when the factor goes off, and a lost one proves nothing', async () => {
    const { id, email, key } = await victim();
    const browser = await withPassword(email);
    await world.core.totp.turnOff(id);
    await browser.submit({ code: appCode(key, now()) });
    expect([isSignedIn(browser), browser.status]).toEqual([false, 410]);
  });

  test('T10, A56: key and codes are readable nowhere: not stored, not logged, in no letter', async () => {
    const { email } = await world.createAccount({ phone: '+420601234567', phoneVerified: true });
    const browser = await atAccount(world, '/account/security/totp/setup', email);
    const { key, codes } = await setUpTotp(browser, { at: now() });
    await browser.open('/account/security/phone');
    await browser.submit({ phone: '+420602000001', password: PASSWORD, code: codes[9]! });
    const sms = world.texts.find(({ to }) => to === '+420602000001')!;
    const smsCode = /\b\d{6}\b/.exec(sms.text)![0];
    pass(30_000);
    const used = appCode(key, now());
    const signIn = await withPassword(email);
    await signIn.submit({ code: used });
    expect(isSignedIn(signIn)).toBe(true);
    await (await withPassword(email)).submit({ code: codes[0]! });

    const stored = JSON.stringify(
      await Promise.all(
        allShapes.map((shape) => world.store.collection(shape as never).list(undefined, { limit: 1000 })),
      ),
    );
    const said = JSON.stringify(world.logs) + JSON.stringify(world.mails);
    expect(stored).toContain(email);
    expect(world.logs.length).toBeGreaterThan(0);
    const raw = Buffer.from(key, 'latin1').toString('base64url');
    for (const secret of [
      key,
      key.toLowerCase(),
      raw,
      ...codes,
      ...codes.map((code) => code.replaceAll('-', '')),
    ]) {
      expect(stored).not.toContain(secret);
      expect(said).not.toContain(secret);
    }
    for (const code of [smsCode, used]) {
      expect(stored).not.toMatch(new RegExp(`"${code}"|\\D${code}\\D`));
      expect(said).not.toMatch(new RegExp(`(?<![\\d.])${code}(?![\\d])`));
    }
  });
});
