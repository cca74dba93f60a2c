// S59: neither mail nor phone. A form that anybody can send, answered alike for everybody, stored and mailed to staff.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';
import type { Browser } from '../support/browser.ts';

const FORM = '/support/second-factor';
const STAFF = 'podpora@hoster.example';
const proxies = { VRATNY_TRUSTED_PROXIES: '127.0.0.1/32, ::1/128' };
const text = 'Ukradli mi telefon i s kartou.\nDo pošty se bez něj nedostanu.';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let hosts = 0;
  beforeAll(async () => {
    world = await openWorld({
      storage,
      env: { ...proxies, VRATNY_SUPPORT_EMAIL: `Podpora <${STAFF}>`, VRATNY_POW_MAX_NUMBER: '1000' },
    });
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  /** A browser at the form, from a network of its own unless one is given. */
  async function atForm(address = `2001:db8:${(hosts += 1).toString(16)}::1`): Promise<Browser> {
    const browser = world.browser();
    browser.headers = { ...browser.headers, 'x-forwarded-for': address };
    return browser.open(FORM);
  }
  const send = (browser: Browser, fields: Record<string, string> = {}) =>
    browser.submit({
      email: 'zofie@example.cz',
      text,
      contact: '+420 605 111 222',
      altcha: solveOn(browser),
      ...fields,
    });
  const open = () => world.core.supportRequests.list('open', { limit: 100 });

  test('S59: the request is stored and mailed to staff, and an answer within 1 business day is promised', async () => {
    const browser = await send(await atForm('192.0.2.41'));
    expect([browser.status, browser.heading]).toEqual([200, 'We have your request']);
    expect(browser.html).toContain('within 1 business day');
    const [stored] = await open();
    expect(stored!.doc).toEqual({
      kind: 'second-factor',
      state: 'open',
      email: 'zofie@example.cz',
      text,
      contact: '+420 605 111 222',
      at: expect.any(String) as string,
      address: '192.0.2.41',
    });
    const mail = world.mails.at(-1)!;
    expect(mail).toMatchObject({ to: STAFF, kind: 'account' });
    for (const told of [
      'zofie@example.cz',
      '+420 605 111 222',
      'Ukradli mi telefon',
      '192.0.2.41',
      stored!.id,
    ])
      expect(mail.text).toContain(told);
    expect(JSON.stringify(world.logs)).not.toMatch(/zofie@example|605 111 222|Ukradli/);
  });

  test('S59: the answer is the same for an address that signs in and for one that nobody has, and in Czech too', async () => {
    const { email } = await world.createAccount();
    const pages: string[] = [];
    const mailsBefore = world.mails.length;
    for (const address of [email, 'nobody@nowhere.example']) {
      const browser = await send(await atForm(), { email: address });
      expect(browser.status).toBe(200);
      pages.push(browser.html.replaceAll(browser.responseHeaders.get('x-request-id')!, 'ID'));
    }
    expect(pages[0]).toBe(pages[1]);
    // Nothing goes to the person: neither page nor mailbox tells whether there is an account.
    expect(world.mails.slice(mailsBefore).map(({ to }) => to)).toEqual([STAFF, STAFF]);
    const czech = await atForm();
    czech.headers['accept-language'] = 'cs';
    await czech.open(FORM);
    expect(czech.heading).toBe('Nemůžu se přihlásit');
    await send(czech);
    expect(czech.html).toContain('do 1\u00a0pracovního dne');
  });

  test('what is missing or too long is told, what was typed stays, and nothing is stored', async () => {
    const before = (await open()).length;
    for (const [fields, reason] of [
      [{ email: '' }, 'e-mail address that you sign in with'],
      [{ email: 'no address' }, 'e-mail address that you sign in with'],
      [{ text: ' \r\n ' }, 'Write what happened'],
      [{ contact: '' }, 'how we can reach you'],
      [{ text: 'x'.repeat(2001) }, 'too long'],
      [{ contact: 'x'.repeat(201) }, 'too long'],
      [{ altcha: '' }, 'needs JavaScript'],
      [{ altcha: 'bm9uc2Vuc2U=' }, 'no longer valid'],
    ] as const) {
      const browser = await send(await atForm(), fields);
      expect([fields, browser.status]).toEqual([fields, 422]);
      expect(browser.html).toContain(reason);
      const kept = browser.forms[0]!.fields;
      if (!('contact' in fields)) expect(kept['contact']).toBe('+420 605 111 222');
      if (!('text' in fields)) expect(kept['text']).toBe(text);
    }
    expect(await open()).toHaveLength(before);
    const longest = await send(await atForm(), {
      text: 'ž'.repeat(1998) + '\r\nž',
      contact: 'x'.repeat(200),
    });
    expect(longest.status).toBe(200);
  });

  test('a proof of work counts once, in its own browser and on its own page only', async () => {
    const [first, second] = [await atForm(), await atForm()];
    const altcha = solveOn(first);
    await send(second, { altcha });
    expect([second.status, second.html]).toEqual([422, expect.stringContaining('no longer valid') as string]);
    const form = first.forms[0]!;
    await send(first, { altcha });
    expect(first.status).toBe(200);
    await first.post(form.action, { ...form.fields, email: 'a@b.cz', text: 'x', contact: 'x', altcha });
    expect([first.status, first.html]).toEqual([422, expect.stringContaining('no longer valid') as string]);

    const late = await atForm();
    const solved = solveOn(late);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 });
    await send(late, { altcha: solved });
    expect(late.status).toBe(422);
  });

  test('three an hour from one network, the fourth is told when; others are not held up', async () => {
    const answers: number[] = [];
    for (let host = 1; host <= 4; host += 1) {
      const browser = await send(await atForm(`2001:db8:ffff:1::${host}`));
      answers.push(browser.status);
      if (browser.status === 429) {
        expect(Number(browser.responseHeaders.get('retry-after'))).toBeGreaterThan(3500);
        expect(browser.html).toContain('too many requests');
        expect(browser.forms[0]!.fields['text']).toBe(text);
      }
    }
    expect(answers).toEqual([200, 200, 200, 429]);
    expect((await send(await atForm('2001:db8:ffff:2::1'))).status).toBe(200);
  });

  test('reading the form changes nothing, and no other site can send it', async () => {
    const before = (await open()).length;
    for (const method of ['GET', 'HEAD'])
      for (let time = 0; time < 20; time += 1) await fetch(`${world.issuer}${FORM}`, { method });
    const browser = await atForm();
    const { csrf: _csrf, ...fields } = browser.forms[0]!.fields;
    await browser.post(FORM, {
      ...fields,
      email: 'a@b.cz',
      text: 'x',
      contact: 'x',
      altcha: solveOn(browser),
    });
    expect(browser.status).toBe(403);
    expect(await open()).toHaveLength(before);
  });

  test('what people write is shown and mailed as text, whatever it is', async () => {
    const nasty = '"><img src=x onerror=alert(1)>\r\nBcc: all@example.com\r\n\r\n{{7*7}}';
    const browser = await send(await atForm(), { text: nasty, contact: nasty, email: 'x@y.example' });
    expect(browser.status).toBe(200);
    const mail = world.mails.at(-1)!;
    expect(mail.to).toBe(STAFF);
    expect(mail.subject).not.toContain('Bcc');
    expect(mail.text).not.toMatch(/^Bcc:/m);
    expect(mail.html).not.toContain('<img');
    const back = await send(await atForm(), { text: nasty, contact: '' });
    expect(back.html).not.toContain('<img src=x');
    expect(back.forms[0]!.fields['text']).toBe(nasty.replaceAll('\r\n', '\n'));
  });
});

