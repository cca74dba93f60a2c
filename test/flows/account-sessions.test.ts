// The account pages as a place that one signs in to, the sessions in them, and signing out of everything at once.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as jose from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engineCollections } from '../../src/domain/collections.ts';
import { atSignIn, exchange, signedIn } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

type Told = { readonly token: string };

/** A relying party's back-channel logout endpoint; `answers` are the statuses to come, 200 after them. */
async function openReceiver() {
  const told: Told[] = [];
  const answers: number[] = [];
  const server: Server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      told.push({ token: new URLSearchParams(Buffer.concat(chunks).toString()).get('logout_token') ?? '' });
      res.statusCode = answers.shift() ?? 200;
      res.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    told,
    answers,
    url: `http://127.0.0.1:${port}/backchannel-logout`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let receiver: Awaited<ReturnType<typeof openReceiver>>;
  let now = Date.parse('2026-11-22T10:00:00Z');
  beforeAll(async () => {
    receiver = await openReceiver();
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock, env: { VRATNY_FETCH_ALLOW: '127.0.0.0/8' } });
  });
  afterAll(async () => {
    await closeWorld(world, storage);
    await receiver.close();
  });
  beforeEach(() => {
    now = Date.now();
    receiver.told.length = 0;
    receiver.answers.length = 0;
  });

  const atAccount = async (email: string, path = '/account/security') => {
    const browser = await world.browser().open(path);
    expect(browser.heading).toBe('Sign in');
    return browser.submit({ login: email, password: PASSWORD });
  };
  const count = async (accountId: string) => {
    const sessions = await world.store
      .collection(engineCollections.Session)
      .list({ key: 'accountId', value: accountId }, { limit: 100 });
    return sessions.length;
  };

  describe('coming to the account pages', () => {
    test('S2, S8, S46: a button and the address itself lead to the sign-in, and on to the page that was wanted', async () => {
      const { email } = await world.createAccount();
      const browser = await atAccount(email, '/account/sessions');
      expect(browser.url).toBe(`${world.issuer}/account/sessions`);
      expect(browser.heading).toBe('Devices and sessions');
      expect(browser.html).toContain('This device');
      const guest = await world.browser().open('/');
      for (const href of ['/account', '/register', '/recover'])
        expect(guest.html).toContain(`href="${href}"`);
      expect((await guest.open('/account')).heading).toBe('Sign in');
      await browser.open('/');
      expect(browser.html).toContain(email);
      expect(browser.html).not.toContain('href="/register"');
    });

    test('a session from an application is good for them too', async () => {
      const { email } = await world.createAccount();
      const browser = await signedIn(world, await world.createClient(), email);
      await browser.open('/account');
      expect(browser.heading).toBe('Overview');
    });

    test('an address with a query is come back to in full; after a form, the page that it stands on', async () => {
      const { email } = await world.createAccount();
      const browser = await world.browser().open('/account/history?result=refused&before=x%20y');
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.url).toBe(`${world.issuer}/account/history?result=refused&before=x%20y`);
      const guest = await world.browser().open(`/account/changes?before=${'0'.repeat(2000)}`);
      await guest.submit({ login: email, password: PASSWORD });
      expect(guest.url).toBe(`${world.issuer}/account/changes`);
      const other = await world.browser().open('/');
      await other.post('/account/security/email/change', { email: 'secret@example.cz' });
      expect(other.trail.join()).not.toContain('secret');
      await other.submit({ login: email, password: PASSWORD });
      expect(other.url).toBe(`${world.issuer}/account/security/email`);
    });

    test('giving up leads to the home page', async () => {
      const browser = await world.browser().open('/account/security');
      await browser.submit({}, 'Cancel sign-in');
      expect(browser.url).toBe(`${world.issuer}/`);
    });

    test.for([
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/account/../../evil',
      '/accounts',
      '/account/signed-in?state=/account/signed-in',
      '/account/..//evil.example/account/?x=1',
      '/account/%2e%2e/%2e%2e/?x=/account/',
      'javascript:alert(1)',
    ])('a way back to %s leads to the account instead', async (state) => {
      const { email } = await world.createAccount();
      const browser = await atAccount(email);
      await browser.open(`/account/signed-in?${new URLSearchParams({ state }).toString()}`);
      expect(browser.url).toBe(`${world.issuer}/account`);
    });

    test('a form without its token, or with that of another session, is refused', async () => {
      const [eva, petr] = [await world.createAccount(), await world.createAccount()];
      const [hers, his] = [await atAccount(eva.email), await atAccount(petr.email)];
      await his.open('/account/sign-out-everywhere');
      const { csrf = '' } = his.forms[0]!.fields;
      for (const fields of [{ csrf }, { csrf: '' }, {}]) {
        await hers.post('/account/sign-out-everywhere', fields);
        expect(hers.status).toBe(403);
      }
      expect(await count(eva.id)).toBe(1);
    });

    test('nobody else can be registered for the answer the account pages get', async () => {
      await expect(world.createClient({ response_types: ['none'] as never })).rejects.toThrow();
      const { client_id: id } = (await world.createClient()).metadata;
      const browser = await world
        .browser()
        .open(
          `/authorize?client_id=${id}&response_type=none&scope=openid&redirect_uri=https://panel.example/callback`,
        );
      expect(browser.callback['error']).toBe('invalid_request');
    });
  });

  describe('sessions', () => {
    test('each session is shown with its browser, address and applications, and ends alone', async () => {
      const { email, id } = await world.createAccount();
      const client = await world.createClient({ client_name: 'Webmail' });
      const other = await atSignIn(world, client, { scope: 'openid offline_access', prompt: 'consent' });
      other.headers['user-agent'] = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
      await other.submit({ login: email, password: PASSWORD });
      const tokens = await exchange(world, client, other);
      const browser = await atAccount(email, '/account/sessions');
      expect(browser.html).toContain('Firefox');
      expect(browser.html).toContain('Webmail');
      expect(browser.html).toContain('127.0.0.1');

      const buttons = browser.forms.flatMap((form) => form.buttons.map(({ text }) => text));
      await browser.submit(
        {},
        buttons.find((text) => text.startsWith('End session – Firefox')),
      );
      expect(browser.html).toContain('The session has been ended.');
      expect(await count(id)).toBe(1);
      const { entries } = await world.core.audit.list({ accountId: id }, { limit: 5 });
      expect(entries.map(({ doc: { action, actor } }) => [action, actor])).toContainEqual([
        'session.ended',
        `person:${id}`,
      ]);
      const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token! };
      expect((await token(world, client, refresh)).status).toBe(400);
      await other.open('/account/security');
      expect(other.heading).toBe('Sign in');
    });

    test('nobody ends the session of somebody else', async () => {
      const [eva, petr] = [await world.createAccount(), await world.createAccount()];
      await atAccount(eva.email);
      const browser = await atAccount(petr.email, '/account/sign-out-everywhere');
      const { csrf = '' } = browser.forms[0]!.fields;
      const [hers] = await world.store
        .collection(engineCollections.Session)
        .list({ key: 'accountId', value: eva.id }, { limit: 1 });
      await browser.post('/account/sessions/end', { csrf, session: String(hers!.doc.uid) });
      expect(browser.html).toContain('That session was over already.');
      expect(await count(eva.id)).toBe(1);
    });
  });

  describe('signing out everywhere', () => {
    test('S57: one button ends every session, token and running sign-in, on all nodes', async () => {
      const { email, id } = await world.createAccount();
      const client = await world.createClient();
      const wanted = { scope: 'openid offline_access', prompt: 'consent' };
      const elsewhere = await signedIn(world, client, email, wanted);
      const tokens = await exchange(world, client, elsewhere);
      const asked = await signedIn(world, client, email);
      now += 2000;
      const browser = await atAccount(email);
      await browser.open('/account/sign-out-everywhere');
      expect(browser.heading).toBe('Sign out everywhere?');
      now += 2000;
      await browser.submit({}, 'Sign out everywhere');
      expect(browser.heading).toBe('You are signed out everywhere');
      expect(browser.responseHeaders.get('clear-site-data')).toBe('"storage"');

      expect(await count(id)).toBe(0);
      for (const one of [elsewhere, browser]) {
        await one.open('/account/security');
        expect(one.heading).toBe('Sign in');
      }
      const refresh = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token! };
      expect((await token(world, client, refresh)).status).toBe(400);
      const userinfo = await fetch(`${world.issuer}/userinfo`, {
        headers: { authorization: `Bearer ${tokens.body.access_token}` },
      });
      expect(userinfo.status).toBe(401);
      expect((await exchange(world, client, asked)).status).toBe(400);
    });

    test('the page that asks changes nothing', async () => {
      const { email, id } = await world.createAccount();
      const browser = await atAccount(email);
      for (let time = 0; time < 5; time += 1) await browser.open('/account/sign-out-everywhere');
      expect(await count(id)).toBe(1);
    });

    test('applications are told, again and again until they hear it, and what they hear can be checked', async () => {
      const { email, id } = await world.createAccount();
      const client = await world.createClient({
        backchannel_logout_uri: receiver.url,
        backchannel_logout_session_required: true,
      });
      const elsewhere = await signedIn(world, client, email);
      const { body } = await exchange(world, client, elsewhere);
      const { sid } = jose.decodeJwt(body.id_token!);
      const browser = await atAccount(email, '/account/sign-out-everywhere');
      receiver.answers.push(500, 503);
      await browser.submit({}, 'Sign out everywhere');
      expect(receiver.told).toHaveLength(1);
      for (let tries = 0; tries < 3; tries += 1) {
        now += 600_000;
        await world.core.outbox.deliverDue();
        await world.core.outbox.idle();
      }
      expect(receiver.told).toHaveLength(3);

      const keys = jose.createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
      const { payload, protectedHeader } = await jose.jwtVerify(receiver.told[0]!.token, keys, {
        issuer: world.issuer,
        audience: client.metadata.client_id,
        typ: 'logout+jwt',
      });
      expect(payload).toMatchObject({
        sub: id,
        sid,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      });
      expect(payload['nonce']).toBeUndefined();
      expect(protectedHeader.alg).toBe('RS256');
      const delivered = await world.core.outbox.list({ state: 'delivered', limit: 50 });
      expect(delivered.find(({ doc }) => doc.to === client.metadata.client_id)?.doc).toMatchObject({
        channel: 'logout',
        attempts: 3,
      });
    });

    test('signing out of one application tells the others of the session, and nobody waits for them', async () => {
      const { email } = await world.createAccount();
      const client = await world.createClient({ backchannel_logout_uri: receiver.url });
      const browser = await signedIn(world, client, email);
      receiver.answers.push(500);
      await browser.open('/logout');
      await browser.submit({}, 'Sign out');
      expect(browser.heading).toBe('You are signed out');
      expect(receiver.told).toHaveLength(1);
    });
  });
});
