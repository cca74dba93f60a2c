// Attacks on signing devices in: guessing codes, answering for somebody else, using an answer twice or too late.

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { engineCollections } from '../../src/domain/collections.ts';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { originOf } from '../../src/domain/limits/quotas.ts';
import { deviceQuotas } from '../../src/oidc/device-quota.ts';
import { storedIdOf } from '../../src/oidc/token-kinds.ts';
import {
  allowDevice,
  askDevice,
  atConfirmation,
  deviceClient,
  poll,
  type AskedDevice,
} from '../support/device.ts';
import { signedIn } from '../support/journeys.ts';
import { slowStore } from '../support/slow-store.ts';
import { inside } from '../support/support-access.ts';
import { refresh, userinfo } from '../support/relying-party.ts';
import { text } from '../support/texts.ts';
import {
  closeWorld,
  onEveryStorage,
  openWorld,
  PASSWORD,
  token,
  type World,
  type WorldOptions,
} from '../support/world.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MANY = 20;
const many = <T>(what: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: MANY }, (_, index) => what(index)));

onEveryStorage((newStorage) => {
  let world: World;
  const inWorld = (options: WorldOptions, tests: () => void) => {
    const storage = newStorage();
    beforeAll(async () => {
      world = await openWorld({ storage, env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' }, ...options });
    });
    afterEach(() => {
      vi.useRealTimers();
    });
    afterAll(() => closeWorld(world, storage));
    tests();
  };

  const from = (address: string) => {
    const browser = world.browser();
    browser.headers['x-forwarded-for'] = address;
    return browser;
  };
  const stored = async ({ device_code }: AskedDevice) =>
    (await world.store.collection(engineCollections.DeviceCode).get(storedIdOf(device_code)))?.doc;

  describe('over a slow store', () =>
    inWorld({ wrap: (store) => slowStore(store, 2) }, () => {
      test('of 20 polls for one allowed code at once exactly one gets tokens, and one more poll ends them', async () => {
        const client = await deviceClient(world);
        const { email } = await world.createAccount();
        const asked = await askDevice(world, client);
        await allowDevice(world.browser(), asked, email);
        const answers = await many(() => poll(world, client, asked));
        const [winner, ...more] = answers.filter(({ status }) => status === 200);
        expect(more).toEqual([]);
        const refused = answers.filter(({ status }) => status !== 200).map(({ body }) => body['error']);
        expect(new Set(refused)).toEqual(new Set(['invalid_grant']));
        expect((await poll(world, client, asked)).body['error']).toBe('invalid_grant');
        expect((await userinfo(world, winner!.body.access_token)).status).toBe(401);
        expect((await refresh(world, client, winner!.body.refresh_token)).body['error']).toBe(
          'invalid_grant',
        );
      });

      test('of many who take a code up at once one is in time; nobody takes up what is decided', async () => {
        const [panel, client] = [await world.createClient(), await deviceClient(world)];
        const people = await Promise.all([1, 2, 3, 4].map(() => world.createAccount()));
        const asked = await askDevice(world, client);
        const browsers = [];
        for (const { email } of people) browsers.push(await signedIn(world, panel, email));
        for (const browser of browsers) await atConfirmation(browser, asked);
        await Promise.all(
          browsers.map((browser, index) => browser.submit({}, index === 3 ? 'deny' : 'allow')),
        );
        const ends = browsers.map(({ heading }) => heading);
        const over = text('page.device_ended.over.title');
        expect(ends.filter((heading) => heading !== over)).toHaveLength(1);
        const { accountId, error } = (await stored(asked))!;
        const winner = ends.findIndex((heading) => heading !== over);
        expect([accountId, error]).toEqual(
          winner === 3 ? [undefined, 'access_denied'] : [people[winner]!.id, undefined],
        );
        // Unknown, over and used look alike.
        const late = await world.browser().open('/device');
        await late.submit({ user_code: asked.user_code });
        const unknown = await world.browser().open('/device');
        await unknown.submit({ user_code: 'BCDF-GHJK' });
        expect([late.status, unknown.status]).toEqual([422, 422]);
        const shape = ({ html }: typeof late, typed: string) =>
          html.replaceAll(typed, '').replaceAll(/name="csrf" value="[^"]*"|[\w-]{20,}/g, '');
        expect(shape(late, asked.user_code)).toBe(shape(unknown, 'BCDF-GHJK'));
      });
    }));

  describe('one by one', () =>
    inWorld({}, () => {
      test('guesses of one browser and of one network are slowed down, and others are not', async () => {
        vi.useFakeTimers({ toFake: ['Date'] });
        const client = await deviceClient(world);
        const asked = await askDevice(world, client);
        const guess = async (browser: ReturnType<typeof from>, index: number) => {
          await browser.open('/device');
          const letters = 'BCDFGHJKLMNPQRSTVWXZ';
          return browser.submit({
            user_code: `ZZZZZZ${letters[index % 20]}${letters[Math.floor(index / 20)]}`,
          });
        };
        const browser = from('198.51.100.7');
        for (let index = 0; index < 5; index += 1) await guess(browser, index);
        expect([browser.status, browser.responseHeaders.get('retry-after')]).toEqual([422, null]);
        await guess(browser, 7);
        expect(browser.status).toBe(429);
        expect(Number(browser.responseHeaders.get('retry-after'))).toBeGreaterThan(0);
        // Even the right one: whoever guesses does not learn that it was.
        await browser.submit({ user_code: asked.user_code });
        expect(browser.status).toBe(429);
        // Without cookies the network is what is counted.
        let last = 0;
        for (let index = 0; index < 20; index += 1) last = (await guess(from('198.51.100.7'), index)).status;
        expect(last).toBe(429);
        const elsewhere = from('203.0.113.9');
        await atConfirmation(elsewhere, asked);
        // A right code is no guess: nobody who signs in many devices has to wait.
        for (let times = 0; times < 8; times += 1) await atConfirmation(elsewhere, asked);
      });

      test('asking for codes is bounded by network, whatever client asks; others are served', async () => {
        const client = await deviceClient(world);
        const ask = (address: string, fields: Record<string, string> = {}) =>
          fetch(`${world.issuer}/device-authorization`, {
            method: 'POST',
            headers: { 'x-forwarded-for': address },
            body: new URLSearchParams({ client_id: client.metadata.client_id, scope: 'openid', ...fields }),
          });
        const quota = { id: `device-codes:network:${originOf('192.0.2.50')}`, ...deviceQuotas.network };
        for (let times = 2; times < quota.limit; times += 1) await world.core.quotas.spend([quota]);
        // What is refused otherwise counts as well.
        expect((await ask('192.0.2.50', { client_id: 'nobody' })).status).toBe(401);
        const answers = await Promise.all([1, 2, 3].map(() => ask('192.0.2.50')));
        const refused = answers.filter(({ status }) => status === 429);
        expect([answers.filter(({ status }) => status === 200).length, refused.length]).toEqual([1, 2]);
        expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(3000);
        expect(await refused[0]!.json()).toMatchObject({ error: 'slow_down' });
        expect((await ask('192.0.2.51')).status).toBe(200);
      });

      test('a code belongs to its client, and what names it inside of us is no code', async () => {
        const [client, other] = [await deviceClient(world), await deviceClient(world)];
        const { email } = await world.createAccount();
        const asked = await askDevice(world, client);
        const browser = await atConfirmation(world.browser(), asked);
        await browser.submit({}, 'allow');
        const reference = `ref.${storedIdOf(asked.device_code)}`;
        await browser.submit({ login: email, password: PASSWORD });
        for (const [who, code] of [
          [other, asked.device_code],
          [client, reference],
          [client, storedIdOf(asked.device_code)],
          [client, asked.user_code],
        ] as const)
          expect((await poll(world, who, { ...asked, device_code: code })).body['error']).toBe(
            'invalid_grant',
          );
        // One that is registered for nothing of the kind neither asks nor polls.
        const panel = await world.createClient();
        const refused = await token(world, panel, {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: asked.device_code,
        });
        expect(refused.body['error']).toBe('invalid_request');
        await expect(askDevice(world, panel)).rejects.toThrow('invalid');
        expect((await poll(world, client, asked)).status).toBe(200);
      });

      test('only the form that this browser was shown allows, for this code, and for who is signed in now', async () => {
        const [panel, client] = [await world.createClient(), await deviceClient(world)];
        const [victim, attacker] = [await world.createAccount(), await world.createAccount()];
        const [asked, another] = [await askDevice(world, client), await askDevice(world, client)];
        const browser = await signedIn(world, panel, victim.email);
        const own = await atConfirmation(await signedIn(world, panel, attacker.email), asked);
        const { csrf = '' } = own.forms[0]!.fields;
        const { csrf: fieldOfEntry = '' } = (await world.browser().open('/device')).forms[0]!.fields;
        const form = { user_code: asked.user_code, choice: 'allow' };
        for (const fields of [
          form,
          { ...form, csrf },
          { ...form, csrf: fieldOfEntry },
          // The form of somebody else, and what it says of who it is for.
          { ...form, csrf, account: attacker.id },
          { ...form, csrf, account: victim.id },
          { ...form, csrf, account: attacker.id, choice: 'other' },
          { ...form, csrf: '' },
        ]) {
          await browser.open('/device');
          await browser.post('/device', fields);
          expect(browser.status).toBe(403);
        }
        await atConfirmation(browser, another);
        const shown = browser.forms[0]!.fields;
        await browser.post('/device', { ...shown, user_code: asked.user_code, choice: 'allow' });
        expect(browser.status).toBe(403);
        // Signed in as somebody else meanwhile.
        await (await browser.open('/logout')).submit({}, 'yes');
        await browser.open(world.authorizeUrl(panel));
        await browser.submit({ login: attacker.email, password: PASSWORD });
        await browser.open('/device');
        await browser.post('/device', { ...shown, choice: 'allow' });
        expect(browser.status).toBe(403);
        for (const one of [asked, another])
          expect(await stored(one)).not.toMatchObject({ accountId: expect.anything() as unknown });
        // The engine's own form is nobody's to send.
        const engineForm = { user_code: asked.user_code, confirm: 'yes', xsrf: 'x' };
        for (const path of ['/device', '/device/', '/device/x', '/device?confirm=yes'])
          expect([403, 404, 405]).toContain((await browser.post(path, engineForm)).status);
        await browser.open(`/device/?user_code=${asked.user_code}`);
        expect(browser.heading).toBe(text('page.device.compare_title'));
        expect((await browser.open('/device/x/y')).status).toBe(404);
        expect((await stored(asked))?.inFlight).toBeUndefined();
      });

      test('a sign-in for a device that comes back too late or twice gives nothing', async () => {
        const client = await deviceClient(world);
        const { email } = await world.createAccount();
        const asked = await askDevice(world, client);
        const browser = await atConfirmation(world.browser(), asked);
        await browser.submit({}, 'allow');
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
        await browser.submit({ login: email, password: PASSWORD });
        expect(browser.heading).toBe(text('page.device_ended.over.title'));
        expect(await stored(asked)).not.toMatchObject({ accountId: expect.anything() as unknown });
        vi.useRealTimers();

        const again = await askDevice(world, client);
        const done = await allowDevice(world.browser(), again, email);
        expect(done.heading).toBe(text('page.device_ended.approved.title'));
        const [resumed = ''] = done.trail.filter((url) => /\/device\/[\w-]+$/.test(url));
        // By the same browser and by another one that has learned the address.
        for (const opened of [await done.open(resumed), await world.browser().open(resumed)])
          expect(opened.heading).toMatch(/^(You have already finished|We cannot find) this sign-in$/);
      });

      test('an account that is disabled, or logged out everywhere, between the answer and the poll gives nothing', async () => {
        const client = await deviceClient(world);
        for (const end of ['disable', 'end', 'erase'] as const) {
          const { id, email } = await world.createAccount();
          const asked = await askDevice(world, client);
          await allowDevice(world.browser(), asked, email);
          if (end === 'disable') await world.core.acts.accounts.disable(atTheMachine('test'), id, 'test');
          else if (end === 'end') await world.core.guard.signOutEverywhere(id);
          else await world.core.endings.endEverything(id);
          expect([end, (await poll(world, client, asked)).body['error']]).toEqual([end, 'invalid_grant']);
          const left = await world.store
            .collection(engineCollections.DeviceCode)
            .list(undefined, { limit: 1000 });
          expect(left.filter(({ doc }) => doc.accountId === id)).toEqual([]);
        }
      });

      test('support in an account signs no device in, to nobody’s account', async () => {
        const { browser, person } = await inside(world);
        const client = await deviceClient(world);
        const asked = await askDevice(world, client);
        await browser.open(asked.verification_uri_complete);
        expect([browser.status, browser.heading]).toEqual([403, text('page.device_ended.support.title')]);
        await browser.post('/device', { user_code: asked.user_code });
        expect(browser.status).toBe(403);
        await browser.post('/device', { user_code: asked.user_code, choice: 'allow' });
        expect(browser.status).toBe(403);
        // The session of support in the place of a person's own is none.
        const forged = world.browser();
        const [, value] = [...browser.cookies].find(([name]) => name.startsWith('vratny_support'))!;
        forged.cookies.set('vratny_session\n/', value);
        await (await atConfirmation(forged, asked)).submit({}, 'allow');
        expect(forged.heading).not.toBe(text('page.device_ended.approved.title'));
        expect((await stored(asked))?.accountId).not.toBe(person.id);
      });

      describe('garbage', () => {
        test.each([
          '',
          ' ',
          'AEIOU',
          'BCDF-GHJ',
          'BCDF-GHJKL',
          '💥'.repeat(40),
          '<script>',
          'x'.repeat(5000),
          '\0',
        ])('as a code: %j', async (typed) => {
          const browser = await world.browser().open(`/device?user_code=${encodeURIComponent(typed)}`);
          expect(browser.status).toBe(200);
          await browser.submit({ user_code: typed });
          expect(browser.status).toBe(422);
          expect(browser.html).not.toContain('<script>');
        });
      });
    }));
});
