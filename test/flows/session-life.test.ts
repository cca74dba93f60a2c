// How long a session lasts: its end when nobody uses it, and the one that no use puts off.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { atAccountPage } from '../support/members.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const HOUR = 3_600_000;
const LIFE = 2 * HOUR;
const MOST = 5 * HOUR;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_SESSION_LIFE: '2h', VRATNY_SESSION_MAX: '5h' } });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => vi.useRealTimers());

  const signedIn = async () => {
    const browser = await atAccountPage(world, (await world.createAccount()).email, '/account');
    expect(browser.url).toBe(`${world.issuer}/account`);
    return { browser, start: Date.now() };
  };
  const isIn = async (browser: Browser) => (await browser.open('/account')).heading !== 'Sign in';
  /** An application asks who is there. */
  const use = async (browser: Browser) =>
    (await browser.open(world.authorizeUrl(client, { prompt: 'none' }))).callback;

  test('A65: a session that nobody uses ends', async () => {
    const { browser, start } = await signedIn();
    vi.setSystemTime(start + LIFE - 5000);
    expect(await isIn(browser)).toBe(true);
    const other = await signedIn();
    vi.setSystemTime(other.start + LIFE + 5000);
    expect(await isIn(other.browser)).toBe(false);
    expect(await use(other.browser)).toMatchObject({ error: 'login_required' });
  });

  test('A65: however much it is used, a session ends some time after the sign-in', async () => {
    const { browser, start } = await signedIn();
    for (let at = start + HOUR; at < start + MOST; at += HOUR) {
      vi.setSystemTime(at);
      expect(await use(browser)).toMatchObject({ code: expect.any(String) as string });
    }
    vi.setSystemTime(start + MOST - 5000);
    expect(await isIn(browser)).toBe(true);
    expect(await use(browser)).toMatchObject({ code: expect.any(String) as string });
    vi.setSystemTime(start + MOST + 5000);
    expect(await isIn(browser)).toBe(false);
    expect(await use(browser)).toMatchObject({ error: 'login_required' });
  });

  test('A65: the age of a session and the last use of its device are told by one clock', async () => {
    let offset = 0;
    const clock = { now: () => new Date(Date.now() + offset), sleep: () => Promise.resolve() };
    const env = { VRATNY_SESSION_LIFE: '2h', VRATNY_SESSION_MAX: '5h' };
    const ahead = await openWorld({ clock, env });
    try {
      const { id, email } = await ahead.createAccount();
      const asked = ahead.authorizeUrl(await ahead.createClient(), { prompt: 'none' });
      const browser = await atAccountPage(ahead, email, '/account');
      for (const at of [1, 2, 3, 4]) {
        offset = at * HOUR;
        expect((await browser.open(asked)).callback).toMatchObject({ code: expect.any(String) as string });
      }
      const [session] = await ahead.core.acts.sessions.list(id);
      expect(session?.device?.usedAt).toBe(clock.now().toISOString());
      offset = MOST + 5000;
      expect(await isIn(browser)).toBe(false);
    } finally {
      await ahead.close();
    }
  });

  test('A43: five years later the same password signs in, and nobody is asked for another one', async () => {
    const { email } = await world.createAccount();
    vi.setSystemTime(Date.now() + 5 * 366 * 24 * HOUR);
    const browser = await atAccountPage(world, email, '/account');
    expect([browser.url, browser.status]).toEqual([`${world.issuer}/account`, 200]);
  });

  test('A107: no address that looks like a file shows a page of the account to a cache', async () => {
    const { email } = await world.createAccount();
    const browser = await atAccountPage(world, email, '/account');
    expect(browser.html).toContain(email);
    for (const path of [
      '/x.css',
      '/profile/x.js',
      '/profile.css',
      '/;x.css',
      '/%2e%2e/account/x.png',
      '%2fx.css',
    ]) {
      await browser.open(`/account${path}`);
      expect([path, browser.status, browser.html.includes(email)]).toEqual([path, 404, false]);
      expect(browser.responseHeaders.get('cache-control')).toContain('no-store');
    }
  });
});
