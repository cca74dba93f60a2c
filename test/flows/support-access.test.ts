// Support access: a person lets support into their account for 24 hours, an operator goes in with a reason, and it ends.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createOperator } from '../support/console.ts';
import { snapshot } from '../support/journeys.ts';
import { act, atAccountPage, colleague } from '../support/members.ts';
import { introspect, obtain, refresh, userinfo } from '../support/relying-party.ts';
import { allow, enter, inside, owner, REASON, SUPPORT_PAGE } from '../support/support-access.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const HOUR = 3_600_000;
const API = 'https://api.hoster.example';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock, env: { VRATNY_RESOURCES: JSON.stringify({ [API]: 'read' }) } });
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    now = Math.max(now, Date.now());
  });

  const letters = (to: string) => world.mails.filter((mail) => mail.to === to).map(({ text }) => text);

  test('S32: Allow, Continue; support may enter for 24 hours, and everybody who owns the customer is told', async () => {
    const person = await owner(world);
    const peer = await colleague(world, person.customer.id, 'owner');
    expect(person.browser.html).toContain('Support may not enter your account.');
    await person.browser.open(`${SUPPORT_PAGE}/allow`);
    expect(person.browser.heading).toBe('Let support into your account?');
    await person.browser.submit({}, 'Continue');
    expect(person.browser.html).toContain('Support may enter your account now.');
    const [made] = await world.core.supportAccess.allowances.list({ accountId: person.id });
    expect(Date.parse(made!.doc.until) - now).toBe(24 * HOUR);
    for (const to of [person.email, peer.email])
      expect(letters(to).at(-1)).toContain('Support was allowed to enter');
    // Once more, as from a second tab: nothing is told twice.
    const told = letters(person.email).length;
    await act(person.browser, `${SUPPORT_PAGE}/allow`, person.customer.id);
    expect(letters(person.email)).toHaveLength(told);
    await person.browser.open('/account/changes');
    expect(person.browser.html).toContain('Support access allowed');

    now += 24 * HOUR - 1;
    await world.core.supportAccess.endDue();
    expect(await world.core.supportAccess.allowances.get(made!.id)).toBeDefined();
    now += 1;
    expect(await world.core.supportAccess.allowances.get(made!.id)).toBeUndefined();
    await world.core.supportAccess.endDue();
    await world.core.outbox.idle();
    expect(letters(person.email).at(-1)).toContain('no longer allowed to enter');
    await person.browser.open(SUPPORT_PAGE);
    expect(person.browser.html).toContain('Support may not enter your account.');
    expect(await world.core.supportAccess.allowances.list({ accountId: person.id })).toEqual([]);
  });

  test('S33: it is extended from now on, and ended early by any owner', async () => {
    const person = await owner(world);
    const allowance = await allow(world, person);
    now += 5 * HOUR;
    const again = await atAccountPage(world, person.email, SUPPORT_PAGE);
    await again.submit({}, 'Extend: 24 hours from now');
    expect(again.html).toContain('for longer');
    const longer = await world.core.supportAccess.allowances.get(allowance);
    expect(Date.parse(longer!.doc.until) - now).toBe(24 * HOUR);

    const peer = await colleague(world, person.customer.id, 'owner');
    const browser = await atAccountPage(world, peer.email, SUPPORT_PAGE);
    expect(browser.html).toContain('Jana Nováková');
    // What was allowed into one's own account nobody else extends.
    await act(browser, `${SUPPORT_PAGE}/extend`, person.customer.id);
    expect(browser.html).toContain('ended already');
    await browser.open(SUPPORT_PAGE);
    await act(browser, `${SUPPORT_PAGE}/${allowance}/end`, person.customer.id);
    expect(browser.html).toContain('whoever was inside is out');
    expect(letters(person.email).at(-1)).toContain('no longer allowed to enter');
    await again.open(SUPPORT_PAGE);
    expect(again.html).toContain('Support may not enter your account.');
    await act(again, `${SUPPORT_PAGE}/extend`, person.customer.id);
    expect(await world.core.supportAccess.allowances.get(allowance)).toBeUndefined();
  });

  test('S32: an operator opens the account with a reason, sees it under a banner, and leaves', async () => {
    const person = await owner(world);
    const allowance = await allow(world, person);
    const operator = await createOperator(world, 'support');
    const before = await snapshot(world, ['sightings', 'knownBrowsers']);
    const browser = await enter(world, operator, allowance);
    expect(browser.url).toBe(`${world.issuer}/account`);
    expect(browser.html).toContain('You are in the account of Jana Nováková as support');
    for (const text of ['Ota Operátor', REASON, person.email]) expect(browser.html).toContain(text);
    expect(letters(person.email).at(-1)).toContain('Support has entered the account');
    expect(letters(person.email).at(-1)).toContain(REASON);
    // The console stays the operator's own, and tells where they are.
    await browser.open('/admin');
    expect(browser.html).toContain('You are in the account of Jana Nováková as support');
    expect(browser.html).toContain('Ota Operátor');

    // Neither a device nor a place of the person: only the operator's own sign-in is remembered, as theirs.
    const seenFor = (all: unknown) => JSON.stringify(all).split(person.id).length;
    expect(seenFor(await snapshot(world, ['sightings', 'knownBrowsers']))).toBe(seenFor(before));
    const own = await atAccountPage(world, person.email, '/account/history');
    expect([own.html.includes('Support entered'), own.html.includes(REASON)]).toEqual([true, true]);
    const last = await world.core.guard.history.lastSuccess(person.id);
    expect(last?.result).toBe('signed_in');
    await own.open(SUPPORT_PAGE);
    expect(own.html).toContain(`Support is in the account now. Reason: ${REASON}`);
    await own.open('/account/sessions');
    expect(own.html).toContain('Support');

    await browser.open('/account');
    await browser.submit({}, 'Leave the account');
    expect(browser.url).toBe(`${world.issuer}/admin/accounts/${person.id}`);
    expect(browser.html).toContain('You have left the account.');
    expect(letters(person.email).at(-1)).toContain('Support has left the account');
    // The browser is the operator's own again.
    await browser.open('/account');
    expect(browser.html).toContain('Ota Operátor');
    expect(browser.html).not.toContain('as support');
    const log = await world.core.audit.list({ accountId: person.id }, { limit: 20 });
    const acts = log.entries.map(({ doc }) => [doc.action, doc.actor, doc.reason]);
    expect(acts).toContainEqual(['support_access.entered', `operator:${operator.id}`, REASON]);
    expect(acts).toContainEqual(['support_access.left', `operator:${operator.id}`, undefined]);
  });

  test('tokens say who acts, are for the customer that let support in, and end with it', async () => {
    const { person, allowance, operator, browser } = await inside(world);
    const client = await world.createClient({
      scope: 'openid profile customer offline_access read',
      backchannel_logout_uri: 'https://panel.example/logout',
    });
    const actor = { sub: operator.id };
    const { tokens } = await obtain(world, client, person, { scope: 'openid customer' }, browser);
    const claims = decodeJwt(tokens.id_token!);
    expect([claims.sub, claims['act'], claims['acr'], claims['amr']]).toEqual([
      person.id,
      actor,
      undefined,
      undefined,
    ]);
    const seen = await userinfo(world, tokens.access_token);
    expect(seen.body).toMatchObject({ sub: person.id, act: actor, customer_id: person.customer.id });
    for (const value of [tokens.access_token, tokens.refresh_token])
      expect((await introspect(world, client, value)).body).toMatchObject({ active: true, act: actor });
    const forApi = await obtain(world, client, person, { scope: 'openid read', resource: API }, browser);
    const jwt = decodeJwt(forApi.tokens.access_token!);
    expect([jwt.sub, jwt['act'], jwt.exp! - jwt.iat!]).toEqual([person.id, actor, 300]);
    const next = await refresh(world, client, tokens.refresh_token);
    expect(decodeJwt(next.body.id_token!)['act']).toEqual(actor);
    // Of the person's own tokens nothing is said.
    const own = await obtain(world, client, person, { scope: 'openid customer' });
    expect(decodeJwt(own.tokens.id_token!)['act']).toBeUndefined();
    expect((await introspect(world, client, own.tokens.access_token)).body['act']).toBeUndefined();
    // A code that support has in hand when it ends is worth nothing.
    await browser.open(world.authorizeUrl(client, { scope: 'openid' }));
    const late = browser.callback['code'] ?? '';
    expect(late).not.toBe('');

    await act(
      await person.browser.open(SUPPORT_PAGE),
      `${SUPPORT_PAGE}/${allowance}/end`,
      person.customer.id,
    );
    expect((await refresh(world, client, next.body.refresh_token)).status).toBe(400);
    for (const value of [next.body.access_token, tokens.access_token, tokens.refresh_token])
      expect((await introspect(world, client, value)).body).toEqual({ active: false });
    expect((await userinfo(world, next.body.access_token)).status).toBe(401);
    expect((await browser.open('/account')).heading).toBe('Support access has ended');
    // The person's own stay.
    expect((await userinfo(world, own.tokens.access_token)).status).toBe(200);
    const queued = await world.core.store
      .collection({ name: 'outbox', index: ['queue', 'state'] } as never)
      .list(undefined, { limit: 1000 });
    expect(queued.filter(({ doc }) => (doc as { channel?: string }).channel === 'logout')).not.toEqual([]);
  });

  test('signing out of an application ends support, and the operator stays who they are', async () => {
    const { person, browser } = await inside(world);
    const client = await world.createClient();
    const { tokens } = await obtain(world, client, person, {}, browser);
    await browser.open(`/logout?${new URLSearchParams({ id_token_hint: tokens.id_token! }).toString()}`);
    await browser.submit({}, 'Sign out');
    await world.core.outbox.idle();
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect(letters(person.email).at(-1)).toContain('Support has left the account');
    expect((await browser.open('/admin/support-access')).status).toBe(200);
    expect(browser.html).not.toContain('as support</a>');

    // Who leaves the console leaves the account with it.
    const [allowance] = await world.core.supportAccess.allowances.list({ accountId: person.id });
    await browser.open(`/admin/support-access/${allowance!.id}/enter`);
    await browser.submit({ reason: REASON });
    expect(await world.core.supportAccess.uses.list({ allowanceId: allowance!.id })).toHaveLength(1);
    await browser.open('/admin');
    await browser.open('/logout');
    await browser.submit({}, 'Sign out');
    expect(await world.core.supportAccess.uses.list({ allowanceId: allowance!.id })).toEqual([]);
    expect((await browser.open('/admin')).heading).toBe('Sign in');
    expect((await browser.open('/account')).heading).toBe('Support access has ended');
  });

  test('an hour is the longest, and each operator is in one account at a time', async () => {
    const { person, allowance, operator, browser } = await inside(world);
    const other = await owner(world);
    const second = await allow(world, other);
    await browser.open(`/admin/support-access/${second}/enter`);
    await browser.submit({ reason: REASON });
    expect([browser.status, browser.html.includes('You are in an account already')]).toEqual([422, true]);
    now += HOUR;
    expect((await browser.open('/account')).heading).toBe('Support access has ended');
    await world.core.supportAccess.endDue();
    await world.core.outbox.idle();
    expect(letters(person.email).at(-1)).toContain('Support has left the account');
    const again = await enter(world, operator, allowance);
    expect(again.html).toContain('You are in the account of Jana Nováková as support');
    expect(await world.core.supportAccess.uses.list({ operatorId: operator.id })).toHaveLength(1);
  });
});
