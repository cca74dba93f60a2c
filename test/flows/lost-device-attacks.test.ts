// The way out of a lost second factor, attacked: links and codes of others, used, old and guessed ones, all at once,
// and by machines that open whatever is mailed.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { snapshot } from '../support/journeys.ts';
import {
  enter,
  lostDeviceEnv,
  lostDeviceJourney,
  moveClock,
  otherThan,
  SECOND,
} from '../support/lost-device.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const everything = [
  'accounts',
  'secondFactors',
  'phoneCodes',
  'oneTimeLinks',
  'quotas',
  'usedProofs',
] as const;

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

  test('C4: opening the link changes nothing, however often and by whatever method', async () => {
    const person = await way.somebody();
    const link = await way.askForLink(person);
    const before = await snapshot(world, everything);
    const texts = world.texts.length;
    const open = (url: string, method: string) => fetch(url, { method, headers: { accept: 'text/html' } });
    for (const url of [link, `${link}/code`])
      for (const method of ['GET', 'HEAD'])
        await Promise.all(Array.from({ length: 100 }, () => open(url, method)));
    const { csrf: _csrf, ...fields } = (await way.browserOf(person).open(link)).forms[0]!.fields;
    for (const url of [link, `${link}/code`]) {
      const forged = await way.browserOf(person).post(url, { ...fields, code: '123456' });
      expect(forged.status).toBe(403);
    }
    expect(await snapshot(world, everything)).toEqual(before);
    expect(world.texts).toHaveLength(texts);
    const browser = await way.atCode(person, link);
    await enter(browser, way.codeSentTo(person));
    expect(await way.isOn(person)).toBe(false);
  });

  test('a used, an old, an unknown and a voided link look alike, and so does one whose second factor is off', async () => {
    const [used, over, off, gone] = [
      await way.somebody(),
      await way.somebody(),
      await way.somebody(),
      await way.somebody(),
    ];
    const links = new Map<string, string>([['unknown', `${world.issuer}/lost-device/${'x'.repeat(43)}`]]);
    for (const [name, person] of Object.entries({ used, over, off, gone }))
      links.set(name, await way.askForLink(person));
    await enter(await way.atCode(used, links.get('used')!), way.codeSentTo(used));
    // Credentials have changed; the factor was switched off elsewhere; the account was disabled.
    await world.core.accounts.change(over.id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
    await world.core.totp.turnOff(off.id);
    await world.core.accounts.change(gone.id, () => ({ status: 'disabled' }));
    const pages = new Set<string>();
    for (const url of links.values()) {
      const browser = await way.browserOf(used).open(url);
      expect([url, browser.status]).toEqual([url, 410]);
      pages.add(
        browser.html
          .replaceAll(/lost-device\/[^?"]*/g, 'LINK')
          .replaceAll(browser.responseHeaders.get('x-request-id')!, 'ID'),
      );
    }
    expect(pages.size).toBe(1);
  });

  test('of links asked for at once in many tabs one is left', async () => {
    const person = await way.somebody();
    const browser = await way.atLostDevice(person);
    const { action, fields } = browser.forms.find(({ buttons }) =>
      buttons.some(({ value }) => value === 'send'),
    )!;
    const cookie = browser.cookieHeader(new URL(browser.url).pathname);
    const body = new URLSearchParams({ ...fields, act: 'send' });
    const headers = { cookie, origin: world.issuer, 'x-forwarded-for': person.address };
    await Promise.all(
      Array.from({ length: 10 }, () => fetch(world.issuer + action, { method: 'POST', headers, body })),
    );
    await world.core.outbox.idle();
    const links = way.mailsTo(person).map(({ text }) => /http:\S+\/lost-device\/[\w-]{43}/.exec(text)![0]);
    expect(links).toHaveLength(3);
    const statuses = [];
    for (const link of links) statuses.push((await way.browserOf(person).open(link)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  test('A55: of twenty right codes at once one switches it off; the person is told once', async () => {
    const person = await way.somebody();
    const link = await way.askForLink(person);
    const browsers: Browser[] = [await way.atCode(person, link)];
    while (browsers.length < 20) browsers.push(await way.browserOf(person).open(`${link}/code`));
    const code = way.codeSentTo(person);
    const mails = way.mailsTo(person).length;
    await Promise.all(browsers.map((browser) => enter(browser, code)));
    const headings = browsers.map(({ heading }) => heading);
    expect(headings.filter((heading) => heading === 'The authenticator app is off')).toHaveLength(1);
    expect(await way.isOn(person)).toBe(false);
    expect(way.mailsTo(person)).toHaveLength(mails + 1);
  });

  test('A59: a wrong code keeps the link; after five no code is tried for an hour, the right one neither', async () => {
    const person = await way.somebody();
    const link = await way.askForLink(person);
    const browser = await way.atCode(person, link);
    const code = way.codeSentTo(person);
    const answers: number[] = [];
    for (let time = 0; time < 5; time += 1) {
      await enter(browser, otherThan(code));
      answers.push(browser.status);
    }
    expect(answers).toEqual([422, 422, 422, 422, 422]);
    await enter(browser, code);
    expect([browser.status, browser.responseHeaders.has('retry-after')]).toEqual([429, true]);
    expect(await way.isOn(person)).toBe(true);
    // Nor with a new code, a new link and from elsewhere.
    const again = await way.askForLink(person);
    const elsewhere = { ...person, address: '198.51.100.9' };
    const fresh = await way.atCode(elsewhere, again);
    await enter(fresh, way.codeSentTo(person));
    expect(fresh.status).toBe(429);
    expect(await way.isOn(person)).toBe(true);
  });

  test('A59: a code is good for its own link and account only', async () => {
    const [victim, attacker] = [await way.somebody(), await way.somebody()];
    const links = { victim: await way.askForLink(victim), attacker: await way.askForLink(attacker) };
    await way.atCode(attacker, links.attacker);
    const browser = await way.browserOf(attacker).open(`${links.victim}/code`);
    await enter(browser, way.codeSentTo(attacker));
    expect([browser.status, browser.html]).toEqual([
      422,
      expect.stringContaining('no longer works') as string,
    ]);
    expect([await way.isOn(victim), await way.isOn(attacker)]).toEqual([true, true]);

    await way.atCode(victim, links.victim);
    const old = way.codeSentTo(victim);
    moveClock(SECOND);
    const again = await way.browserOf(victim).open(`${await way.askForLink(victim)}/code`);
    await enter(again, old);
    expect(again.status).toBe(422);
    expect(await way.isOn(victim)).toBe(true);
  });

  test('S53: without a proof of work, or with one that was used, made elsewhere or too old, no code is tried', async () => {
    const person = await way.somebody();
    const link = await way.askForLink(person);
    const browser = await way.atCode(person, link);
    const code = way.codeSentTo(person);
    const elsewhere = await way.browserOf(person).open(`${link}/code`);
    const support = await way.browserOf(person).open('/support/second-factor');
    const used = solveOn(browser);
    await browser.submit({ code: otherThan(code), altcha: used });
    for (const altcha of ['', 'x', used, solveOn(elsewhere), solveOn(support)]) {
      await browser.submit({ code, altcha });
      expect([altcha, browser.status]).toEqual([altcha, 422]);
      expect(browser.html).toContain('you are no robot');
    }
    expect(await way.isOn(person)).toBe(true);
    await enter(browser, code);
    expect(await way.isOn(person)).toBe(false);
  });

  test('A20: three codes an hour, and the fourth is told when', async () => {
    const person = await way.somebody();
    const link = await way.askForLink(person);
    const sent = world.texts.length;
    for (let time = 0; time < 3; time += 1)
      expect((await way.atCode(person, link)).heading).toMatch(/^Enter the code/);
    const fourth = await way.atCode(person, link);
    expect([fourth.status, Number(fourth.responseHeaders.get('retry-after'))]).toEqual([
      429,
      expect.any(Number),
    ]);
    expect(world.texts).toHaveLength(sent + 3);
  });

  test('A16: nobody comes to the page without the password, or to another’s', async () => {
    const [person, other] = [await way.somebody(), await way.somebody()];
    const stranger = await way.browserOf(person).open(world.authorizeUrl(client));
    const page = stranger.url.replace(/[\w-]+$/, 'lost-device');
    const mails = world.mails.length;
    await stranger.open(page);
    expect(stranger.url).toMatch(/\/password$/);
    await stranger.post(page, { ...stranger.forms[0]!.fields, act: 'send' });
    expect(stranger.url).toMatch(/\/password$/);

    const own = await way.atLostDevice(other);
    await stranger.open(own.url);
    expect(stranger.status).toBe(410);
    await stranger.post(own.url, { ...own.forms[0]!.fields, act: 'send' });
    expect(stranger.status).toBe(410);
    expect(world.mails).toHaveLength(mails);
  });
});
