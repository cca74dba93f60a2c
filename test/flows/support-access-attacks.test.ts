// Attacks on support access: going on after its end, and going in without it.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeJwt } from 'jose';
import { collections } from '../../src/domain/collections.ts';
import { createSessions } from '../../src/domain/sign-ins/sessions.ts';
import type { Collection, Shape, Store } from '../../src/ports/store.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { act, atAccountPage, colleague, csrfOf } from '../support/members.ts';
import { exchange, introspect, obtain, refresh, userinfo } from '../support/relying-party.ts';
import { allow, inside, owner, REASON, SUPPORT_PAGE } from '../support/support-access.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const OVER = 'Support access has ended';

/** A store whose uses of support access are gone after so many reads more, as if one had ended in between. */
function endingStore(store: Store) {
  const reads = { left: Infinity };
  const wrapped: Store = {
    ...store,
    collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K> {
      const inner = store.collection(shape);
      if (shape.name !== collections.supportUses.name) return inner;
      return { ...inner, get: async (id) => ((reads.left -= 1) >= 0 ? inner.get(id) : undefined) };
    },
  };
  return { store: wrapped, reads };
}

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let second: World;
  let now = Date.now();
  let uses: { left: number };
  const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
  beforeAll(async () => {
    const wrap = (store: Store) => {
      const ending = endingStore(store);
      uses = ending.reads;
      return ending.store;
    };
    world = await openWorld({ storage, clock, wrap });
    second = await openWorld({
      storage,
      clock,
      env: { VRATNY_ISSUER: world.issuer },
      wrap: () => ({ ...world.store, close: () => Promise.resolve() }),
    });
  });
  afterAll(async () => {
    await second.close();
    await closeWorld(world, storage);
  });
  beforeEach(() => {
    now = Math.max(now, Date.now());
  });

  describe('after its end', () => {
    type Inside = Awaited<ReturnType<typeof inside>>;
    const ends: Record<string, (it: Inside) => Promise<unknown>> = {
      'the customer ends it': async ({ person, allowance }) =>
        act(await person.browser.open(SUPPORT_PAGE), `${SUPPORT_PAGE}/${allowance}/end`, person.customer.id),
      'its hour is over': () => Promise.resolve((now += 3_600_000)),
      'the operator is disabled': ({ operator }) =>
        world.core.accounts.change(operator.id, () => ({ status: 'disabled' })),
      'the operator loses the role': ({ operator }) =>
        world.core.accounts.change(operator.id, () => ({ operatorRoles: ['auditor'] })),
      'the operator signs out everywhere': ({ operator }) => world.core.guard.signOutEverywhere(operator.id),
      'the operator ends the session at the console': async ({ operator }) => {
        const [own] = await createSessions(world.core.store).list(operator.id);
        await world.core.endings.endOwnSession(operator.id, own!.uid);
      },
      'the person signs out everywhere': ({ person }) => world.core.guard.signOutEverywhere(person.id),
      'the person ends the session': async ({ person }) => {
        const browser = await person.browser.open('/account/sessions');
        const form = browser.forms.find(({ fields }) => 'session' in fields)!;
        await browser.post(form.action, { ...form.fields });
      },
      'the account is disabled': ({ person }) =>
        world.core.accounts.change(person.id, () => ({ status: 'disabled' })),
      'the person is no owner any more': async ({ person }) => {
        await colleague(world, person.customer.id, 'owner');
        await world.core.customerRules.members.change(person.customer.id, person.id, { role: 'viewer' });
      },
      'the person joins the staff': ({ person }) =>
        world.core.operators.grant({ kind: 'system' }, person.id, 'clients'),
    };

    test('nothing is left of it, on any node: pages, tokens, sign-ins, whatever has ended it', async () => {
      const client = await world.createClient();
      for (const [what, end] of Object.entries(ends)) {
        const it = await inside(world);
        const { tokens } = await obtain(world, client, it.person, {}, it.browser);
        expect([what, (await userinfo(world, tokens.access_token)).status]).toEqual([what, 200]);
        now += 1000;
        await end(it);
        const cookies = new Map(it.browser.cookies);
        for (const node of [world, second]) {
          const at = { ...node, issuer: `http://localhost:${node.port}` };
          expect([what, (await userinfo(at, tokens.access_token)).status]).toEqual([what, 401]);
          expect([what, (await introspect(at, client, tokens.access_token)).body]).toEqual([
            what,
            { active: false },
          ]);
          const browser = node.browser();
          for (const [key, cookie] of cookies) browser.cookies.set(key, cookie);
          // Never by the person's account, nor silently by the operator's own.
          await browser.open(node.authorizeUrl(client).replace(world.issuer, at.issuer));
          expect([what, browser.callback['error']]).toEqual([what, 'login_required']);
          browser.cookies.clear();
          for (const [key, cookie] of cookies) browser.cookies.set(key, cookie);
          await browser.open(`${at.issuer}/account`);
          expect([what, browser.heading, browser.status]).toEqual([what, OVER, 403]);
          expect([...browser.cookies.keys()].some((key) => key.startsWith('vratny_support'))).toBe(false);
        }
        expect([what, (await refresh(world, client, tokens.refresh_token)).status]).toEqual([what, 400]);
        await world.core.supportAccess.endDue();
        await world.core.outbox.idle();
        const told = world.mails.filter(
          ({ to, text }) => to === it.person.email && text.includes('Support has left the account'),
        );
        const isTold = what !== 'the account is disabled';
        expect([what, told.length]).toEqual([what, isTold ? 1 : 0]);
      }
    }, 180_000);

    test('a token that is made while it ends is none, or says who acts; none outlives it', async () => {
      const { person, operator, browser } = await inside(world);
      const client = await world.createClient();
      now += 3_000_000;
      const outcomes: unknown[] = [];
      for (let reads = 0; reads <= 4; reads += 1) {
        // As the engine reads it, too: an address with a slash at its end is the same one.
        await browser.open(world.authorizeUrl(client).replace('/authorize?', '/authorize/?'));
        uses.left = reads;
        const { status, body } = await exchange(world, client, browser);
        uses.left = Infinity;
        outcomes.push(status);
        if (status !== 200) continue;
        const { sub, act: actor, exp, iat } = decodeJwt(body.id_token!);
        const seen = await introspect(world, client, body.access_token);
        expect([reads, sub, actor, seen.body['act']]).toEqual([
          reads,
          person.id,
          { sub: operator.id },
          { sub: operator.id },
        ]);
        expect(exp! - iat!).toBeLessThanOrEqual(600);
      }
      expect([outcomes.at(0), outcomes.at(1), outcomes.at(-1)]).toEqual([400, 400, 200]);
    });

    test('what opened it opens nothing again, and of many ends at once one is told', async () => {
      const { person, allowance, operator, browser } = await inside(world);
      const path = `/admin/support-access/${allowance}/enter`;
      const csrf = csrfOf(await browser.open('/admin'));
      await Promise.all([
        world.core.supportAccess.end(
          person.customer.id,
          allowance,
          (await world.core.accounts.get(person.id))!,
        ),
        world.core.supportAccess.endFor(allowance, { kind: 'system' }),
        world.core.supportAccess.leaveAll(operator.id),
      ]);
      await world.core.outbox.idle();
      const told = (text: string) =>
        world.mails.filter((mail) => mail.to === person.email && mail.text.includes(text)).length;
      expect([told('Support has left'), told('no longer allowed')]).toEqual([1, 1]);
      for (const again of [() => browser.open(path), () => browser.post(path, { csrf, reason: REASON })])
        expect((await again()).status).toBe(404);
      // Allowed anew, it is another one.
      expect(await allow(world, person)).not.toBe(allowance);
      expect((await browser.post(path, { csrf, reason: REASON })).status).toBe(404);
    });
  });

  describe('without it', () => {
    test('who may not allow it does not, for no customer and into no account', async () => {
      const person = await owner(world);
      const stranger = await owner(world);
      const allowance = await allow(world, person);
      const tries = [`${SUPPORT_PAGE}/allow`, `${SUPPORT_PAGE}/extend`, `${SUPPORT_PAGE}/${allowance}/end`];
      for (const role of ['manager', 'viewer']) {
        const { email } = await colleague(world, person.customer.id, role);
        const browser = await atAccountPage(world, email, SUPPORT_PAGE);
        expect([role, browser.html.includes('Only an owner can allow it.'), csrfOf(browser)]).toEqual([
          role,
          true,
          '',
        ]);
        const csrf = csrfOf(await browser.open('/account/sign-out-everywhere'));
        for (const path of tries) {
          await browser.post(path, { csrf, customer: person.customer.id });
          expect([role, path, browser.status]).toEqual([role, path, 403]);
        }
      }
      // Another customer's owner: by their own customer, and by the other's.
      for (const customer of [stranger.customer.id, person.customer.id]) {
        const csrf = csrfOf(await stranger.browser.open('/account/sign-out-everywhere'));
        await stranger.browser.post(`${SUPPORT_PAGE}/${allowance}/end`, { csrf, customer });
        const forged = { accountId: person.id, account: person.id, until: '2099-01-01', hours: '9999' };
        await stranger.browser.post(`${SUPPORT_PAGE}/allow`, { csrf, customer, ...forged });
      }
      const left = await world.core.supportAccess.allowances.list({ customerId: person.customer.id });
      expect(left.map(({ id, doc }) => [id, doc.accountId])).toEqual([[allowance, person.id]]);
      const own = await world.core.supportAccess.allowances.list({ accountId: stranger.id });
      expect(own.map(({ doc }) => Date.parse(doc.until) - Date.parse(doc.since))).toEqual([86_400_000]);
    });

    test('staff let nobody into their account, and nobody floods the others with mails', async () => {
      const person = await owner(world);
      const customerId = person.customer.id;
      const account = async () => (await world.core.accounts.get(person.id))!;
      await world.core.operators.grant({ kind: 'system' }, person.id, 'clients');
      await person.browser.open(SUPPORT_PAGE);
      expect(person.browser.html).toContain('Nobody enters the account of one of our staff.');
      expect(await world.core.supportAccess.allow(customerId, await account())).toBe('not_theirs');
      await world.core.operators.revoke({ kind: 'system' }, person.id, 'clients');
      expect(await world.core.supportAccess.allow(customerId, await account())).toBe('done');
      for (let count = 2; count <= 20; count += 1)
        expect(await world.core.supportAccess.extend(customerId, await account())).toBe('done');
      await person.browser.open(SUPPORT_PAGE);
      await person.browser.submit({}, 'Extend: 24 hours from now');
      expect(person.browser.html).toContain('Please try again tomorrow.');
    });

    test('A27: no form of another site, browser or session; no GET, no missing reason', async () => {
      const person = await owner(world);
      const csrf = csrfOf(await person.browser.open(`${SUPPORT_PAGE}/allow`));
      const stranger = await owner(world);
      await stranger.browser.post(`${SUPPORT_PAGE}/allow`, { csrf, customer: stranger.customer.id });
      expect(stranger.browser.status).toBe(403);
      const operator = await createOperator(world, 'support');
      const allowance = await allow(world, person);
      const path = `/admin/support-access/${allowance}/enter`;
      const browser = await atConsole(world, operator, path);
      for (const fields of [
        { reason: REASON },
        { csrf, reason: REASON },
        { csrf: csrfOf(browser), reason: ' ' },
      ])
        expect([403, 422]).toContain((await browser.post(path, fields)).status);
      expect(await world.core.supportAccess.uses.list({ allowanceId: allowance })).toEqual([]);
      // Nothing in the form says whose account it is, or who goes in.
      const forged = { accountId: stranger.id, operatorId: stranger.id, until: '2099-01-01' };
      await browser.open(path);
      await browser.post(path, { csrf: csrfOf(browser), reason: REASON, ...forged });
      const [use] = await world.core.supportAccess.uses.list({ allowanceId: allowance });
      expect([use?.accountId, use?.operatorId, use!.endsAt.getTime() - now]).toEqual([
        person.id,
        operator.id,
        3_600_000,
      ]);
    });

    test('operators without the permission see no way in, and get none', async () => {
      const person = await owner(world);
      const allowance = await allow(world, person);
      for (const role of ['clients', 'auditor'] as const) {
        const operator = await createOperator(world, role);
        const browser = await atConsole(world, operator, `/admin/support-access/${allowance}/enter`);
        expect([role, browser.status]).toEqual([role, 403]);
        const csrf = csrfOf(await browser.open('/admin'));
        await browser.post(`/admin/support-access/${allowance}/enter`, { csrf, reason: REASON });
        expect([role, browser.status]).toEqual([role, 403]);
      }
      // Whoever becomes staff cannot be entered, or support could become an owner of the house.
      const operator = await createOperator(world, 'support');
      const browser = await atConsole(world, operator, `/admin/support-access/${allowance}/enter`);
      await world.core.operators.grant({ kind: 'system' }, person.id, 'owner');
      await browser.submit({ reason: REASON });
      // The allowance itself ends soon after, by the clock of the house.
      expect([404, 422]).toContain(browser.status);
      expect(await world.core.supportAccess.uses.list({ allowanceId: allowance })).toEqual([]);
    });

    test('the session of support is none in another cookie, and another session none of support', async () => {
      const { browser, person } = await inside(world);
      const value = (cookie: string) => browser.cookies.get(`${cookie}\n/`)!;
      const forged = world.browser();
      forged.cookies.set('vratny_session\n/', value('vratny_support'));
      for (const path of ['/account', '/admin', '/account/security/password'])
        expect((await forged.open(path)).heading).toBe('Sign in');
      const client = await world.createClient();
      const asked = await forged.open(world.authorizeUrl(client, { prompt: 'login' }));
      expect(asked.heading).toBe('Sign in');
      const own = await atAccountPage(world, person.email, '/account');
      const other = world.browser();
      other.cookies.set('vratny_support\n/', own.cookies.get('vratny_session\n/')!);
      expect((await other.open('/account')).heading).toBe(OVER);
    });
  });
});
