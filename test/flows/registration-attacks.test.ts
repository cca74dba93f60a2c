// Registration under attack: who has an account is not told, one link makes one account however often and wherever it
// is used, and nobody is mailed, texted or registered without bounds.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Shape } from '../../src/ports/store.ts';
import { collections } from '../../src/domain/collections.ts';
import { digest } from '../../src/lib/digest.ts';
import type { Browser } from '../support/browser.ts';
import { MINUTE, moveClock, otherThan } from '../support/lost-device.ts';
import { newcomer, registrationEnv, registrationJourney } from '../support/registration.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let way: ReturnType<typeof registrationJourney>;
  beforeAll(async () => {
    world = await openWorld({ storage, env: registrationEnv });
    way = registrationJourney(world);
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  const everyone = (name: 'accounts' | 'customers' | 'members') =>
    world.store.collection(collections[name] as never).list(undefined, { limit: 1000 });
  const counts = async () =>
    Promise.all(
      (['accounts', 'customers', 'members'] as const).map(async (name) => (await everyone(name)).length),
    );
  /** A page without what is new on every one, and without what the person typed. */
  const likeness = (browser: Browser, { email, phone }: { email: string; phone: string }) =>
    browser.html
      .replaceAll(browser.responseHeaders.get('x-request-id')!, 'ID')
      .replaceAll(/name="csrf" value="[^"]*"/g, 'CSRF')
      .replaceAll(/data-challenge="[^"]*"/g, 'CHALLENGE')
      .replaceAll(email, 'EMAIL')
      .replaceAll(/\+420.602.\d{3}.\d{3}/g, 'PHONE')
      .replaceAll(phone, 'PHONE');

  test('A49: an address that has an account is answered alike, page by page; only a mail to it tells', async () => {
    const account = await world.createAccount();
    const disabled = await world.createAccount();
    await world.core.accounts.change(disabled.id, () => ({ status: 'disabled' }));
    const before = await counts();
    const pages: unknown[] = [];
    for (const email of [account.email.toUpperCase(), disabled.email, newcomer().email]) {
      const person = { ...newcomer(), email };
      const browser = await way.browserOf(person).open('/register');
      await way.fill(browser, person);
      const seen: unknown[] = [
        browser.status,
        browser.trail.map((url) => new URL(url).pathname),
        likeness(browser, person),
      ];
      await browser.submit({ code: way.codeSentTo(person) });
      seen.push(browser.status, likeness(browser, person));
      await browser.submit({}, 'Send the mail again');
      seen.push(browser.status, likeness(browser, person));
      await browser.open('/register/state');
      seen.push(browser.html, [...browser.responseHeaders.keys()].sort());
      pages.push(seen);
    }
    expect(pages[0]).toEqual(pages[2]);
    expect(pages[1]).toEqual(pages[2]);
    expect(await counts()).toEqual(before);
    const told = world.mails.filter(({ to }) => to === account.email);
    expect(told.map(({ subject }) => subject)).toEqual(Array(2).fill('Vrátný: you have an account already'));
    expect(told[0]!.text).not.toMatch(/activate/);
    expect(told[0]!.text).toContain(`${world.issuer}/account`);
    expect(JSON.stringify(world.logs)).not.toMatch(new RegExp(account.email, 'i'));
  });

  test('A19: one link used fifty times at once, on two nodes, makes one account and one customer', async () => {
    const person = newcomer();
    await way.atMail(person);
    const [secret] = /[\w-]{43}$/.exec(way.linkIn(person))!;
    const other = await openWorld({
      storage,
      env: { ...registrationEnv, VRATNY_ISSUER: world.issuer },
      wrap: () => world.store,
    });
    const before = await counts();
    const nodes = [world.core.activation, other.core.activation];
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => nodes[index % 2]!.activate(secret)),
    );
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['done']));
    expect(await counts()).toEqual(before.map((count) => count + 1));
    const account = (await way.accountOf(person))!;
    expect(new Set(outcomes.map((outcome) => 'accountId' in outcome && outcome.accountId))).toEqual(
      new Set([account.id]),
    );
    // A second click, and a mail scanner that comes late, change nothing.
    const late = await world.browser().open(way.linkIn(person));
    expect(late.heading).toBe('Your account is ready');
    expect(await counts()).toEqual(before.map((count) => count + 1));
  });

  test('A19: two registrations of one address activated at once make one account', async () => {
    const person = newcomer();
    const links: string[] = [];
    for (const phone of [person.phone, newcomer().phone]) {
      await way.atMail({ ...person, phone });
      links.push(/[\w-]{43}$/.exec(way.linkIn(person))![0]);
    }
    const before = await counts();
    const outcomes = await Promise.all(links.map((secret) => world.core.activation.activate(secret)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['done', 'exists']);
    expect(await counts()).toEqual(before.map((count) => count + 1));
  });

  test.each(['accounts', 'customers', 'members', 'registrations'] as const)(
    'a crash before %s are written leaves nothing half: the next start makes the rest, once',
    async (broken) => {
      const person = newcomer();
      await way.atMail(person);
      const [secret] = /[\w-]{43}$/.exec(way.linkIn(person))!;
      const before = await counts();
      let writes = 0;
      // The plan is the first write to the registration, its end the second.
      const dies = (name: string) =>
        name === collections[broken].name && (writes += 1) > (broken === 'registrations' ? 1 : 0);
      const dying = await openWorld({
        storage,
        env: registrationEnv,
        wrap: () => ({
          ...world.store,
          ping: () => world.store.ping(),
          close: () => Promise.resolve(),
          prepare: () => Promise.resolve(),
          collection: ((shape: Shape<object, never>) => {
            const rows = world.store.collection(shape);
            const guard =
              <A extends unknown[], R>(write: (...given: A) => Promise<R>) =>
              (...given: A): Promise<R> =>
                dies(shape.name) ? Promise.reject(new Error('cut off')) : write(...given);
            return {
              ...rows,
              get: rows.get.bind(rows),
              insert: guard(rows.insert.bind(rows)),
              replace: guard(rows.replace.bind(rows)),
            };
          }) as never,
        }),
      });
      await expect(dying.core.activation.activate(secret)).rejects.toThrow('cut off');
      moveClock(25 * 60 * MINUTE);
      expect(await world.core.activation.finishInterrupted()).toBe(1);
      expect(await world.core.activation.finishInterrupted()).toBe(0);
      expect(await counts()).toEqual(before.map((count) => count + 1));
      const owned = await world.core.customers.ofAccount((await way.accountOf(person))!.id);
      expect(owned).toMatchObject([{ role: 'owner' }]);
      await dying.close();
    },
  );

  test('reading the link changes nothing, no other site can send it, and a guess is told apart from nothing', async () => {
    const person = newcomer();
    await way.atMail(person);
    const link = way.linkIn(person);
    const before = await counts();
    for (const method of ['GET', 'HEAD'])
      for (let time = 0; time < 10; time += 1) await fetch(link, { method });
    const browser = await world.browser().open(link);
    await browser.post(link, { csrf: 'x' });
    expect(browser.status).toBe(403);
    const guess = await world.browser().open(`/activate/${'x'.repeat(43)}`);
    expect(guess.status).toBe(410);
    expect(await counts()).toEqual(before);
    expect((await world.browser().open(link)).status).toBe(200);
  });

  test('A59: five tries for a code, in the browser that it was sent for alone', async () => {
    const person = newcomer();
    const browser = await way.atCode(person);
    const code = way.codeSentTo(person);
    const stranger = newcomer();
    const other = await way.atCode(stranger);
    await other.submit({ code });
    expect(other.heading).toBe('Enter the code from the text message');
    for (let time = 0; time < 5; time += 1) {
      await browser.submit({ code: otherThan(code) });
      expect([time, browser.status]).toEqual([time, 422]);
    }
    await browser.submit({ code });
    expect([browser.status, browser.responseHeaders.has('retry-after')]).toEqual([429, true]);
    // Filling in the form again brings no new tries.
    await browser.submit({}, 'Start again with other details');
    await way.fill(browser, { ...person, phone: newcomer().phone });
    await browser.submit({ code: '000000' });
    expect(browser.status).toBe(429);
    expect(way.mailsTo(person)).toEqual([]);
  });

  test('a code for one number proves no other, when the form was sent anew', async () => {
    const person = newcomer();
    const browser = await way.atCode(person);
    const code = way.codeSentTo(person);
    await browser.submit({}, 'Start again with other details');
    const other = { ...person, phone: newcomer().phone };
    await way.fill(browser, other);
    if (way.codeSentTo(other) !== code) {
      await browser.submit({ code });
      expect(browser.status).toBe(422);
    }
    expect(way.mailsTo(person)).toEqual([]);
  });

  test('three messages an hour to a number and from a network, three mails an hour to an address', async () => {
    const target = newcomer();
    const statuses: number[] = [];
    for (let time = 0; time < 4; time += 1)
      statuses.push((await way.atCode({ ...newcomer(), phone: target.phone })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const near: number[] = [];
    for (let time = 0; time < 4; time += 1)
      near.push((await way.atCode({ ...newcomer(), address: '2001:db8:ffff::1' })).status);
    expect(near).toEqual([200, 200, 200, 429]);

    const victim = newcomer();
    const last: Browser[] = [];
    for (let time = 0; time < 4; time += 1)
      last.push(await way.atMail({ ...newcomer(), email: victim.email }));
    expect(last.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(way.mailsTo(victim)).toHaveLength(3);
    moveClock(61 * MINUTE);
    await last[3]!.submit({}, 'Send the mail again');
    expect(way.mailsTo(victim)).toHaveLength(4);
  });

  test('a network registers ten a day; a proof of work counts once, in its own browser', async () => {
    const person = newcomer();
    const used = await way.browserOf(person).open('/register');
    const altcha = solveOn(used);
    await way.fill(used, person, { altcha });
    expect(used.heading).toBe('Enter the code from the text message');
    const again = await way.browserOf(newcomer()).open('/register');
    await way.fill(again, newcomer(), { altcha });
    expect([again.status, again.html]).toEqual([422, expect.stringContaining('no longer valid') as string]);

    const statuses: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      statuses.push((await way.atCode({ ...newcomer(), address: '2001:db8:fffe::1' })).status);
      moveClock(21 * MINUTE);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
  });

  test('the letter to a stranger carries nothing that was typed, and the stored registration no password or secret', async () => {
    const person = newcomer();
    await way.atMail(person, '/register', { given_name: 'Very', family_name: 'Cheap Pills {{7*7}}' });
    const mail = way.mailsTo(person).at(-1)!;
    expect(mail.text + mail.html + mail.subject).not.toMatch(/Cheap|Pills|7\*7/);
    const stored = await world.store
      .collection(collections.registrations)
      .findOne('link', digest(/[\w-]{43}$/.exec(way.linkIn(person))![0]));
    expect(JSON.stringify(stored!.doc)).not.toMatch(/correct horse|activate/);
    const page = await world.browser().open(way.linkIn(person));
    expect(page.html).toContain('{{7*7}}');
  });

  test('a sign-in that another browser began is neither shown nor returned to', async () => {
    const client = await world.createClient({ client_name: 'Secret panel' });
    const victim = await world.browser().open(world.authorizeUrl(client));
    const [, uid = ''] = /\/interaction\/([^/]+)\//.exec(victim.url) ?? [];
    const person = newcomer();
    const browser = await way.atMail(person, `/register?from=${uid}`);
    expect(browser.html).not.toContain('Secret panel');
    await browser.open(way.linkIn(person));
    await browser.submit({});
    expect(browser.html).not.toContain(uid);
    expect(browser.html).toContain('href="/account"');
  });
});
