// An identity that nobody has yet: linked to an account only by who has proved both, in one browser, and only once. The
// classes of account pre-hijacking (Sudhodanan, Paverd 2022) and the holes that other providers had are tests here.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  describe('an identity that is not linked yet', () => {
    let world: World;
    let client: IssuedClient;
    const storage = newStorage();
    const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid', trustsEmail: true });
    const other = createFakeUpstream('other-house');
    let subjects = 0;

    beforeAll(async () => {
      world = await openWorld({ storage, upstreams: [mojeid.configured, other.configured] });
      client = await world.createClient();
    });
    afterAll(() => closeWorld(world, storage));

    const newSubject = () => `stranger-${(subjects += 1)}`;
    const { issuer } = mojeid.configured;
    const linkOf = (subject: string) => world.core.federation.links.find({ issuer, subject });
    const sentAway = async (name = 'mojeid') => (await atSignIn(world, client)).submit({}, name);
    const passwordPage = (browser: Browser) =>
      browser.open(new URL(browser.url).pathname.replace(/[^/]+$/, 'password'));

    /** A browser at the page that names an identity and this account, after all its factors. */
    async function atPair(email: string, subject: string, code?: () => string): Promise<Browser> {
      const browser = await mojeid.comeBack(await sentAway(), { subject });
      await (await passwordPage(browser)).submit({ login: email, password: PASSWORD });
      if (code) await browser.submit({ code: code() });
      expect(new URL(browser.url).pathname).toMatch(/\/pair$/);
      return browser;
    }

    test('S74: it lands on a page with two ways; a full sign-in, then a page that names both sides, links it', async () => {
      const { id, email } = await world.createAccount();
      const elsewhere = await signedIn(world, client, email);
      const { key } = await turnOnTotp(world.core, id);
      const subject = newSubject();
      const browser = await mojeid.comeBack(await sentAway(), {
        subject,
        profile: { username: 'jana.novakova' },
      });
      expect(browser.heading).toBe('We do not know this identity yet');
      for (const said of ['jana.novakova', 'I have an account', 'I am new here', '/register?from='])
        expect(browser.html).toContain(said);
      await (await passwordPage(browser)).submit({ login: email, password: PASSWORD });
      await browser.submit({ code: appCode(key, world.core.clock.now()) });
      expect(browser.heading).toBe('Link your account to MojeID?');
      for (const side of ['jana.novakova', email]) expect(browser.html).toContain(side);
      expect(await linkOf(subject)).toBeUndefined();

      await browser.submit({}, 'link');
      expect(browser.callback['code']).toBeDefined();
      expect((await linkOf(subject))?.doc).toMatchObject({ accountId: id, username: 'jana.novakova' });
      expect(world.mails.some(({ to, text }) => to === email && text.includes('was linked'))).toBe(true);
      // The unexpired session: what was open before has ended.
      await elsewhere.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(elsewhere.callback['error']).toBe('login_required');
      const again = await mojeid.comeBack(await sentAway(), { subject });
      expect(new URL(again.url).pathname).toMatch(/\/totp$/);
    });

    test('a trusted address spares nobody the second factor on the way to a link', async () => {
      const { id, email } = await world.createAccount();
      const { key } = await turnOnTotp(world.core, id);
      const spared = await openWorld({
        wrap: () => ({ ...world.store, close: () => Promise.resolve() }),
        env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
        upstreams: [mojeid.configured],
      });
      await spared.core.addressLists.add(id, { range: '31.15.10.7' });
      const browser = spared.browser();
      browser.headers['x-forwarded-for'] = '31.15.10.7';
      await (await browser.open(spared.authorizeUrl(client))).submit({}, 'mojeid');
      await mojeid.comeBack(browser, { subject: newSubject() });
      await (await passwordPage(browser)).submit({ login: email, password: PASSWORD });
      expect(new URL(browser.url).pathname).toMatch(/\/totp$/);
      await browser.submit({ code: appCode(key, world.core.clock.now()) });
      expect(new URL(browser.url).pathname).toMatch(/\/pair$/);
      await spared.close();
    });

    test('who says no goes on without a link, and so does who gives the identity up', async () => {
      const { email } = await world.createAccount();
      const subject = newSubject();
      const no = await (await atPair(email, subject)).submit({}, 'skip');
      expect(no.callback['code']).toBeDefined();
      const gone = await mojeid.comeBack(await sentAway(), { subject });
      await gone.submit({}, 'forget');
      await gone.submit({ login: email, password: PASSWORD });
      expect(gone.callback['code']).toBeDefined();
      expect(await linkOf(subject)).toBeUndefined();
    });

    test('pre-hijacking, classic-federated merge; CVE-2026-56666: an equal e-mail, verified or not, finds nothing and links nothing', async () => {
      const { email } = await world.createAccount();
      for (const emailVerified of [true, false]) {
        const subject = newSubject();
        const browser = await mojeid.comeBack(await sentAway(), {
          subject,
          profile: { email, emailVerified },
        });
        expect(browser.heading).toBe('We do not know this identity yet');
        expect(browser.callback['code']).toBeUndefined();
        expect(await linkOf(subject)).toBeUndefined();
      }
    });

    test('keycloak issue 53041: an account whose address nobody has verified is not linked', async () => {
      const { email } = await world.createAccount({ emailVerified: false });
      const subject = newSubject();
      const browser = await atPair(email, subject);
      expect(browser.html).toContain('has not been verified yet');
      const { csrf } = browser.forms[0]!.fields as { csrf: string };
      const waiting = await world.store
        .collection((await import('../../src/domain/collections.ts')).collections.waitingIdentities)
        .list(undefined, { limit: 1000 });
      const serial = waiting.find(({ doc }) => doc.identity?.subject === subject)!.doc.serial;
      await browser.post(new URL(browser.url).pathname, { csrf, act: 'link', serial });
      expect(browser.html).toContain('has not been verified yet');
      expect(await linkOf(subject)).toBeUndefined();
    });

    test('CVE-2026-9087: the yes is about one identity: another one that came back meanwhile is not linked by it', async () => {
      const { email } = await world.createAccount();
      const [seen, newer] = [newSubject(), newSubject()];
      const browser = await atPair(email, seen);
      const page = { html: browser.html, url: browser.url };
      const upstreamPage = new URL(browser.url).pathname.replace(/[^/]+$/, 'upstream');
      const { csrf } = browser.forms[0]!.fields as { csrf: string };
      const form = browser.forms.find(({ fields }) => 'serial' in fields)!;
      // Back in the history, and off to the upstream as somebody else.
      await browser.post(upstreamPage, { csrf, upstream: 'mojeid' });
      expect(browser.html).not.toContain('http-equiv="refresh"');
      const { waiting } = world.core.federation;
      const uid = page.url.split('/').at(-2)!;
      const browserId = browser.cookieHeader('/').match(/vratny_browser=([\w-]+)/)![1]!;
      await waiting.put(
        browserId,
        { uid },
        {
          upstream: 'mojeid',
          identity: {
            issuer,
            subject: newer,
            clientId: 'ours',
            profile: { emailVerified: false, phoneVerified: false },
          },
        },
      );
      await browser.post(form.action, { ...form.fields, act: 'link' });
      expect(await linkOf(seen)).toBeUndefined();
      expect(await linkOf(newer)).toBeUndefined();
      expect(browser.html).toContain('has expired in the meantime');
    });

    test('S79: one identity linked to two accounts at once goes to exactly one, and the other is told how to undo it', async () => {
      const subject = newSubject();
      const people = await Promise.all([world.createAccount(), world.createAccount(), world.createAccount()]);
      const browsers: Browser[] = [];
      for (const { email } of people) browsers.push(await atPair(email, subject));
      await Promise.all(browsers.map((browser) => browser.submit({}, 'link')));
      const winners = browsers.filter(({ callback }) => callback['code'] !== undefined);
      expect(winners).toHaveLength(1);
      const owner = (await linkOf(subject))!.doc.accountId;
      for (const [index, browser] of browsers.entries()) {
        if (browser === winners[0]) {
          expect(owner).toBe(people[index]!.id);
          continue;
        }
        expect(browser.html).toContain('already linked to another account');
        // Nothing of the other account is told.
        expect(browser.html).not.toContain(people.find(({ id }) => id === owner)!.email);
        await browser.submit({}, 'skip');
        expect(browser.callback['code']).toBeDefined();
      }
    });

    test('S79: an account has one identity of an upstream at most', async () => {
      const { email } = await world.createAccount();
      const [first, second] = [newSubject(), newSubject()];
      await (await atPair(email, first)).submit({}, 'link');
      const browser = await (await atPair(email, second)).submit({}, 'link');
      expect(browser.html).toContain('already linked to another identity');
      expect(await linkOf(second)).toBeUndefined();
    });

    test('an answer counts in its own browser, at its own path, with its state, and once', async () => {
      const subject = newSubject();
      const victim = await sentAway();
      const answer = mojeid.answerFor(victim, { subject });
      const stray = async (browser: Browser, url: string) => {
        await browser.open(url);
        expect([browser.status, browser.heading]).toEqual([410, 'This sign-in is no longer valid']);
      };
      const state = new URL(answer).searchParams.get('state')!;
      // Another browser, with and without a sign-in of its own (login CSRF).
      await stray(world.browser(), answer);
      await stray(await sentAway(), answer);
      // Another upstream's path (mix-up, cross-social forgery).
      await stray(victim, answer.replace('/callback/mojeid', '/callback/other-house'));
      await stray(victim, answer.replace('/callback/mojeid', '/callback/nobody'));
      // Without its state, with another one, with two.
      await stray(victim, answer.replace(/[?&]state=[^&]*/, '').replace('mojeid&', 'mojeid?'));
      await stray(victim, answer.replace(state, `${state.slice(0, -1)}${state.endsWith('A') ? 'B' : 'A'}`));
      await stray(victim, `${answer}&state=${state}`);
      // A look ahead uses nothing up.
      const head = await fetch(answer, {
        method: 'HEAD',
        headers: { cookie: victim.cookieHeader('/callback/mojeid') },
      });
      expect(head.status).toBe(405);
      await victim.open(answer);
      expect(victim.heading).toBe('We do not know this identity yet');
      await stray(victim, answer);
    });

    test('an answer that comes twice at once is taken once', async () => {
      const subject = newSubject();
      const browser = await sentAway();
      const answer = mojeid.answerFor(browser, { subject });
      const headers = { cookie: browser.cookieHeader('/callback/mojeid'), accept: 'text/html' };
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => fetch(answer, { headers, redirect: 'manual' })),
      );
      expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
        303,
        ...Array.from({ length: 7 }, () => 410),
      ]);
    });

    test('an error without a state is the cancellation of what this browser has begun, and of nothing else', async () => {
      const url = `${world.issuer}/callback/mojeid?error=access_denied`;
      expect((await world.browser().open(url)).status).toBe(410);
      const browser = await sentAway();
      await browser.open(`${url}&code=stolen`);
      expect(browser.status).toBe(410);
      await browser.open(url);
      expect(browser.heading).toBe('Signing in with MojeID was cancelled');
    });

    test('strays, departures and links are bounded', async () => {
      const flooded = await openWorld({
        env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
        upstreams: [mojeid.configured],
      });
      const own = await flooded.createClient();
      const browser = flooded.browser();
      browser.headers['x-forwarded-for'] = '203.0.113.9';
      for (let time = 0; time < 100; time += 1) await browser.open('/callback/mojeid?code=x&state=y');
      await browser.open('/callback/mojeid?code=x&state=y');
      expect(browser.status).toBe(429);
      await browser.open(flooded.authorizeUrl(own));
      const { csrf } = browser.forms[0]!.fields as { csrf: string };
      const path = new URL(browser.url).pathname.replace(/[^/]+$/, 'upstream');
      for (let time = 0; time < 30; time += 1) await browser.post(path, { csrf, upstream: 'mojeid' });
      expect(browser.status).toBe(200);
      await browser.post(path, { csrf, upstream: 'mojeid' });
      expect(browser.status).toBe(429);
      await flooded.close();
    });
  });
});
