// What the audit log knows of security beside what people and operators change: who of the operators came in, who tried
// to, what was used twice, what an application was given.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBreakingStore } from '../support/breaking-store.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { customerOf } from '../support/members.ts';
import { browserAt, HOME, proxied } from '../support/places.ts';
import { exchange, obtain, refresh, signIn } from '../support/relying-party.ts';
import { MOST_FAILED_PASSWORDS } from '../../src/domain/passwords/failed-passwords.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  const store = createBreakingStore();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, wrap: store.wrap, env: proxied });
  });
  afterAll(() => closeWorld(world, storage));

  const about = async (accountId: string) => {
    await world.core.refusedSignIns.idle();
    await world.core.refusedVisits.idle();
    const { entries } = await world.core.audit.list({ accountId }, { limit: 99 });
    return entries.map(({ doc }) => doc).toReversed();
  };

  test('an operator’s sign-ins are in the audit log, those that were refused too; a customer’s are in the history', async () => {
    const operator = await createOperator(world, 'support');
    const before = (await about(operator.id)).length;
    const wrong = await browserAt(world).open('/admin');
    await wrong.submit({ login: operator.email, password: 'wrong' });
    await atConsole(world, operator, '/admin', browserAt(world));
    const entries = (await about(operator.id)).slice(before);
    expect(entries).toMatchObject([
      {
        action: 'operator.sign_in_refused',
        actor: 'system',
        clientId: 'vratny-console',
        after: { detail: 'wrong_password' },
        address: HOME,
        requestId: expect.any(String) as string,
      },
      {
        action: 'operator.signed_in',
        actor: `operator:${operator.id}`,
        clientId: 'vratny-console',
        after: { methods: ['password', 'totp'] },
        address: HOME,
      },
    ]);

    const client = await world.createClient();
    const { id, email } = await world.createAccount();
    const browser = await browserAt(world).open(world.authorizeUrl(client));
    await browser.submit({ login: email, password: 'wrong' });
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.hasLeft).toBe(true);
    expect(await about(id)).toEqual([]);
  });

  test('who is signed in and not let into the console is in the audit log, with why, twenty times an hour at most', async () => {
    const { id, email } = await world.createAccount();
    const browser = await browserAt(world).open('/account');
    await browser.submit({ login: email, password: PASSWORD });
    const refusals = async (accountId: string) =>
      (await about(accountId)).filter(({ action }) => action === 'operator.console_refused');
    await browser.open('/admin/keys?secret=1');
    expect(browser.status).toBe(404);
    const actor = { actor: `person:${id}`, address: HOME, requestId: expect.any(String) as string };
    expect(await refusals(id)).toMatchObject([
      { ...actor, target: '/admin/keys', after: { detail: 'no_role' } },
    ]);
    // A role without a second factor, and a role that does not reach the page.
    await world.core.operators.grant({ kind: 'system' }, id, 'support');
    await browser.open('/admin');
    expect((await refusals(id)).at(-1)).toMatchObject({
      actor: `operator:${id}`,
      after: { detail: 'no_second_factor' },
    });
    const auditor = await createOperator(world, 'auditor');
    const desk = await atConsole(world, auditor, '/admin/audit', browserAt(world));
    expect(await refusals(auditor.id)).toEqual([]);
    await desk.post('/admin/operators', { login: email });
    expect(await refusals(auditor.id)).toMatchObject([
      { target: '/admin/operators', after: { detail: 'operators:write' } },
    ]);
    for (let time = 0; time < 22; time += 1) await browser.open('/admin');
    expect(await refusals(id)).toHaveLength(20);
  });

  test('strangers who guess at an operator’s account fill the audit log with no more than twenty entries an hour', async () => {
    const { id } = await createOperator(world, 'owner');
    const attempt = { accountId: id, clientId: 'panel', clientName: 'Panel', browserId: 'b', userAgent: '' };
    for (let time = 0; time < 25; time += 1)
      await world.core.history.record({
        ...attempt,
        address: `198.51.100.${time}`,
        result: 'refused',
        reason: 'wrong_password',
      });
    const refused = (await about(id)).filter(({ action }) => action === 'operator.sign_in_refused');
    expect(refused).toHaveLength(20);
  });

  test('an operator does not get in while the audit log cannot be written', async () => {
    const operator = await createOperator(world, 'owner');
    store.break('audit.insert');
    const browser = await atConsole(world, operator);
    store.mend();
    expect(browser.status).toBe(503);
    await browser.open('/admin');
    expect(browser.heading).toBe('Sign in');
  });

  test('N7: a password that guesses have switched off is shown as that to its person and to support', async () => {
    const account = await world.createAccount();
    const own = await world.browser().open('/account/security');
    await own.submit({ login: account.email, password: PASSWORD });
    const words = 'off after too many wrong attempts';
    expect(own.html).not.toContain(words);
    const stored = (await world.core.accounts.get(account.id))!;
    for (let time = 0; time < MOST_FAILED_PASSWORDS; time += 1)
      await world.core.failedPasswords.count(stored);
    expect((await own.open('/account/security')).html).toContain(words);
    expect((await about(account.id)).map(({ action }) => action)).toContain('credential.password_blocked');
    const desk = await atConsole(world, await createOperator(world, 'support'));
    await desk.open(`/admin/accounts/${account.id}/security`);
    expect(desk.html).toContain('switched off by wrong attempts');
  });

  test('A82, A84: a code or a refresh token that comes a second time is told, once, and by nobody else', async () => {
    const [client, other] = [await world.createClient(), await world.createClient()];
    const account = await world.createAccount();
    const browser = await signIn(world, client, account);
    await exchange(world, client, browser);
    await exchange(world, client, browser);
    await exchange(world, client, browser);
    const { tokens } = await obtain(world, client, account);
    await refresh(world, client, tokens.refresh_token);
    expect((await refresh(world, other, tokens.refresh_token)).status).toBe(400);
    expect(await about(account.id)).toHaveLength(1);
    await refresh(world, client, tokens.refresh_token);
    await refresh(world, client, tokens.refresh_token);
    const ended = {
      action: 'grant.ended_by_reuse',
      actor: `client:${client.metadata.client_id}`,
      clientId: client.metadata.client_id,
    };
    const entries = await about(account.id);
    expect(entries).toMatchObject([
      { ...ended, after: { kind: 'authorization_code' } },
      { ...ended, after: { kind: 'refresh_token' } },
    ]);
    const secrets = [browser.callback.code, tokens.refresh_token, tokens.access_token];
    for (const secret of secrets) expect(JSON.stringify(entries)).not.toContain(secret);

    // The person sees it among the changes of their account.
    const own = await world.browser().open('/account/changes');
    await own.submit({ login: account.email, password: PASSWORD });
    expect(own.html).toContain('its code or token was used twice');
  });

  test('A93: what a person allows an application is told with what was asked', async () => {
    const client = await world.createClient({ first_party: false });
    const { id, email } = await world.createAccount();
    const browser = await world.browser().open(world.authorizeUrl(client, { scope: 'openid email' }));
    await browser.submit({ login: email, password: PASSWORD });
    await browser.submit();
    expect(browser.hasLeft).toBe(true);
    expect(await about(id)).toMatchObject([
      {
        action: 'consent.given',
        actor: `person:${id}`,
        clientId: client.metadata.client_id,
        after: { scope: 'openid email' },
      },
    ]);
  });

  test('the console finds what happened to a customer by its number, and takes it away as lines', async () => {
    const { id } = await world.createAccount();
    const customer = await customerOf(world, id);
    await world.core.acts.customers.vet(
      { actor: { kind: 'command' }, permissions: new Set(['customers:write']) },
      customer.doc.number,
      { state: 'vetted', reason: 'papers seen' },
    );
    const browser = await atConsole(world, await createOperator(world, 'owner'), '/admin/customers');
    await browser.open(`/admin/customers/${customer.doc.number}`);
    const href = `/admin/audit?customer=${customer.doc.number}`;
    expect(browser.html).toContain(`href="${href}"`);
    await browser.open(href);
    expect(browser.html).toContain('papers seen');
    expect(browser.html).toContain(`value="${customer.doc.number}"`);
    expect(browser.html).toContain(`href="/admin/customers/${customer.doc.number}"`);
    await browser.open(`/admin/audit/export?customer=${customer.doc.number}`);
    const lines = browser.html.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { action: 'customer.vetted', customerId: customer.id },
    ]);
    // People are named, and found by what they sign in with; an entry is found by its number as lists of the command line have it.
    const jana = await world.createAccount({ name: 'Jana Nováková' });
    const operator = await createOperator(world, 'owner');
    await world.core.acts.accounts.disable(
      { actor: { kind: 'operator', accountId: operator.id }, permissions: new Set(['accounts:write']) },
      jana.id,
      'does not pay',
    );
    for (const query of [`account=${jana.email}`, `operator=${operator.email}`, `operator=${operator.id}`]) {
      await browser.open(`/admin/audit?${query}`);
      expect([query, browser.html]).toEqual([query, expect.stringContaining('does not pay') as string]);
      expect(browser.html).toContain(`href="/admin/accounts/${jana.id}"><bdi>Jana Nováková</bdi>`);
      expect(browser.html).toContain('<bdi class="list__detail">Ota Operátor</bdi>');
    }
    const { entries } = await world.core.audit.list({ accountId: jana.id }, { limit: 1 });
    await browser.open(`/admin/audit/${Number(entries[0]!.id)}`);
    expect([browser.status, browser.html.includes('<bdi class="list__detail">Ota Operátor</bdi>')]).toEqual([
      200,
      true,
    ]);
    await browser.open(`/admin/accounts/${jana.id}/changes`);
    expect(browser.html).toContain('<bdi class="list__detail">Ota Operátor</bdi>');
    await browser.open('/admin/audit?customer=99999999');
    expect(browser.html).toContain('Nothing like that has happened.');
  });
});