test('without an address for staff the request is stored, and the log says so without a word of it', async () => {
  const world = await openWorld({ env: { VRATNY_POW_MAX_NUMBER: '1000' } });
  const browser = await world.browser().open(FORM);
  await browser.submit({ email: 'eva@example.cz', text: 'pomoc', contact: 'x', altcha: solveOn(browser) });
  expect(browser.status).toBe(200);
  const [stored] = await world.core.supportRequests.list('open', { limit: 10 });
  expect(world.mails).toEqual([]);
  const line = world.logs.find(({ supportRequest }) => supportRequest === stored!.id);
  expect(line).toMatchObject({ level: 'warn' });
  expect(JSON.stringify(world.logs)).not.toMatch(/eva@|pomoc/);

  const { supportDesk } = world.core.acts;
  expect(await supportDesk.close(atTheMachine('olga'), stored!.id)).toBe('done');
  expect(await supportDesk.close(atTheMachine('olga'), stored!.id)).toBe('closed');
  expect(await supportDesk.close(atTheMachine('olga'), 'nothing')).toBe('unknown');
  expect(await world.core.supportRequests.list('open', { limit: 10 })).toEqual([]);
  expect((await world.core.supportRequests.list('closed', { limit: 10 }))[0]!.doc.closedAt).toMatch(
    /^\d{4}-/,
  );
  await world.close();
});
