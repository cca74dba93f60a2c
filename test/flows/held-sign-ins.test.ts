// Sign-ins that are finished and not taken up yet, or waiting at a later stage: what ends the rest ends them too.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { collections } from '../../src/domain/collections.ts';
import { atSignIn, hold } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let now = Date.now();
  beforeAll(async () => {
    world = await openWorld({ storage, clock: { now: () => new Date(now), sleep: () => Promise.resolve() } });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    // In the middle of a second: what comes a moment later comes in the same one.
    now = Math.floor(Date.now() / 1000) * 1000 + 100;
  });

  test('one that is held back is no way past a second factor that was switched on meanwhile', async () => {
    const { email, id } = await world.createAccount();
    const thief = await atSignIn(world, client);
    const wayOn = await hold(thief, { login: email, password: PASSWORD });
    await turnOnTotp(world.core, id);
    await world.core.endings.endOthers(id, 'the session of the owner');
    await thief.open(wayOn);
    expect([thief.hasLeft, thief.callback['code']]).toEqual([false, undefined]);
    await thief.open('/account/security');
    expect(thief.heading).toBe('Sign in');
  });

  test('nor past signing out everywhere, in the very same second', async () => {
    const { email, id } = await world.createAccount();
    const thief = await atSignIn(world, client);
    const wayOn = await hold(thief, { login: email, password: PASSWORD });
    now += 200;
    await world.core.signOutEverywhere(id);
    await thief.open(wayOn);
    expect([thief.hasLeft, thief.callback['code']]).toEqual([false, undefined]);
    await thief.open('/account/security');
    expect(thief.heading).toBe('Sign in');
    // The owner signs in again in that second.
    now += 200;
    const owner = await atSignIn(world, client);
    await owner.submit({ login: email, password: PASSWORD });
    expect(owner.callback['code']).toBeDefined();
    await owner.open('/account/security');
    expect(owner.heading).toBe('Security');
  });

  test('what an authenticator proved ends with it, while the sign-in waits for its confirmation', async () => {
    const { email, id } = await world.createAccount();
    const { key } = await turnOnTotp(world.core, id);
    await world.core.accounts.change(id, () => ({ signInMail: 'always', confirmSignIn: true }));
    const thief = await atSignIn(world, client);
    await thief.submit({ login: email, password: PASSWORD });
    await thief.submit({ code: appCode(key, new Date(now)) });
    expect(thief.url).toContain('/email-link');
    await world.core.totp.turnOff(id);
    const link = /confirm-sign-in\/([\w-]{43})/.exec(
      world.mails.findLast(({ to }) => to === email)!.text,
    )![1]!;
    const number = /\b\d{2}\b/.exec(
      thief.html.replaceAll(/<[^>]*>/g, ' ').replace(/.*?(?=Your number)/s, ''),
    )![0];
    expect((await world.core.confirmations.approve(link, number)).kind).toBe('approved');
    await thief.open(thief.url);
    expect(thief.hasLeft).toBe(false);
    expect(thief.status).toBe(410);
  });

  test('is recorded and told once, however often its way on is opened', async () => {
    const { email, id } = await world.createAccount();
    await world.core.accounts.change(id, () => ({ signInMail: 'always' }));
    const browser = await atSignIn(world, client);
    const { pathname } = new URL(browser.url);
    await hold(browser, { login: email, password: PASSWORD });
    for (let times = 0; times < 5; times += 1) {
      await fetch(new URL(pathname.replace('/password', ''), world.issuer), {
        redirect: 'manual',
        headers: { cookie: browser.cookieHeader(pathname) },
      });
    }
    await world.core.outbox.idle();
    const rows = await world.store
      .collection(collections.history)
      .list({ key: 'accountId', value: id }, { limit: 50 });
    expect(rows).toHaveLength(1);
    expect(world.mails.filter(({ to }) => to === email)).toHaveLength(1);
  });
});
