// Sign-ins that wait for a mailed link (S43, security.md C6), and what tries around it: no, wrong numbers, other people.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { snapshot } from '../support/journeys.ts';
import { slowStore } from '../support/slow-store.ts';
import { text } from '../support/texts.ts';
import {
  ADDRESS,
  AGENT,
  approved,
  createWaiting,
  denied,
  numberOn,
  over,
  waiting,
} from '../support/waiting-sign-in.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** What reading must leave as it was. */
const everything = [
  'accounts',
  'confirmations',
  'confirmationLinks',
  'oneTimeLinks',
  'signIns',
  'throttles',
] as const;

const otherThan = (number: string): string => String((Number(number) + 1) % 100).padStart(2, '0');

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let people: ReturnType<typeof createWaiting>;
  beforeAll(async () => {
    world = await openWorld({
      storage,
      wrap: (store) => slowStore(store, 1),
      env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
    });
    client = await world.createClient();
    people = createWaiting(world, client);
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  test('“this was not me” ends the attempt, says so, offers to lock the account, and is in the history', async () => {
    const { id, email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [number, stale] = [numberOn(browser), await world.browser().open(people.linkTo(email))];
    const owner = await people.answer(people.linkTo(email), 'deny');
    expect([owner.status, owner.heading]).toEqual([200, text('page.confirm_sign_in_done.denied.title')]);
    expect(owner.html).toMatch(/href="http:[^"]+\/not-me\/[\w-]{43}"/);
    await stale.submit({ number }, 'approve');
    expect([stale.status, stale.heading]).toEqual([410, over]);

    expect(await people.stateOf(browser)).toEqual({ state: 'denied' });
    await browser.open(browser.url);
    expect([browser.status, browser.heading]).toEqual([200, denied]);
    for (const choice of ['check', 'resend', 'approve']) {
      await browser.post(browser.url, { ...browser.forms[0]!.fields, choice });
      expect(browser.heading).toBe(denied);
    }
    expect(people.mailsTo(email)).toHaveLength(1);
    await browser.submit();
    expect(browser.callback).toMatchObject({ error: 'access_denied' });
    expect(await people.refusals(id)).toMatchObject([
      {
        reason: 'denied',
        address: ADDRESS,
        userAgent: AGENT,
        clientName: 'Hosting panel',
        methods: ['password'],
      },
    ]);
  });

  test('a wrong number does not match, and the third one ends the attempt', async () => {
    const { id, email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [wrong, phone] = [otherThan(numberOn(browser)), await world.browser().open(people.linkTo(email))];
    for (const typed of ['', '1', 'ab', '１２', '123', '+1', '1.']) {
      await phone.submit({ number: typed }, 'approve');
      expect([typed, phone.status]).toEqual([typed, 422]);
      expect(phone.html).toContain(text('page.confirm_sign_in.problem.no_number'));
    }
    for (let time = 0; time < 2; time += 1) {
      await phone.submit({ number: wrong }, 'approve');
      expect([phone.status, await people.stateOf(browser)]).toEqual([422, { state: 'waiting' }]);
      expect(phone.html).toContain(text('page.confirm_sign_in.problem.mismatch'));
    }
    await phone.submit({ number: wrong }, 'approve');
    expect(phone.html).toContain(text('page.confirm_sign_in_done.mismatched.text'));
    expect(phone.html).toMatch(/\/not-me\//);
    await browser.open(browser.url);
    expect(browser.heading).toBe(denied);
    expect((await people.refusals(id)).map(({ reason }) => reason)).toEqual(['denied']);
  });

  test('guesses at the number in parallel count each: of twenty three are judged', async () => {
    const { id, email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [link, wrong] = [people.linkTo(email), otherThan(numberOn(browser))];
    const phones = await Promise.all(Array.from({ length: 20 }, () => world.browser().open(link)));
    await Promise.all(phones.map((phone) => phone.submit({ number: wrong }, 'approve')));
    const by = (status: number) => phones.filter((phone) => phone.status === status).length;
    // One of them was the third; a page that is shown again after it finds the link over.
    expect([by(200), by(422) + by(410)]).toEqual([1, 19]);
    expect(by(422)).toBeLessThanOrEqual(2);
    expect(await people.stateOf(browser)).toEqual({ state: 'denied' });
    expect(JSON.stringify(await snapshot(world, ['confirmations']))).not.toMatch(/"wrong":(?:[4-9]|\d\d)/);
    expect(await people.refusals(id)).toHaveLength(1);
  });

  test('yes and no at the same time: one of them is heard, and only one', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { email } = await people.newPerson();
      const browser = await people.signInAs(email);
      const [link, number] = [people.linkTo(email), numberOn(browser)];
      const phones = await Promise.all(Array.from({ length: 8 }, () => world.browser().open(link)));
      await Promise.all(
        phones.map((phone, n) => (n % 2 ? phone.submit({}, 'deny') : phone.submit({ number }, 'approve'))),
      );
      expect(phones.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(phones.filter(({ status }) => status === 410)).toHaveLength(7);
      const winner = phones.find(({ status }) => status === 200)!;
      const isApproved = winner.heading === approved;
      expect(await people.stateOf(browser)).toEqual({ state: isApproved ? 'approved' : 'denied' });
      await browser.open(browser.url);
      expect(browser.hasLeft).toBe(isApproved);
    }
  });

  test('a yes after the waiting browser has gone gives nobody anything', async () => {
    const { email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [page, link, number] = [browser.url, people.linkTo(email), numberOn(browser)];
    await browser.submit({}, text('step.password.cancel'));
    expect(browser.callback).toMatchObject({ error: 'access_denied' });
    const phone = await people.answer(link, 'approve', number);
    for (const someone of [phone, browser, world.browser()]) {
      await someone.open(page);
      expect([someone.status, someone.hasLeft]).toEqual([410, false]);
      await someone.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(someone.callback['error']).toBe('login_required');
    }
  });

  test('somebody else’s confirmation serves nobody but the sign-in it is for', async () => {
    const [eva, jan] = [await people.newPerson(), await people.newPerson()];
    const [evas, jans] = [await people.signInAs(eva.email), await people.signInAs(jan.email)];
    // Jan says yes to his own link, with the number of his own page: Eva's sign-in waits on.
    expect((await people.answer(people.linkTo(jan.email), 'approve', numberOn(jans))).status).toBe(200);
    expect(await people.stateOf(evas)).toEqual({ state: 'waiting' });
    await evas.open(evas.url);
    expect(evas.heading).toBe(waiting);
    // Another browser at Eva's page sees neither it nor how it stands, approved or not.
    for (const browser of [world.browser(), jans]) {
      expect(await people.stateOf(evas, browser)).toEqual({ state: 'none' });
    }
    await jans.open(evas.url);
    expect(jans.hasLeft).toBe(false);
    expect(jans.html).not.toContain('match__number');
  });

  test('two sign-ins of one person wait each for their own link', async () => {
    const { email } = await people.newPerson();
    const first = await people.signInAs(email);
    const firstLink = people.linkTo(email);
    const second = await people.signInAs(email);
    await people.answer(people.linkTo(email), 'approve', numberOn(second));
    await first.open(first.url);
    expect(first.heading).toBe(waiting);
    await second.open(second.url);
    expect(second.callback['code']).toBeDefined();
    await people.answer(firstLink, 'approve', numberOn(first));
    await first.open(first.url);
    expect(first.callback['code']).toBeDefined();
  });

  test('the yes for one account does not stand for another one in the same browser', async () => {
    const [eva, jan] = [await people.newPerson(), await people.newPerson()];
    const browser = await people.signInAs(eva.email);
    await people.answer(people.linkTo(eva.email), 'approve', numberOn(browser));
    await browser.open(browser.url);
    expect(browser.callback['code']).toBeDefined();
    await browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
    await browser.submit({}, 'other');
    await browser.submit({ login: jan.email, password: PASSWORD });
    expect([browser.heading, people.mailsTo(jan.email).length]).toEqual([waiting, 1]);
  });

  test('logging out everywhere while it waits voids the link and the wait', async () => {
    const { id, email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [link, number] = [people.linkTo(email), numberOn(browser)];
    const phone = await world.browser().open(link);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2000 });
    await world.core.signOutEverywhere(id);
    await phone.submit({ number }, 'approve');
    expect(phone.status).toBe(410);
    await browser.open(browser.url);
    expect(browser.hasLeft).toBe(false);
  });

  test('machines that open the link change nothing, and the person’s button works after them (C4)', async () => {
    const { email } = await people.newPerson();
    const browser = await people.signInAs(email);
    const [link, number] = [people.linkTo(email), numberOn(browser)];
    const before = await snapshot(world, everything);
    const query = `?${new URLSearchParams({ choice: 'approve', number }).toString()}`;
    for (const url of [link, link + query]) {
      for (let time = 0; time < 50; time += 1) {
        expect((await fetch(url)).status).toBe(200);
        expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
      }
    }
    for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await fetch(link, { method })).status).toBe(405);
    const body = new URLSearchParams({ choice: 'approve', number });
    const forged = await fetch(link, { method: 'POST', body, headers: { 'sec-fetch-site': 'cross-site' } });
    expect(forged.status).toBe(403);
    expect((await fetch(link, { method: 'POST', body })).status).toBe(403);
    expect(await snapshot(world, everything)).toEqual(before);
    expect((await people.answer(link, 'approve', number)).status).toBe(200);
  });

  test('used, denied, old, unknown and voided links look alike', async () => {
    const links: string[] = [];
    for (const choice of ['approve', 'deny'] as const) {
      const { email } = await people.newPerson();
      const browser = await people.signInAs(email);
      links.push(people.linkTo(email));
      await people.answer(people.linkTo(email), choice, choice === 'approve' ? numberOn(browser) : undefined);
    }
    const disabled = await people.newPerson();
    await people.signInAs(disabled.email);
    links.push(people.linkTo(disabled.email), `${world.issuer}/confirm-sign-in/${'x'.repeat(43)}`);
    await world.core.accounts.change(disabled.id, () => ({ status: 'disabled' }));
    const pages = await Promise.all(links.map((link) => world.browser().open(link)));
    expect(new Set(pages.map(({ status }) => status))).toEqual(new Set([410]));
    expect(new Set(pages.map(({ html }) => html.replaceAll(/confirm-sign-in\/[^?"]*/g, 'LINK'))).size).toBe(
      1,
    );
  });

  test('no secret of a link and no number is stored or logged readably', async () => {
    const { email } = await people.newPerson();
    await people.signInAs(email);
    const secret = people.linkTo(email).split('/').at(-1)!;
    const kept = JSON.stringify(await snapshot(world, ['confirmations', 'confirmationLinks']));
    expect(kept).not.toContain(secret);
    expect(JSON.stringify(world.logs)).not.toContain(secret);
  });
});
