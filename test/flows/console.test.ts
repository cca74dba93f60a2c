// The operators' console as a place: who gets in, with what, and what each role may do there.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createConsolePages, type ConsoleRoute } from '../../interactions/admin/all-pages.ts';
import { operatorRoleNames, permissionsOf } from '../../src/domain/operators/permissions.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { customerOf } from '../support/members.ts';
import { appCode } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const MINUTE = 60_000;
const OFFICE = '31.15.10.7';
const FORBIDDEN = 'Your role does not reach this';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock, env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1,::1' } });
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    // Never back: what ended at a later time would live again.
    now = Math.max(now, Date.now());
  });

  describe('who gets in', () => {
    test('A46: an operator signs in with two factors and comes to the page they wanted', async () => {
      const operator = await createOperator(world, 'owner');
      const browser = await world.browser().open('/admin/operators');
      expect(browser.heading).toBe('Sign in');
      await browser.submit({ login: operator.email, password: PASSWORD });
      expect(browser.url).toContain('/totp');
      await browser.submit({ code: appCode(operator.key, new Date(now)) });
      expect(browser.url).toBe(`${world.issuer}/admin/operators`);
      expect(browser.heading).toBe('Operators');
    });

    test('for people who are no operators it looks like an address that there is not', async () => {
      const { email } = await world.createAccount();
      const browser = await world.browser().open('/account');
      await browser.submit({ login: email, password: PASSWORD });
      const page = (html: string) => html.replaceAll(/[0-9a-f-]{36}|href="[^"]*lang=\w+"/g, '');
      const unknown = await browser.open('/nowhere');
      const expected = { status: unknown.status, html: page(unknown.html) };
      for (const path of ['/admin', '/admin/operators', '/admin/operators/x'])
        expect({ status: (await browser.open(path)).status, html: page(browser.html) }).toEqual(expected);
    });

    test('A46: an operator without a second factor is led to set one up, and sees nothing else', async () => {
      const { id, email } = await world.createAccount();
      await world.core.operators.grant({ kind: 'system' }, id, 'owner');
      const browser = await world.browser().open('/admin/operators');
      await browser.submit({ login: email, password: PASSWORD });
      expect([browser.status, browser.heading]).toEqual([403, 'First switch on a second factor']);
      expect(browser.html).toContain('href="/account/security/totp"');
      expect(browser.html).not.toContain('console-nav');
      await browser.post('/admin/operators', { login: email });
      expect(browser.heading).toBe('First switch on a second factor');
    });

    test('A75: one factor is not enough, from a trusted address neither, nor when the role comes later', async () => {
      const { id, email, key } = await createOperator(world);
      expect(await world.core.addressLists.add(id, { range: OFFICE })).toMatchObject({ kind: 'added' });
      const browser = world.browser();
      browser.headers['x-forwarded-for'] = OFFICE;
      await browser.open('/account');
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.url).toBe(`${world.issuer}/account`);
      await world.core.operators.grant({ kind: 'system' }, id, 'owner');
      await browser.open('/admin/operators');
      expect(browser.heading).toBe('Sign in');
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.url).toContain('/totp');
      await browser.submit({ code: appCode(key, new Date(now)) });
      expect(browser.heading).toBe('Operators');
    });

    test('a sign-in never leads out of the console, nor on when it was given up', async () => {
      const browser = world.browser();
      for (const [state, to] of [
        ['/admin/../account', '/admin'],
        ['//evil.example/admin/', '/admin'],
        ['/admin/operators', '/admin/operators'],
        [
          '/admin/search?q=Jana%20Nov%C3%A1kov%C3%A1&x=//evil.example',
          '/admin/search?q=Jana%20Nov%C3%A1kov%C3%A1&x=//evil.example',
        ],
        ['/admin/search?q=a\r\nSet-Cookie: x=y', '/admin'],
        ['/admin/..//evil.example/admin/?x', '/admin'],
        ['https://own.invalid/admin/search?q=x', '/admin'],
        ['/admin/signed-in?state=/admin/signed-in', '/admin'],
        ['/admin/signed-in', '/admin'],
      ] as const) {
        const answer = await fetch(`${world.issuer}/admin/signed-in?${new URLSearchParams({ state })}`, {
          redirect: 'manual',
        });
        expect([state, answer.headers.get('location')]).toEqual([state, to]);
      }
      await browser.open('/admin/signed-in?error=access_denied&state=/admin/operators');
      expect(browser.url).toBe(`${world.issuer}/`);
    });
  });

  describe('what a role may do', () => {
    test('A72: every role meets every page: open when its permission is given, refused when not', async () => {
      const hasSecondFactor = () => Promise.resolve(true);
      const routes = createConsolePages({
        ...world.core,
        hasSecondFactor,
        explanationOf: () => '',
        issuer: '',
      });
      for (const role of operatorRoleNames) {
        const operator = await createOperator(world, role);
        const browser = await atConsole(world, operator);
        const allowed = permissionsOf({ operatorRoles: [role], status: 'active' });
        const outcome = async ({ method, path, permission }: ConsoleRoute) => {
          const url = path.replaceAll(/:\w+/g, 'nothing');
          await (method === 'get' ? browser.open(url) : browser.post(url, {}));
          const refused = browser.status === 403 && browser.heading === FORBIDDEN;
          // Whoever may must still show that the form is ours (A27).
          const asked = method === 'get' || refused || browser.status === 403;
          expect([role, method, path, asked]).toEqual([role, method, path, true]);
          return [role, method, path, permission, refused ? 'refused' : 'open'];
        };
        for (const route of routes) {
          // Those for everybody only lead on.
          if (route.permission === undefined) continue;
          const may = allowed.has(route.permission);
          expect(await outcome(route)).toEqual([
            role,
            route.method,
            route.path,
            route.permission,
            may ? 'open' : 'refused',
          ]);
        }
      }
    });

    test('A73: what a role loses is gone at the very next request of an open session', async () => {
      const operator = await createOperator(world, 'owner');
      const browser = await atConsole(world, operator, '/admin/operators');
      expect(browser.heading).toBe('Operators');
      await world.core.accounts.change(operator.id, () => ({ operatorRoles: ['clients'] }));
      await browser.open('/admin/operators');
      expect([browser.status, browser.heading]).toEqual([403, FORBIDDEN]);
      await world.core.accounts.change(operator.id, () => ({ operatorRoles: [] }));
      expect((await browser.open('/admin/operators')).status).toBe(404);
      await world.core.accounts.change(operator.id, () => ({ operatorRoles: ['owner'], status: 'disabled' }));
      expect((await browser.open('/admin/operators')).heading).toBe('Sign in');
    });

    test('roles are given and taken with a reason, by owners alone, and the last owner stays', async () => {
      const owner = await createOperator(world, 'owner');
      const { id, email } = await world.createAccount();
      const browser = await atConsole(world, owner, '/admin/operators');
      await browser.submit({ login: 'nobody@example.cz' });
      expect(browser.html).toContain('There is no such account.');
      await browser.submit({ login: email });
      expect(browser.url).toBe(`${world.issuer}/admin/operators/${id}`);
      await browser.open(`/admin/operators/${id}/grant/support`);
      await browser.submit({ reason: ' x ' });
      expect([browser.status, browser.html.includes('Give a reason')]).toEqual([422, true]);
      await browser.submit({ reason: 'works at the desk' });
      expect(browser.html).toContain('The role is given.');
      expect((await world.core.accounts.get(id))?.doc.operatorRoles).toEqual(['support']);
      for (const path of [`/admin/operators/${id}/grant/root`, '/admin/operators/x/grant/owner'])
        expect((await browser.open(path)).status).toBe(404);

      for (const { id: other } of await world.core.operators.list())
        if (other !== owner.id) await world.core.operators.revoke({ kind: 'system' }, other, 'owner');
      await browser.open(`/admin/operators/${owner.id}/revoke/owner`);
      await browser.submit({ reason: 'leaving' });
      expect(browser.html).toContain('This is the last owner.');
      expect((await world.core.accounts.get(owner.id))?.doc.operatorRoles).toEqual(['owner']);
    });

    test('S12: what came of vetting is noted with a reason, by who may, and kept in the audit log', async () => {
      const { id } = await world.createAccount();
      const { number } = (await customerOf(world, id)).doc;
      const operator = await createOperator(world, 'owner');
      const browser = await atConsole(world, operator, `/admin/customers/${number}`);
      const vetting = async () => (await customerOf(world, id)).doc.vetting;
      await browser.open(`/admin/customers/${number}/vet/vetted`);
      await browser.submit({ reason: '' });
      expect([browser.status, await vetting()]).toEqual([422, undefined]);
      for (const [state, before] of [
        ['vetted', 'unvetted'],
        ['refused', 'vetted'],
      ] as const) {
        await browser.open(`/admin/customers/${number}`);
        expect(browser.html).toContain(`/vet/${state}"`);
        await browser.open(`/admin/customers/${number}/vet/${state}`);
        await browser.submit({ reason: `${state}: looked at the papers` });
        expect(browser.url).toBe(`${world.issuer}/admin/customers/${number}`);
        expect(await vetting()).toMatchObject({ state, reason: `${state}: looked at the papers` });
        const { entries } = await world.core.audit.list({ action: 'customer.vetted' }, { limit: 1 });
        expect(entries[0]!.doc).toMatchObject({ before: { state: before }, after: { state } });
      }
      for (const path of [`${number}/vet/perfect`, '999999999/vet/vetted'])
        expect((await browser.open(`/admin/customers/${path}`)).status).toBe(404);
      // A form that was opened before the role was lost.
      await browser.open(`/admin/customers/${number}/vet/vetted`);
      await world.core.accounts.change(operator.id, () => ({ operatorRoles: ['auditor'] }));
      await browser.submit({ reason: 'too late' });
      expect([browser.status, (await vetting())!.state]).toEqual([403, 'refused']);
    });

    test('A72: somebody of the support cannot raise themselves, whatever they send', async () => {
      const operator = await createOperator(world, 'support');
      const browser = await atConsole(world, operator);
      for (const path of ['', `/${operator.id}/grant/owner`]) {
        await browser.post(`/admin/operators${path}`, {
          login: operator.email,
          reason: 'I want more',
          operatorRoles: 'owner',
        });
        expect([browser.status, browser.heading]).toEqual([403, FORBIDDEN]);
      }
      expect((await world.core.accounts.get(operator.id))?.doc.operatorRoles).toEqual(['support']);
    });
  });

  describe('dangerous acts', () => {
    test('five minutes after the sign-in they ask for password and code, once for the next five minutes', async () => {
      const owner = await createOperator(world, 'owner');
      const { id } = await world.createAccount();
      const browser = await atConsole(world, owner, `/admin/operators/${id}/grant/clients`);
      now += 6 * MINUTE;
      // The form of before says nothing of a proof.
      await browser.submit({ reason: 'new colleague' });
      expect([browser.status, browser.html.includes('Confirm that it is you')]).toEqual([422, true]);
      const code = () => appCode(owner.key, new Date(now));
      await browser.submit({ reason: 'new colleague', password: 'wrong password', code: code() });
      expect(browser.html).toContain('The password is not right');
      await browser.submit({ reason: 'new colleague', password: PASSWORD, code: '000000' });
      expect(browser.status).toBe(422);
      expect((await world.core.accounts.get(id))?.doc.operatorRoles ?? []).toEqual([]);
      await browser.submit({ reason: 'new colleague', password: PASSWORD, code: code() });
      expect(browser.html).toContain('The role is given.');

      now += 4 * MINUTE;
      await browser.open(`/admin/operators/${id}/revoke/clients`);
      await browser.submit({ reason: 'a slip' });
      expect(browser.html).toContain('The role is taken away.');
      const isAsked = async () =>
        (await browser.open(`/admin/operators/${id}/grant/clients`)).html.includes('Confirm that it is you');
      const changeCredentials = (by: number) =>
        world.core.accounts.change(owner.id, ({ credentialVersion }) => ({
          credentialVersion: credentialVersion + by,
        }));
      // What was proved ends with the credentials that proved it.
      await changeCredentials(1);
      expect(await isAsked()).toBe(true);
      await browser.submit({ reason: 'again' });
      expect((await world.core.accounts.get(id))?.doc.operatorRoles).toEqual([]);
      await changeCredentials(-1);
      expect(await isAsked()).toBe(false);
      now += 2 * MINUTE;
      expect(await isAsked()).toBe(true);
    });

    test("A27: a form of another browser's session is refused", async () => {
      const [one, other] = [await createOperator(world, 'owner'), await createOperator(world, 'owner')];
      const { id } = await world.createAccount();
      const path = `/admin/operators/${id}/grant/owner`;
      const [mine, theirs] = [await atConsole(world, one, path), await atConsole(world, other, path)];
      const csrf = theirs.forms.find(({ action }) => action === path)!.fields['csrf']!;
      await mine.post(path, { csrf, reason: 'a forged form' });
      expect(mine.status).toBe(403);
      mine.headers = { ...mine.headers, 'sec-fetch-site': 'cross-site' };
      expect((await world.core.accounts.get(id))?.doc.operatorRoles ?? []).toEqual([]);
    });
  });
});
