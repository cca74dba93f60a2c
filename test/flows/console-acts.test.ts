// What operators do in the console, through its pages: requests to support, closings, upstreams, people's data, domains,
// sessions and consents, applications, bans and webhooks; each with its reason, once, and never over somebody's change.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PermanentFailure } from '../../src/ports/delivery.ts';
import type { Browser } from '../support/browser.ts';
import { makeOwnToken } from '../support/api-tokens.ts';
import { atConsole, createOperator, type TestOperator } from '../support/console.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { customerOf } from '../support/members.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const REASON = 'asked for on the phone';
const MARKUP = '<img src=x onerror=alert(1)>';
const HOUR = 3_600_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let owner: TestOperator;
  let now = Date.now();
  const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid' });
  const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  beforeAll(async () => {
    world = await openWorld({ storage, clock, upstreams: [mojeid.configured] });
    owner = await createOperator(world, 'owner');
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    now = Math.max(now, Date.now()) + HOUR;
  });

  const at = (path: string, who = owner): Promise<Browser> => atConsole(world, who, path);
  const said = (browser: Browser) =>
    /id="(?:notice|problem)"[^>]*>([^]*?)<\/div>/.exec(browser.html)?.[1] ?? '';
  const lastOf = async (
    action:
      | 'account.changed'
      | 'client.changed'
      | 'domain.added'
      | 'session.ended'
      | 'consent.withdrawn'
      | 'credential.api_token_revoked',
  ) => (await world.core.audit.list({ action }, { limit: 1 })).entries[0]!.doc;
  /** Opens the page of an act and confirms it with a reason. */
  const confirm = async (browser: Browser, path: string, fields: Record<string, string> = {}) =>
    (await browser.open(path)).submit({ ...fields, reason: REASON });

  test('S19: a request is taken, answered, its password shown once to who took it, and closed', async () => {
    const person = await world.createAccount();
    const own = await atAccount(world, '/account/support', person.email);
    await own.submit({ subject: MARKUP, text: MARKUP });
    await own.submit({ server: 'web1.example', access: 'change', server_password: 'r00t <b>' });
    const [request] = await world.core.supportRequests.ofAccount(person.id);
    const path = `/admin/queues/${request!.id}`;

    const [one, other] = [await at('/admin/queues'), await at(path, await createOperator(world, 'support'))];
    expect((await one.open('/admin/queues?kind=login')).html).not.toContain('&lt;img');
    await one.open('/admin/queues?kind=account');
    expect(one.html).toContain('&lt;img');
    expect(one.html).not.toContain(MARKUP);
    await one.open(path);
    expect(one.html).not.toContain('/password"');
    await one.submit({}, 'Take it');
    expect(said(one)).toContain('The request is yours');
    await other.submit({}, 'Take it');
    expect([other.status, said(other).includes('Somebody else')]).toEqual([422, true]);
    await one.submit({ text: ' ' });
    expect(one.status).toBe(422);
    await one.submit({ text: 'We are on it.' });
    expect(said(one)).toContain('The answer is sent');

    await other.open(`${path}/password`);
    await other.submit({ reason: REASON });
    expect(said(other)).toContain('Take the request first');
    await one.open(`${path}/password`);
    await one.submit({ reason: '' });
    expect(one.html).not.toContain('r00t');
    await one.submit({ reason: REASON });
    expect(one.html).toContain('r00t &lt;b&gt;');
    await confirm(one, `${path}/password`);
    expect([one.status, said(one).includes('no password any more')]).toEqual([422, true]);
    const { entries } = await world.core.audit.list(
      { action: 'support_request.password_shown' },
      { limit: 9 },
    );
    expect(entries.map(({ doc }) => [doc.actor, doc.reason])).toEqual([[`operator:${owner.id}`, REASON]]);

    await one.open(path);
    await one.submit({}, 'Dealt with');
    await one.post(`${path}/answer`, { ...one.forms[0]?.fields, text: 'one more' });
    expect((await world.core.acts.supportDesk.get(request!.id))?.state).toBe('closed');
  });

  test('S36: a closing is checked, cannot be carried out unchecked or twice, and is refused with a reason', async () => {
    const { id } = await world.createAccount({ name: 'Jana Nováková' });
    const customer = await customerOf(world, id);
    const account = (await world.core.accounts.get(id))!;
    await world.core.customerRules.closings.request(customer.id, account);
    const { number } = customer.doc;
    const path = `/admin/queues/closings/${number}`;
    const browser = await at('/admin/queues/closings');
    expect(browser.html).toContain(`${path}/check`);
    expect(browser.html).toContain('<bdi>Jana Nováková</bdi>');
    await confirm(browser, `${path}/close`, { typed: number });
    expect([browser.status, said(browser).includes('state does not allow')]).toEqual([422, true]);
    await confirm(browser, `${path}/check`);
    expect(said(browser)).toContain('settled');
    await confirm(browser, `${path}/check`);
    expect(browser.status).toBe(422);
    await confirm(browser, `${path}/refuse`);
    expect((await browser.open('/admin/queues/closings?show=refused')).html).toContain('Ota Operátor</bdi>');
    expect(world.mails.at(-1)!.text).toContain(REASON);

    await world.core.customerRules.closings.request(customer.id, account);
    await confirm(browser, `${path}/check`);
    await confirm(browser, `${path}/close`, { typed: 'another' });
    expect(browser.status).toBe(422);
    await confirm(browser, `${path}/close`, { typed: number });
    expect(said(browser)).toContain('The customer is closed');
    expect((await world.core.customers.get(customer.id))?.doc.closedAt).toBeDefined();
    expect((await browser.open('/admin/queues/closings/999999/check')).status).toBe(404);
  });

  test('CVE-2025-64717: an upstream that is switched off is gone on every node, for who is on the way too', async () => {
    const client = await world.createClient();
    const other = await openWorld({ clock, wrap: () => world.store, upstreams: [mojeid.configured] });
    const faces = () => [world, other].map(({ core }) => core.federation.upstreams.faces().length);
    const away = await (await atSignIn(world, client)).submit({}, 'mojeid');
    const browser = await at('/admin/upstreams');
    const { csrf = '' } = browser.forms.at(-1)!.fields;
    await browser.post('/admin/upstreams/mojeid/test', { csrf });
    expect(browser.html).toContain('id="tested"');
    await confirm(browser, '/admin/upstreams/mojeid/off');
    expect(browser.html).toMatch(new RegExp(`${REASON}[^]*<bdi>Ota Operátor</bdi>, `));
    await other.core.upstreamSwitches.refresh();
    expect(faces()).toEqual([0, 0]);
    expect((await mojeid.comeBack(away, { subject: 'x' })).hasLeft).toBe(false);
    expect((await atSignIn(world, client)).html).not.toContain('value="mojeid"');
    await confirm(browser, '/admin/upstreams/mojeid/off');
    expect(browser.status).toBe(422);
    await confirm(browser, '/admin/upstreams/mojeid/on');
    await other.core.upstreamSwitches.refresh();
    expect(faces()).toEqual([1, 1]);
    expect((await browser.open('/admin/upstreams/nobody/off')).status).toBe(404);
    await other.app.engine.close();
    other.server.close();
  });

  test('A72: data of a person are changed on what was seen, told to them, and cannot be more than the form has', async () => {
    const { id, email } = await world.createAccount();
    const path = `/admin/accounts/${id}/edit`;
    const [one, other] = [await at(path), await at(path, await createOperator(world, 'owner'))];
    await one.submit({ login: 'a b', phone: '123', reason: REASON });
    expect([one.status, one.html.includes('Write the number internationally')]).toEqual([422, true]);
    await one.post(path, {
      ...one.forms.at(-1)!.fields,
      login: 'zofie',
      name: MARKUP,
      phone: '',
      reason: REASON,
      operatorRoles: 'owner',
      sub: 'x',
    });
    expect(said(one)).toContain('The data are saved');
    expect(one.html).not.toContain(MARKUP);
    expect((await world.core.accounts.get(id))?.doc).toMatchObject({ login: 'zofie', name: MARKUP });
    expect((await world.core.accounts.get(id))?.doc.operatorRoles ?? []).toEqual([]);
    expect(world.mails.filter(({ to }) => to === email).at(-1)!.text).toContain('login name');
    expect(await lastOf('account.changed')).toMatchObject({
      reason: REASON,
      before: { login: null },
      after: { login: 'zofie' },
    });
    // A number is shown in groups, and is the same number however it is typed or pasted.
    await world.core.accounts.change(id, () => ({ phone: '+420601234567' }));
    await one.open(path);
    expect(one.forms.at(-1)!.fields['phone']).toBe('+420\u00a0601\u00a0234\u00a0567');
    for (const phone of ['+420\u00a0601\u00a0234\u00a0567', '+420 601/234.567']) {
      await one.submit({ phone, reason: REASON });
      expect([one.status, said(one)]).toEqual([422, expect.stringContaining('Nothing is changed')]);
    }
    // A form that was open all the while, and one that is sent a second time.
    await other.submit({ name: 'Somebody Else', reason: REASON });
    expect([other.status, said(other).includes('changed it meanwhile')]).toEqual([422, true]);
    expect((await world.core.accounts.get(id))?.doc.name).toBe(MARKUP);

    const support = await at(path, await createOperator(world, 'support'));
    expect(support.heading).toBe('Edit the data');
    await support.open(`/admin/accounts/${owner.id}/edit`);
    await support.submit({ name: 'x', reason: REASON });
    expect([support.status, said(support).includes('not')]).toEqual([422, true]);

    await confirm(one, `/admin/accounts/${id}/email`, { email: 'new@example.cz' });
    expect(said(one)).toContain('on its way');
    expect((await world.core.accounts.get(id))?.doc.email).toBe(email);
  });

  test('A69: one session, one consent, one domain ends, of this account or customer and of no other', async () => {
    const client = await world.createClient({ first_party: false });
    const [person, stranger] = [await world.createAccount(), await world.createAccount()];
    await (
      await signedIn(world, await world.createClient(), person.email)
    )
      .open(world.authorizeUrl(client))
      .then((page) => page.submit());
    const [session] = await world.core.acts.sessions.list(person.id);
    const browser = await at(`/admin/accounts/${person.id}/sessions`);
    expect(browser.html).toContain(`/sessions/${session!.uid}/end`);
    await confirm(browser, `/admin/accounts/${stranger.id}/sessions/${session!.uid}/end`);
    expect(browser.status).toBe(404);
    await confirm(browser, `/admin/accounts/${person.id}/sessions/${session!.uid}/end`);
    expect(await world.core.acts.sessions.list(person.id)).toEqual([]);
    expect((await lastOf('session.ended')).reason).toBe(REASON);

    const clientId = client.metadata.client_id;
    await confirm(browser, `/admin/accounts/${stranger.id}/consents/${clientId}/withdraw`);
    expect(browser.status).toBe(404);
    expect(await world.core.acts.sessions.consents(person.id)).toHaveLength(1);
    await confirm(browser, `/admin/accounts/${person.id}/consents/${clientId}/withdraw`);
    expect(await world.core.acts.sessions.consents(person.id)).toEqual([]);
    expect((await lastOf('consent.withdrawn')).reason).toBe(REASON);

    const tokenId = await makeOwnToken(world, person.id);
    await browser.open(`/admin/accounts/${person.id}/tokens`);
    expect(browser.html).toContain(`/tokens/${tokenId}/revoke`);
    await browser.open(`/admin/accounts/${stranger.id}/tokens/${tokenId}/revoke`);
    expect(browser.status).toBe(404);
    await confirm(browser, `/admin/accounts/${person.id}/tokens/${tokenId}/revoke`);
    expect(await world.core.apiTokens.list(person.id)).toEqual([]);
    expect((await lastOf('credential.api_token_revoked')).reason).toBe(REASON);
    // That of an operator is ended by nobody who does not decide about operators.
    const staffToken = await makeOwnToken(world, owner.id);
    const desk = await at('/admin', await createOperator(world, 'support'));
    await confirm(desk, `/admin/accounts/${owner.id}/tokens/${staffToken}/revoke`);
    expect([desk.status, said(desk).includes('Your role does not reach this')]).toEqual([422, true]);
    expect(await world.core.apiTokens.list(owner.id)).toHaveLength(1);

    const [mine, theirs] = [await customerOf(world, person.id), await customerOf(world, stranger.id)];
    const add = `/admin/customers/${mine.doc.number}/domains/add`;
    await confirm(browser, add, { domains: 'mine.example no domain' });
    expect(browser.html).toContain('Something of it is no domain name');
    await browser.submit({ domains: 'mine.example', reason: '' });
    expect(browser.html).toContain('Give a reason');
    await confirm(browser, add, { domains: 'mine.example\nother.example' });
    expect(said(browser)).toContain('The domains are added');
    expect(await lastOf('domain.added')).toMatchObject({ reason: REASON });
    await confirm(browser, `/admin/customers/${theirs.doc.number}/domains/add`, { domains: 'mine.example' });
    expect(browser.html).toContain('belongs to another customer');
    await browser.open(`/admin/customers/${theirs.doc.number}/domains/mine.example/remove`);
    expect(browser.status).toBe(404);
    await confirm(browser, `/admin/customers/${mine.doc.number}/domains/mine.example/remove`);
    expect((await world.core.domains.list(mine.id, { limit: 9 })).map(({ id }) => id)).toEqual([
      'other.example',
    ]);
  });

  test('where people are sent, whom webhooks tell, and bans: a reason and a fresh proof, once, on what was seen', async () => {
    const { metadata } = await world.createClient();
    const path = `/admin/clients/${metadata.client_id}/edit`;
    const [one, other] = [await at(path), await at(path, await createOperator(world, 'owner'))];
    const evil = { redirect_uris: 'https://evil.example/callback' };
    now += 6 * 60_000;
    await one.submit({ ...evil, reason: REASON });
    expect([one.status, one.html.includes('Confirm that it is you')]).toEqual([422, true]);
    for (const [page, fields] of [
      ['/admin/bans/new', { range: '203.0.113.9' }],
      ['/admin/webhooks/new', { url: 'https://hooks.example/x' }],
    ] as const) {
      await one.open(page);
      expect([page, one.html.includes('Confirm that it is you')]).toEqual([page, true]);
      await one.post(page, { ...one.forms.at(-1)!.fields, ...fields, reason: REASON });
      expect([page, one.status]).toEqual([page, 422]);
    }
    expect((await world.core.clients.get(metadata.client_id))?.doc.metadata).toEqual(metadata);
    expect([await world.core.acts.bans.list(), await world.core.acts.webhooks.list()]).toEqual([[], []]);

    now -= 6 * 60_000;
    await one.open(path);
    await one.submit({ redirect_uris: 'https://new.example/callback', reason: '' });
    expect([one.status, one.html.includes('Give a reason')]).toEqual([422, true]);
    const stale = { ...one.forms.at(-1)!.fields };
    await one.submit({ redirect_uris: 'http://new.example', reason: REASON });
    expect(one.html).toContain('must begin with https');
    await one.submit({ redirect_uris: 'https://new.example/callback', reason: REASON });
    expect(said(one)).toContain('The changes are saved');
    expect(await lastOf('client.changed')).toMatchObject({ reason: REASON });
    for (const browser of [one, other]) {
      await browser.post(path, {
        ...stale,
        csrf: browser.forms.at(-1)?.fields['csrf'] ?? stale['csrf']!,
        reason: REASON,
      });
      expect([browser.status, said(browser).includes('changed it meanwhile')]).toEqual([422, true]);
    }

    await confirm(one, '/admin/bans/new', { range: 'nonsense' });
    expect(one.html).toContain('neither an address nor a network');
    await confirm(one, '/admin/bans/new', { range: '203.0.113.9' });
    expect((await world.core.acts.bans.list()).map(({ doc }) => doc.reason)).toEqual([REASON]);
    await confirm(one, '/admin/webhooks/new', { url: 'http://hooks.example/x' });
    expect(one.html).toContain('Write an address that begins with https');
    await confirm(one, '/admin/webhooks/new', { url: 'https://hooks.example/x', events: 'account.*' });
    const [hook] = await world.core.acts.webhooks.list();
    await confirm(one, `/admin/webhooks/${hook!.id}/edit`, { url: 'https://hooks.example/y' });
    expect((await world.core.acts.webhooks.get(hook!.id))?.url).toBe('https://hooks.example/y');
  });

  test('the queue of messages says who asked for one again, and when', async () => {
    world.core.outbox.deliverBy('sms', () => Promise.reject(new PermanentFailure('the gateway refused it')));
    await world.core.outbox.enqueue('sms', { to: '+420602000999', text: 'x' });
    await world.core.outbox.idle();
    const browser = await at('/admin/queues/messages?channel=sms');
    expect(browser.html).not.toContain('Queued again');
    const again = browser.forms
      .flatMap(({ buttons }) => buttons)
      .filter(({ text: label }) => /^Try again.*000\s999$/.test(label));
    expect(again).toHaveLength(1);
    await browser.submit({}, again[0]!.text);
    await browser.open('/admin/queues/messages?channel=sms');
    expect(browser.html).toMatch(/Queued again: <bdi>[^<]+<\/bdi>, \d+/);
  });
});
