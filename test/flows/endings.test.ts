// What has ended stays ended: requests and checks that were under way at that moment bring nothing back.

import * as jose from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { endingAll } from '../../src/domain/accounts/standing.ts';
import { engineCollections } from '../../src/domain/collections.ts';
import type { Collection, Shape, Store } from '../../src/ports/store.ts';
import { atSignIn, exchange, signedIn } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** Holds the next read of a session until it is let go, as a slow network would. */
function holdingStore(store: Store) {
  let armed: { reached: () => void; until: Promise<void> } | undefined;
  const wrapped: Store = {
    kind: store.kind,
    prepare: (shapes) => store.prepare(shapes),
    sweep: () => store.sweep(),
    ping: () => store.ping(),
    close: () => store.close(),
    collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K> {
      const inner = store.collection(shape);
      if (shape.name !== engineCollections.Session.name) return inner;
      return {
        ...inner,
        async get(id) {
          const found = await inner.get(id);
          const hold = armed;
          armed = undefined;
          if (hold) {
            hold.reached();
            await hold.until;
          }
          return found;
        },
      };
    },
  };
  return {
    store: wrapped,
    /** The next read stops; `reached` tells when it has, `release` lets it go on. */
    holdNextRead() {
      let release = () => {};
      let reached = () => {};
      const atRead = new Promise<void>((resolve) => {
        reached = resolve;
      });
      armed = {
        reached,
        until: new Promise<void>((resolve) => {
          release = resolve;
        }),
      };
      return { atRead, release };
    },
  };
}

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let holding: ReturnType<typeof holdingStore>;
  beforeAll(async () => {
    world = await openWorld({
      storage,
      wrap: (store) => {
        holding = holdingStore(store);
        return holding.store;
      },
    });
  });
  afterAll(() => closeWorld(world, storage));

  test('a request under way brings no session back that was ended meanwhile', async () => {
    const client = await world.createClient();
    const { id, email } = await world.createAccount();
    const browser = await signedIn(world, client, email);
    const { atRead, release } = holding.holdNextRead();
    const underWay = browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    await atRead;
    await world.core.endings.endEverything(id);
    release();
    await underWay;
    const sessions = world.store.collection(engineCollections.Session);
    expect(await sessions.list({ key: 'accountId', value: id }, { limit: 10 })).toEqual([]);
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback).toMatchObject({ error: 'login_required' });
  });

  test('a session from before the account was ended asks to sign in, even where it is still kept', async () => {
    const client = await world.createClient();
    const { id, email } = await world.createAccount();
    const browser = await signedIn(world, client, email);
    const { body } = await exchange(world, client, browser);
    const later = new Date(Date.now() + 2000);
    await world.core.accounts.change(id, () => endingAll(later));
    await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
    expect(browser.callback).toMatchObject({ error: 'login_required' });
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(userinfo.status).toBe(401);
  });

  test('a password that is changed while it is being checked proves nothing', async () => {
    const client = await world.createClient();
    const { id, email } = await world.createAccount();
    const browser = await atSignIn(world, client);
    const verify = world.core.hasher.verify.bind(world.core.hasher);
    const spy = vi.spyOn(world.core.hasher, 'verify').mockImplementation(async (phc, password) => {
      const answer = await verify(phc, password);
      await world.core.accounts.change(id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
      return answer;
    });
    await browser.submit({ login: email, password: PASSWORD });
    spy.mockRestore();
    expect(browser.hasLeft).toBe(false);
    expect(browser.status).toBe(422);
  });

  test('auth_time is when the password was proved, however late the sign-in comes to its end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const client = await world.createClient();
      const { email } = await world.createAccount();
      const browser = await atSignIn(world, client);
      const form = browser.forms[0]!;
      const provedAt = Math.floor(Date.now() / 1000);
      const answer = await fetch(new URL(form.action, browser.url), {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: browser.cookieHeader(new URL(browser.url).pathname), origin: world.issuer },
        body: new URLSearchParams({ ...form.fields, login: email, password: PASSWORD }),
      });
      expect(answer.status).toBe(303);
      vi.setSystemTime(Date.now() + 30 * 60_000);
      await browser.open(answer.headers.get('location')!);
      const { body } = await exchange(world, client, browser);
      const authTime = jose.decodeJwt(body.id_token!)['auth_time'] as number;
      expect(authTime - provedAt).toBeLessThan(5);
    } finally {
      vi.useRealTimers();
    }
  });

  test('signing in as two people in two tabs never shows a page of the engine', async () => {
    const client = await world.createClient();
    const [petr, jana] = [await world.createAccount(), await world.createAccount()];
    const browser = await atSignIn(world, client);
    const form = browser.forms[0]!;
    const answer = await fetch(new URL(form.action, browser.url), {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: browser.cookieHeader(new URL(browser.url).pathname), origin: world.issuer },
      body: new URLSearchParams({ ...form.fields, login: petr.email, password: PASSWORD }),
    });
    await browser.open(world.authorizeUrl(client));
    await browser.submit({ login: jana.email, password: PASSWORD });
    expect(browser.callback['code']).toBeDefined();
    await browser.open(answer.headers.get('location')!);
    expect(browser.html).not.toMatch(/Submitting Callback|<script>/);
    expect(browser.html).toContain('data-submit-now');
    expect(browser.responseHeaders.get('content-security-policy')).not.toContain('sha256');
    await browser.submit();
    const { body } = await exchange(world, client, browser);
    expect(jose.decodeJwt(body.id_token!).sub).toBe(petr.id);
  });
});
