// Cookies that a site under a neighbouring name plants in somebody's browser (cookie tossing). Those of a sign-in have a path
// of their own, so that their names cannot bind them to this host (RFC 6265bis §4.1.3).

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { askDevice, atConfirmation, deviceClient, poll } from '../support/device.ts';
import { atSignIn, hold, signedIn } from '../support/journeys.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** All others are `__Host-`. */
const open = /^vratny_(interaction|resume)\n/;

/** Plants those of one browser in another one. */
function toss(from: Browser, to: Browser): void {
  const own = [...from.cookies].filter(([key]) => open.test(key));
  expect(own.length).toBeGreaterThan(0);
  for (const [key, cookie] of own) to.cookies.set(key, cookie);
}

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));

  const whoIs = async (browser: Browser): Promise<string> => (await browser.open('/account')).html;

  test('C11: a sign-in that the attacker has finished signs nobody else in, and ends no session of theirs', async () => {
    const [mallory, alice] = [await world.createAccount(), await world.createAccount()];
    const signedOut = world.browser();
    const victim = await signedIn(world, client, alice.email);
    for (const browser of [signedOut, victim]) {
      const attacker = await atSignIn(world, client);
      const wayOn = await hold(attacker, { login: mallory.email, password: PASSWORD });
      toss(attacker, browser);
      await browser.open(wayOn);
      expect([browser.hasLeft, browser.heading]).toEqual([false, text('error.foreign_browser.title')]);
      expect(await whoIs(browser)).not.toContain(mallory.email);
      await attacker.open(wayOn);
      expect(attacker.callback['code']).toBeDefined();
    }
    expect(await whoIs(victim)).toContain(alice.email);
  });

  test('a code that the attacker has confirmed signs no device in to the account of who is led past that page', async () => {
    const television = await deviceClient(world);
    const alice = await world.createAccount();
    const asked = await askDevice(world, television);
    const attacker = await atConfirmation(world.browser(), asked);
    const wayOn = await hold(attacker, {}, 'allow');
    const victim = world.browser();
    toss(attacker, victim);
    await victim.open(wayOn);
    await victim.submit({ login: alice.email, password: PASSWORD });
    expect(victim.heading).toBe(text('page.device_ended.over.title'));
    expect((await poll(world, television, asked)).body['error']).toBe('authorization_pending');
  });
});
