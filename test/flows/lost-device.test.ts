// S51–S53, S59: a lost second factor. Password, a mailed link that lives five minutes, a code by SMS, a proof of work;
// each once, and in any browser.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { exchange, signedIn } from '../support/journeys.ts';
import {
  enter,
  lostDeviceEnv,
  lostDeviceJourney,
  MINUTE,
  moveClock,
  SECOND,
} from '../support/lost-device.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let way: ReturnType<typeof lostDeviceJourney>;
  beforeAll(async () => {
    world = await openWorld({ storage, env: lostDeviceEnv });
    client = await world.createClient();
    way = lostDeviceJourney(world, client);
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  test('S51, S52, S53: password, link, SMS code and proof of work switch it off, end everything, and are told by mail', async () => {
    const person = await way.somebody();
    const session = await way.signedInWithCode(person);
    const { body: tokens } = await exchange(world, client, session);
    moveClock(MINUTE);

    const browser = await way.atLostDevice(person);
    expect([browser.status, browser.heading]).toEqual([200, 'I lost my device']);
    // Enough to know one's own again, too little for somebody who only has the password.
    expect(browser.html).toContain('p•••@e•••.cz');
    expect(browser.html).toContain(`+420\u00a0•••\u00a0•••\u00a0${person.phone.slice(-3)}`);
    expect(browser.html).not.toContain(person.phone);
    await browser.submit({}, 'send');
    expect([browser.status, browser.heading]).toEqual([200, 'Look into your mail']);
    expect(browser.html).not.toMatch(/lost-device\/[\w-]{43}/);
    expect(way.mailsTo(person).at(-1)).toMatchObject({ kind: 'security' });
    const link = way.linkIn(person);
    expect(link.startsWith(`${world.issuer}/lost-device/`)).toBe(true);
    expect(way.mailsTo(person).at(-1)!.text).toContain(`${world.issuer}/account/security/password`);

    // In another browser, as on the device that the mail is read on.
    const other = await way.browserOf(person).open(link);
    expect([other.status, other.heading]).toEqual([200, 'Switch the authenticator app off']);
    expect(other.responseHeaders.get('referrer-policy')).toBe('no-referrer');
    await other.submit({}, 'Send the code');
    expect(other.heading).toBe('Enter the code from the text message');
    expect(await way.isOn(person)).toBe(true);
    await enter(other, way.codeSentTo(person));
    expect([other.status, other.heading]).toEqual([200, 'The authenticator app is off']);
    expect(await way.isOn(person)).toBe(false);

    expect(way.mailsTo(person).at(-1)!.text).toContain('The authenticator app was switched off');
    expect(way.mailsTo(person).at(-1)).toMatchObject({ kind: 'security' });
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(401);
    await session.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(session.callback['error']).toBe('login_required');
    // The link signs nobody in, and the sign-in that was left waiting has ended with the rest.
    await other.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(other.callback['error']).toBe('login_required');
    expect((await signedIn(world, client, person.email)).callback['code']).toBeDefined();
  });

  test('S51: in the browser that asked it works as well, and the sign-in that waited there is over', async () => {
    const person = await way.somebody();
    const browser = await way.atLostDevice(person);
    const waiting = browser.url;
    await browser.submit({}, 'send');
    await browser.open(way.linkIn(person));
    await browser.submit({}, 'Send the code');
    moveClock(2 * SECOND);
    await enter(browser, way.codeSentTo(person));
    expect(await way.isOn(person)).toBe(false);
    await browser.open(waiting);
    expect(browser.hasLeft).toBe(false);
    await browser.open(world.authorizeUrl(client));
    await browser.submit({ login: person.email, password: PASSWORD });
    expect(browser.callback['code']).toBeDefined();
  });

  test('S51: the link lives five minutes from sending, on every page of it', async () => {
    const person = await way.somebody();
    moveClock(0);
    const link = await way.askForLink(person);
    moveClock(5 * MINUTE - SECOND);
    const browser = await way.atCode(person, link);
    expect(browser.heading).toBe('Enter the code from the text message');
    const inTime = browser.forms[0]!;
    const altcha = solveOn(browser);
    moveClock(SECOND);
    await browser.post(inTime.action, { ...inTime.fields, code: way.codeSentTo(person), altcha });
    expect([browser.status, browser.heading]).toEqual([410, 'This link does not work']);
    expect((await way.browserOf(person).open(link)).status).toBe(410);
    expect((await way.browserOf(person).open(`${link}/code`)).status).toBe(410);
    expect(await way.isOn(person)).toBe(true);
  });

  test('S51: the mail waits no longer than the link lives, from the moment that it is to be sent', async () => {
    const person = await way.somebody();
    const account = (await world.core.accounts.get(person.id))!;
    moveClock(0);
    const outcome = await world.core.lostDevice.request(account);
    expect(outcome).toMatchObject({ kind: 'sent' });
    await world.core.outbox.idle();
    const items = await world.core.outbox.list({ limit: 1000 });
    const item = items.find(({ doc }) => doc.to === person.email);
    expect(Date.parse(item!.doc.expiresAt!) - Date.now()).toBe(5 * MINUTE);
  });

  test('a second link voids the first, and there are three an hour', async () => {
    const person = await way.somebody();
    const links: string[] = [];
    for (let time = 0; time < 3; time += 1) {
      links.push(await way.askForLink(person));
      moveClock(SECOND);
    }
    const statuses = [];
    for (const link of links) statuses.push((await way.browserOf(person).open(link)).status);
    expect(statuses).toEqual([410, 410, 200]);
    const mails = way.mailsTo(person).length;
    const browser = await way.atLostDevice(person);
    await browser.submit({}, 'send');
    expect([browser.status, browser.responseHeaders.has('retry-after')]).toEqual([429, true]);
    expect(way.mailsTo(person)).toHaveLength(mails);
    expect((await way.browserOf(person).open(links[2]!)).status).toBe(200);
  });

  test('S59: without a verified phone the page leads to the form for staff', async () => {
    const person = await way.somebody();
    await world.core.accounts.change(person.id, () => ({ phoneVerified: false }));
    const browser = await way.atLostDevice(person);
    expect(browser.html).toContain('only our staff can switch the code off');
    expect(browser.html).toContain('href="/support/second-factor"');
    expect(browser.forms.flatMap(({ buttons }) => buttons.map(({ value }) => value))).not.toContain('send');
    const mails = world.mails.length;
    await browser.post(browser.url, { ...browser.forms[0]!.fields, act: 'send' });
    expect(world.mails).toHaveLength(mails);
  });

  test('a second factor that went off meanwhile ends the sign-in, and the next one does not ask for it', async () => {
    const person = await way.somebody();
    const browser = await way.atLostDevice(person);
    await world.core.totp.turnOff(person.id);
    await browser.submit({}, 'send');
    expect(browser.status).toBe(410);
    expect((await signedIn(world, client, person.email)).callback['code']).toBeDefined();
  });

  test('in Czech every page of it is Czech', async () => {
    const person = await way.somebody();
    await world.core.accounts.change(person.id, () => ({ locale: 'cs' }));
    const browser = way.browserOf(person);
    browser.headers['accept-language'] = 'cs';
    const link = await way.askForLink(person);
    expect(way.mailsTo(person).at(-1)!.subject).toContain('vypnutí ověřovací aplikace');
    const headings: string[] = [];
    headings.push((await browser.open(link)).heading);
    headings.push((await browser.submit({}, 'Poslat kód')).heading);
    expect(world.texts.at(-1)!.text).toMatch(/kod/);
    headings.push((await enter(browser, way.codeSentTo(person))).heading);
    headings.push((await browser.open(link)).heading);
    expect(headings).toEqual([
      'Vypnout ověřovací aplikaci',
      'Zadejte kód ze SMS',
      'Ověřovací aplikace je vypnutá',
      'Tento odkaz nefunguje',
    ]);
  });

  test('S59: staff switch it off with a reason that is mailed, and everything open ends', async () => {
    const person = await way.somebody();
    const session = await way.signedInWithCode(person);
    moveClock(MINUTE);
    const account = (await world.core.accounts.get(person.id))!;
    const staff = { kind: 'command', name: 'olga' } as const;
    const reason = 'identified by phone, ticket 1234';
    expect(await world.core.lostDevice.removeByStaff(account, reason, staff)).toBe(true);
    await world.core.outbox.idle();
    const mail = way.mailsTo(person).at(-1)!;
    expect(mail.text).toContain('Our staff switched the authenticator app off');
    expect(mail.text).toContain('Reason: identified by phone, ticket 1234');
    await session.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(session.callback['error']).toBe('login_required');
    expect(await way.isOn(person)).toBe(false);
    expect(await world.core.lostDevice.removeByStaff(account, 'again', staff)).toBe(false);
    expect((await signedIn(world, client, person.email)).callback['code']).toBeDefined();
  });
});
