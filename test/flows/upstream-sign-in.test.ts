// Signing in with an identity at an upstream (S7, S74): what is proved, what is still asked, what tokens say, and what
// people are told when it does not work.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MULTI_FACTOR, ONE_FACTOR } from '../../src/oidc/acr.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { createFakeUpstream, departureOf } from '../support/fake-upstream.ts';
import { atSignIn, exchange } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const HIGH = 'http://eidas.europa.eu/LoA/high';
const SUBSTANTIAL = 'http://eidas.europa.eu/LoA/substantial';
const essential = (...values: string[]) => JSON.stringify({ id_token: { acr: { essential: true, values } } });

onEveryStorage((newStorage) => {
  describe('signing in with an upstream', () => {
    let world: World;
    let client: IssuedClient;
    const storage = newStorage();
    const mojeid = createFakeUpstream('mojeid', {
      kind: 'mojeid',
      levelsEnough: [HIGH],
      levels: { [SUBSTANTIAL]: [SUBSTANTIAL, HIGH], [HIGH]: [HIGH] },
      logoutUrl: 'https://mojeid.example/logout/',
    });
    const other = createFakeUpstream('other-house');
    const off = createFakeUpstream('was-on', { enabled: false });
    let people = 0;

    beforeAll(async () => {
      world = await openWorld({
        storage,
        env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
        upstreams: [mojeid.configured, other.configured, off.configured],
      });
      client = await world.createClient();
    });
    afterAll(() => closeWorld(world, storage));

    /** An account with a linked identity. */
    async function linkedPerson() {
      people += 1;
      const subject = `subject-${people}`;
      const { id, email } = await world.createAccount();
      const identity = { upstream: 'mojeid', issuer: mojeid.configured.issuer, subject, clientId: 'ours' };
      expect(await world.core.federation.links.add(id, identity)).toBe('linked');
      return { id, email, subject };
    }

    /** A browser that was sent to the upstream from the sign-in page. */
    const sentAway = async (more: Record<string, string> = {}, name = 'mojeid') =>
      (await atSignIn(world, client, more)).submit({}, name);

    test('S7, S74: the sign-in page has a button, and a linked identity signs in; tokens, history and mail say so', async () => {
      const { id, email, subject } = await linkedPerson();
      const page = await atSignIn(world, client);
      expect(page.html).toContain('Sign in with MojeID');
      expect(page.html).toContain('Sign in with Other House');
      expect(page.html).not.toContain('was-on');
      const browser = await page.submit({}, 'mojeid');
      expect(browser.heading).toBe('You go on to MojeID');
      expect(browser.cookieHeader('/')).toMatch(/vratny_upstream=[\w-]{43}/);
      expect(departureOf(browser).redirectUri).toBe(`${world.issuer}/callback/mojeid`);

      await mojeid.comeBack(browser, { subject, signedInAgo: 600 });
      const { body } = await exchange(world, client, browser);
      const claims = decodeJwt(body.id_token!);
      expect(claims).toMatchObject({ sub: id, amr: ['fed'], acr: ONE_FACTOR });
      // When the person really signed in, at the upstream.
      expect(Date.now() / 1000 - Number(claims['auth_time'])).toBeGreaterThan(590);
      const { entries } = await world.core.history.list(id, { limit: 5 });
      expect(entries[0]!.doc).toMatchObject({
        methods: ['upstream'],
        upstream: 'MojeID',
        result: 'signed_in',
      });
      expect(world.mails.at(-1)).toMatchObject({ to: email });
      expect(world.mails.at(-1)!.text).toContain('MojeID');
      expect(
        (await world.core.federation.links.of(id, mojeid.configured.issuer))?.doc.lastSignInAt,
      ).toBeDefined();
      expect(browser.cookieHeader('/')).not.toContain('vratny_upstream=');
      // Nothing of the answer stays in an address.
      expect(browser.trail.at(-1)).not.toContain('code=');
    });

    test('the second factor, the list of addresses and the confirmation apply as after a password, unless a level is enough', async () => {
      const { id, subject } = await linkedPerson();
      const { key } = await turnOnTotp(world.core, id);
      const asked = await mojeid.comeBack(await sentAway(), { subject });
      expect(new URL(asked.url).pathname).toMatch(/\/totp$/);
      await asked.submit({ code: appCode(key, world.core.clock.now()) });
      const { body } = await exchange(world, client, asked);
      expect(decodeJwt(body.id_token!)).toMatchObject({ amr: ['fed', 'otp', 'mfa'], acr: MULTI_FACTOR });

      const low = await mojeid.comeBack(await sentAway(), { subject, acr: 'http://eidas.europa.eu/LoA/low' });
      expect(new URL(low.url).pathname).toMatch(/\/totp$/);
      const enough = await mojeid.comeBack(await sentAway(), { subject, acr: HIGH });
      const tokens = await exchange(world, client, enough);
      expect(decodeJwt(tokens.body.id_token!)).toMatchObject({ amr: ['fed', 'mfa'], acr: MULTI_FACTOR });

      expect((await world.core.addressLists.add(id, { range: '31.15.10.7' })).kind).toBe('added');
      const office = world.browser();
      office.headers['x-forwarded-for'] = '31.15.10.7';
      await (await office.open(world.authorizeUrl(client))).submit({}, 'mojeid');
      await mojeid.comeBack(office, { subject });
      const spared = await exchange(world, client, office);
      expect(decodeJwt(spared.body.id_token!)).toMatchObject({ amr: ['fed'], acr: ONE_FACTOR });

      await world.core.accounts.change(id, () => ({
        phone: '+420602000111',
        phoneVerified: true,
        signInMail: 'always',
        confirmSignIn: true,
      }));
      const waits = await mojeid.comeBack(await sentAway(), { subject, acr: HIGH });
      expect(new URL(waits.url).pathname).toMatch(/\/email-link$/);
    });

    test('a level that a client prefers is asked for and told when it is proved; without it people sign in all the same', async () => {
      const { subject } = await linkedPerson();
      const levels = { acr_values: `${SUBSTANTIAL} ${ONE_FACTOR}` };
      const page = await atSignIn(world, client, levels);
      expect(page.heading).toBe('Sign in with a verified identity');
      expect(page.html).not.toContain('Sign in with Other House');
      await page.submit({}, 'mojeid');
      expect(mojeid.demands.at(-1)).toMatchObject({ acrPreferred: [SUBSTANTIAL, HIGH] });
      expect(mojeid.demands.at(-1)).not.toHaveProperty('acrValues');
      await mojeid.comeBack(page, { subject, acr: HIGH });
      const claims = decodeJwt((await exchange(world, client, page)).body.id_token!);
      // What was asked for, proved by more; and as many factors as the operator takes it for.
      expect(claims).toMatchObject({ acr: SUBSTANTIAL, amr: ['fed', 'mfa'] });
      // The session is good for that level, and for two factors.
      await page.open(world.authorizeUrl(client, { ...levels, prompt: 'none' }));
      expect(page.callback['code']).toBeDefined();
      await page.open(world.authorizeUrl(client, { acr_values: MULTI_FACTOR, prompt: 'none' }));
      expect(page.callback['code']).toBeDefined();

      const low = await mojeid.comeBack(await sentAway(levels), { subject, acr: 'pwd' });
      expect(decodeJwt((await exchange(world, client, low)).body.id_token!)).toMatchObject({
        acr: ONE_FACTOR,
        amr: ['fed'],
      });
      // Who is signed in without it steps up, as their identity may have it; who has no such identity is not asked.
      await low.open(world.authorizeUrl(client, { ...levels, prompt: 'none' }));
      expect(low.callback['error']).toBe('login_required');
      const stranger = await world.createAccount();
      const own = await (await atSignIn(world, client)).submit({ login: stranger.email, password: PASSWORD });
      await own.open(world.authorizeUrl(client, { ...levels, prompt: 'none' }));
      expect(own.callback['code']).toBeDefined();
      // Two factors may be proved there too, and ours serve where they are not.
      await sentAway({ acr_values: MULTI_FACTOR });
      expect(mojeid.demands.at(-1)).toMatchObject({ acrPreferred: [HIGH] });
    });

    test('a level that a client demands is demanded there, and who does not have it is told, and so is the client', async () => {
      const { email, subject } = await linkedPerson();
      const demand = { claims: essential(HIGH) };
      const browser = await sentAway(demand);
      expect(mojeid.demands.at(-1)).toMatchObject({ acrValues: [HIGH] });
      await mojeid.comeBack(browser, 'level_unmet');
      expect(browser.heading).toBe('MojeID did not confirm the level that is needed');
      // No other way is offered that would lead nowhere.
      expect(browser.html).not.toContain('/password"');
      await browser.submit({}, 'unmet');
      expect(browser.callback['error']).toBe('unmet_authentication_requirements');

      // Neither the password nor another provider is a way around it.
      const page = await atSignIn(world, client, demand);
      await page.open(new URL(page.url).pathname.replace(/[^/]+$/, 'password'));
      await page.submit({ login: email, password: PASSWORD });
      expect(page.callback['error']).toBe('unmet_authentication_requirements');

      const proved = await mojeid.comeBack(await sentAway(demand), { subject, acr: HIGH });
      expect(proved.callback['code']).toBeDefined();
      // Who links in this very sign-in has proved it too.
      const { email: newEmail } = await world.createAccount();
      const pairing = await mojeid.comeBack(await sentAway(demand), { subject: 'new there', acr: HIGH });
      await pairing.open(new URL(pairing.url).pathname.replace(/[^/]+$/, 'password'));
      await pairing.submit({ login: newEmail, password: PASSWORD });
      await pairing.submit({}, 'link');
      const { body } = await exchange(world, client, pairing);
      expect(decodeJwt(body.id_token!)).toMatchObject({ acr: HIGH, amr: ['pwd', 'fed'] });
      // What is ours satisfies a client that says so.
      const either = await atSignIn(world, client, { claims: essential(HIGH, ONE_FACTOR) });
      await either.open(new URL(either.url).pathname.replace(/[^/]+$/, 'password'));
      await either.submit({ login: email, password: PASSWORD });
      expect(decodeJwt((await exchange(world, client, either)).body.id_token!)['acr']).toBe(ONE_FACTOR);
    });

    test('a fresh sign-in that a client asks for is asked of the upstream, and an old one is refused with a way on', async () => {
      const { subject } = await linkedPerson();
      const browser = await sentAway({ prompt: 'login' });
      expect(mojeid.demands.at(-1)).toMatchObject({ maxAgeSeconds: 0 });
      await mojeid.comeBack(browser, { subject, signedInAgo: 3600 });
      expect(browser.heading).toBe('Please sign in once more');
      await browser.submit({}, 'mojeid');
      await mojeid.comeBack(browser, { subject });
      expect(browser.callback['code']).toBeDefined();

      await sentAway({ max_age: '120' });
      expect(mojeid.demands.at(-1)).toMatchObject({ maxAgeSeconds: 120 });
      await sentAway();
      expect(mojeid.demands.at(-1)).not.toHaveProperty('maxAgeSeconds');
    });

    test('who has signed out everywhere since they signed in there must do so anew', async () => {
      const { id, subject } = await linkedPerson();
      await world.core.signOutEverywhere(id);
      const browser = await mojeid.comeBack(await sentAway(), { subject, signedInAgo: 60 });
      expect(browser.heading).toBe('Please sign in once more');
      await browser.submit({}, 'mojeid');
      expect(mojeid.demands.at(-1)).toMatchObject({ maxAgeSeconds: 0 });
      await mojeid.comeBack(browser, { subject, signedInAgo: 0 });
      expect(browser.callback['code']).toBeDefined();
    });

    test.each([
      ['cancelled', 'Signing in with MojeID was cancelled'],
      ['login_required', 'MojeID did not sign you in'],
      ['interaction_required', 'MojeID needs something from you'],
      ['level_unmet', 'MojeID did not confirm the level that is needed'],
      ['invalid', 'The answer of MojeID does not fit'],
      ['unavailable', 'MojeID does not answer'],
    ] as const)(
      'the refusal %s has a page of its own, and the password goes on working',
      async (reason, heading) => {
        const { email, id } = await linkedPerson();
        const browser = await mojeid.comeBack(await sentAway(), reason);
        expect(browser.heading).toBe(heading);
        expect(browser.html).toContain('Sign in with MojeID');
        const password = /href="(\/interaction\/[^"]+\/password)"/.exec(browser.html)![1]!;
        await (await browser.open(password)).submit({ login: email, password: PASSWORD });
        const { body } = await exchange(world, client, browser);
        expect(decodeJwt(body.id_token!)).toMatchObject({ sub: id, amr: ['pwd'] });
      },
    );

    test('a disabled account stays disabled, whatever the upstream says, and its history has the attempt', async () => {
      const { id, subject } = await linkedPerson();
      await world.core.accounts.change(id, () => ({ status: 'disabled' }));
      const browser = await mojeid.comeBack(await sentAway(), { subject });
      expect(browser.heading).toBe('This account is disabled');
      const { entries } = await world.core.history.list(id, { limit: 5 });
      expect(entries[0]!.doc).toMatchObject({
        result: 'refused',
        reason: 'account_disabled',
        methods: ['upstream'],
      });
    });

    test('CVE-2025-64717: an upstream that is switched off is refused before and at the callback', async () => {
      const { subject } = await linkedPerson();
      const page = await atSignIn(world, client);
      const { csrf } = page.forms[0]!.fields as { csrf: string };
      const path = new URL(page.url).pathname.replace(/[^/]+$/, 'upstream');
      for (const upstream of ['was-on', 'nobody', '']) {
        await page.post(path, { csrf, upstream });
        expect([upstream, page.status, page.html.includes('not switched on')]).toEqual([upstream, 422, true]);
      }
      const browser = await sentAway();
      const answer = mojeid.answerFor(browser, { subject });
      const second = await openWorld({
        storage: 'sqlite::memory:',
        wrap: () => ({ ...world.store, close: () => Promise.resolve() }),
        env: { VRATNY_ISSUER: world.issuer },
        upstreams: [{ ...mojeid.configured, enabled: false }],
      });
      const { pathname, search } = new URL(answer);
      const cookie = browser.cookieHeader(pathname);
      const refused = await fetch(`http://localhost:${second.port}${pathname}${search}`, {
        headers: { cookie, accept: 'text/html' },
        redirect: 'manual',
      });
      expect(refused.status).toBe(303);
      const shown = await browser.open(new URL(refused.headers.get('location')!, world.issuer).href);
      expect(shown.heading).toBe('Signing in with MojeID is switched off');
      await second.close();
    });

    test('several tabs may be on their way at once, each to its end; the oldest of many is forgotten', async () => {
      const { subject } = await linkedPerson();
      const browser = world.browser();
      const answers: string[] = [];
      for (let tab = 0; tab < 5; tab += 1) {
        await (await browser.open(world.authorizeUrl(client, { state: `tab-${tab}` }))).submit({}, 'mojeid');
        answers.push(mojeid.answerFor(browser, { subject }));
      }
      for (const tab of [2, 4, 1, 3]) {
        await browser.open(answers[tab]!);
        expect([tab, browser.callback['state']]).toEqual([tab, `tab-${tab}`]);
      }
      expect((await browser.open(answers[0]!)).status).toBe(410);
    });

    test('an identity without a user name is known by its name or its address, and keeps the best that was told', async () => {
      const { id, subject } = await linkedPerson();
      const known = async () =>
        (await world.core.federation.links.of(id, mojeid.configured.issuer))!.doc.username;
      const told = [
        [{ username: undefined, email: 'jana@example.cz' }, 'jana@example.cz'],
        [{ username: 'jana.n' }, 'jana.n'],
        [{ username: undefined, name: 'Jana Nová' }, 'jana.n'],
      ] as const;
      for (const [profile, name] of told) {
        await mojeid.comeBack(await sentAway(), { subject, profile });
        expect(await known()).toBe(name);
      }
    });

    test('who signs out here is offered the way out there, and nobody is sent', async () => {
      const { subject, email } = await linkedPerson();
      const browser = await world.browser().open('/account');
      await mojeid.comeBack(await browser.submit({}, 'mojeid'), { subject });
      await (await browser.open('/logout')).submit({}, 'yes');
      expect(browser.heading).toBe('You are signed out');
      expect(browser.html).toContain('href="https://mojeid.example/logout/"');
      const other = await (
        await world.browser().open('/account')
      ).submit({ login: email, password: PASSWORD });
      await (await other.open('/logout')).submit({}, 'yes');
      expect(other.html).not.toContain('mojeid.example');
    });

    test('an upstream that cannot be reached is told at once, and other ways stay', async () => {
      const { begin } = other.configured.upstream;
      const { UpstreamRefused } = await import('../../src/ports/upstream.ts');
      other.configured.upstream.begin = () => Promise.reject(new UpstreamRefused('unavailable'));
      const browser = await sentAway({}, 'other-house');
      other.configured.upstream.begin = begin;
      expect(browser.status).toBe(422);
      expect(browser.html).toContain('The service does not answer right now');
      expect(browser.html).toContain('/password"');
    });
  });
});
