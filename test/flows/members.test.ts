// Members of a customer, role by role: inviting, accepting, changing, disabling, and everything that must not work.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, signedIn } from '../support/journeys.ts';
import { act, addMember, atAccountPage, colleague, csrfOf, customerOf } from '../support/members.ts';
import { slowStore } from '../support/slow-store.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({
      storage,
      clock,
      env: {
        VRATNY_MEMBER_ROLES: JSON.stringify({
          accountant: { label: { cs: 'Účetní', en: 'Accountant' }, may: ['members:read', 'customer:read'] },
          staffing: { label: { cs: 'Personalista', en: 'Staffing' }, may: ['members:read', 'members:write'] },
        }),
      },
    });
  });
  afterAll(() => closeWorld(world, storage));

  let strangers = 0;
  const address = (): string => `invited${(strangers += 1)}@mail.example`;
  const noticesTo = (email: string): string[] =>
    world.mails
      .filter(({ to, subject }) => to === email && subject.includes('news of'))
      .map(({ text }) => text);

  /** An owner at the list of members of their customer. */
  async function owner() {
    const { id, email } = await world.createAccount();
    const customer = await customerOf(world, id);
    return { id, email, customer, browser: await atAccountPage(world, email, '/account/members') };
  }
  type Owner = Awaited<ReturnType<typeof owner>>;
  async function invite({ browser, customer }: Owner, email: string, role = 'manager') {
    await browser.open('/account/members/invite');
    return act(browser, '/account/members/invite', customer.id, { email, role });
  }
  const membership = (customerId: string, accountId: string) =>
    world.core.customerRules.members.get(customerId, accountId);
  const pending = (customerId: string) => world.core.customerRules.invitations.list(customerId);

  describe('roles', () => {
    test('S20: each role reaches what the table says, and no more', async () => {
      const boss = await owner();
      const victim = await colleague(world, boss.customer.id, 'viewer');
      await invite(boss, address());
      const [{ id: waiting } = { id: '' }] = await pending(boss.customer.id);
      const member = `/account/members/${victim.id}`;
      const gets = { '/account/members': 'rrrr', '/account/members/invite': 'r---', [member]: 'r---' };
      const posts = [
        '/account/members/invite',
        `${member}/role`,
        `${member}/disable`,
        `${member}/enable`,
        `/account/members/invitations/${waiting}/resend`,
        `/account/members/invitations/${waiting}/withdraw`,
      ];
      const people = { owner: boss } as Record<string, { email: string }>;
      for (const role of ['manager', 'viewer', 'accountant'])
        people[role] = await colleague(world, boss.customer.id, role);
      for (const [index, [role, { email }]] of Object.entries(people).entries()) {
        const browser = await atAccountPage(world, email, '/account/members');
        for (const [path, allowed] of Object.entries(gets)) {
          await browser.open(path);
          expect([role, path, browser.status]).toEqual([role, path, allowed[index] === 'r' ? 200 : 403]);
        }
        if (role === 'owner') continue;
        await browser.open('/account/sign-out-everywhere');
        const csrf = csrfOf(browser);
        for (const path of posts) {
          const fields = { email: address(), role: 'owner', customer: boss.customer.id, password: PASSWORD };
          await browser.post(path, { csrf, ...fields });
          expect([role, path, browser.status]).toEqual([role, path, 403]);
        }
      }
      expect(await membership(boss.customer.id, victim.id)).toMatchObject({ role: 'viewer' });
      expect(await pending(boss.customer.id)).toHaveLength(1);
    });

    test('who acts for nobody has no members, and ids of others are not there', async () => {
      const boss = await owner();
      const stranger = await owner();
      const theirs = await colleague(world, stranger.customer.id, 'viewer');
      await invite(stranger, address());
      const [{ id: waiting } = { id: '' }] = await pending(stranger.customer.id);
      for (const path of [`/account/members/${theirs.id}`, '/account/members/x', '/account/members/%00'])
        expect([path, (await boss.browser.open(path)).status]).toEqual([path, 404]);
      await boss.browser.open('/account/members/invite');
      for (const verb of ['role', 'disable', 'enable']) {
        const fields = { role: 'owner', customerId: stranger.customer.id, accountId: theirs.id };
        await act(boss.browser, `/account/members/${theirs.id}/${verb}`, boss.customer.id, fields);
        expect([verb, boss.browser.status]).toEqual([verb, 404]);
        await boss.browser.open('/account/members/invite');
        // Nor by naming their customer: the form is about another one than the person acts for.
        await act(boss.browser, `/account/members/${theirs.id}/${verb}`, stranger.customer.id, fields);
        expect(await membership(stranger.customer.id, theirs.id)).toMatchObject({ role: 'viewer' });
        await boss.browser.open('/account/members/invite');
      }
      await act(boss.browser, `/account/members/invitations/${waiting}/withdraw`, boss.customer.id);
      expect(boss.browser.html).toContain('over already');
      expect(await pending(stranger.customer.id)).toHaveLength(1);
      const nobody = await colleague(world, boss.customer.id, 'viewer');
      await world.core.customerRules.members.change(boss.customer.id, nobody.id, { status: 'disabled' });
      expect((await atAccountPage(world, nobody.email, '/account/members')).status).toBe(404);
    });

    test('A72: who may decide about members makes nobody an owner, themselves neither, and decides about none', async () => {
      const boss = await owner();
      const { id, email } = await colleague(world, boss.customer.id, 'staffing');
      const off = await colleague(world, boss.customer.id, 'owner');
      await world.core.customerRules.members.change(boss.customer.id, off.id, { status: 'disabled' });
      await invite(boss, address(), 'owner');
      const [{ id: waiting } = { id: '' }] = await pending(boss.customer.id);
      const browser = await atAccountPage(world, email, '/account/members');
      for (const link of [`/account/members/${boss.id}"`, `/invitations/${waiting}/`])
        expect(browser.html).not.toContain(link);
      await browser.open('/account/members/invite');
      expect(browser.html).not.toContain('value="owner"');
      const csrf = csrfOf(browser);
      for (const [path, role] of [
        ['/account/members/invite', 'owner'],
        [`/account/members/${id}/role`, 'owner'],
        [`/account/members/${boss.id}/role`, 'viewer'],
        [`/account/members/${boss.id}/disable`, ''],
        [`/account/members/${off.id}/enable`, ''],
        [`/account/members/invitations/${waiting}/resend`, ''],
        [`/account/members/invitations/${waiting}/withdraw`, ''],
      ] as const) {
        const fields = { email: address(), role, customer: boss.customer.id, password: PASSWORD };
        await browser.post(path, { csrf, ...fields });
        expect([path, role, browser.status]).toEqual([path, role, 403]);
      }
      expect(await membership(boss.customer.id, id)).toMatchObject({ role: 'staffing' });
      expect(await membership(boss.customer.id, boss.id)).toMatchObject({ role: 'owner' });
      expect(await membership(boss.customer.id, off.id)).toMatchObject({ status: 'disabled' });
      expect(await pending(boss.customer.id)).toHaveLength(1);
      // All others are theirs to decide about.
      await browser.open('/account/members/invite');
      await act(browser, '/account/members/invite', boss.customer.id, { email: address(), role: 'manager' });
      expect(await pending(boss.customer.id)).toHaveLength(2);
    });

    test('A73: who is an owner no more has made nobody one by an invitation from before', async () => {
      const boss = await owner();
      const peer = await colleague(world, boss.customer.id, 'owner');
      const peerBrowser = await atAccountPage(world, peer.email, '/account/members');
      const invited = await world.createAccount();
      await invite({ ...peer, customer: boss.customer, browser: peerBrowser }, invited.email, 'owner');
      const path = `/account/members/${peer.id}`;
      await boss.browser.open(path);
      await act(boss.browser, `${path}/role`, boss.customer.id, { role: 'staffing' });
      const [waiting] = await pending(boss.customer.id);
      expect(waiting).toMatchObject({ isValid: false, doc: { role: 'owner' } });
      const account = (await world.core.accounts.get(invited.id))!;
      expect(await world.core.customerRules.membership.accept(waiting!.id, account)).toEqual({
        kind: 'over',
      });
      expect(await membership(boss.customer.id, invited.id)).toBeUndefined();
    });

    test('S23: an owner makes somebody an owner and back, with the password, and they are told', async () => {
      const boss = await owner();
      const peer = await colleague(world, boss.customer.id, 'manager');
      const path = `/account/members/${peer.id}`;
      await boss.browser.open(path);
      await act(boss.browser, `${path}/role`, boss.customer.id, { role: 'owner', password: 'wrong' });
      expect(boss.browser.status).toBe(422);
      await act(boss.browser, `${path}/role`, boss.customer.id, { role: 'owner' });
      expect(boss.browser.html).toContain('The role is changed.');
      expect(await membership(boss.customer.id, peer.id)).toMatchObject({ role: 'owner' });
      expect(noticesTo(peer.email).join()).toContain('Role: Owner');
      await boss.browser.open(path);
      await act(boss.browser, `${path}/role`, boss.customer.id, { role: 'manager' });
      expect(await membership(boss.customer.id, peer.id)).toMatchObject({ role: 'manager' });
      await boss.browser.open(path);
      await act(boss.browser, `${path}/role`, boss.customer.id, { role: '__proto__' });
      expect(boss.browser.status).toBe(400);
    });

    test('S24: who is disabled loses what is open for that customer at once, and nothing else', async () => {
      const client = await world.createClient();
      const boss = await owner();
      const peer = await world.createAccount();
      const own = await customerOf(world, peer.id);
      await addMember(world, boss.customer.id, peer.id, 'manager');
      const wanted = { scope: 'openid customer offline_access', prompt: 'consent' };
      const number = boss.customer.doc.number;
      const [there, here] = [
        await signedIn(world, client, peer.email, { ...wanted, customer: number }),
        await signedIn(world, client, peer.email, { ...wanted, customer: own.doc.number }),
      ];
      const [tokensThere, tokensHere] = [
        await exchange(world, client, there),
        await exchange(world, client, here),
      ];
      await there.open('/account/customers');
      await there.post('/account/customers', { csrf: csrfOf(there), customer: boss.customer.id });
      await here.open('/account/customers');
      await here.post('/account/customers', { csrf: csrfOf(here), customer: own.id });

      const path = `/account/members/${peer.id}`;
      await boss.browser.open(path);
      await act(boss.browser, `${path}/disable`, boss.customer.id);
      expect(boss.browser.html).toContain('The member is disabled.');
      const refresh = (refreshToken: string | undefined) =>
        token(world, client, { grant_type: 'refresh_token', refresh_token: refreshToken! });
      expect((await refresh(tokensThere.body.refresh_token)).status).toBe(400);
      expect((await refresh(tokensHere.body.refresh_token)).status).toBe(200);
      expect((await there.open('/account/security')).heading).toBe('Sign in');
      expect((await here.open('/account/security')).heading).toBe('Security');
      await here.open(world.authorizeUrl(client, { scope: 'openid customer', customer: number }));
      expect(here.callback['error']).toBe('access_denied');
      expect(noticesTo(peer.email).join()).toContain('A member was disabled');

      await boss.browser.open(path);
      await act(boss.browser, `${path}/enable`, boss.customer.id);
      expect(await membership(boss.customer.id, peer.id)).toMatchObject({
        role: 'manager',
        status: 'active',
      });
    });
  });

  describe('the last owner', () => {
    test('stays one: neither demoted nor disabled, by nobody', async () => {
      const boss = await owner();
      for (const [verb, fields] of [
        ['role', { role: 'viewer' }],
        ['disable', {}],
      ] as const) {
        await boss.browser.open(`/account/members/${boss.id}`);
        await act(boss.browser, `/account/members/${boss.id}/${verb}`, boss.customer.id, fields);
        expect([verb, boss.browser.status]).toEqual([verb, 422]);
        expect(boss.browser.html).toContain('has to have an owner');
      }
      expect(await world.core.customers.ownersOf(boss.customer.id)).toHaveLength(1);
    });

    test('two owners who demote or disable each other at once leave one, on two nodes and a slow store', async () => {
      const node = await openWorld({ storage, wrap: (store) => slowStore(store, 3) });
      const other = storage.startsWith('mongodb')
        ? await openWorld({ storage, wrap: (store) => slowStore(store, 2) })
        : node;
      for (let round = 0; round < 5; round += 1) {
        const first = await node.createAccount();
        const customer = await customerOf(node, first.id);
        const second = await colleague(node, customer.id, 'owner');
        const [a, b] = [node.core.customerRules.members, other.core.customerRules.members];
        const outcomes = await Promise.all([
          a.change(customer.id, second.id, round % 2 ? { role: 'viewer' } : { status: 'disabled' }),
          b.change(customer.id, first.id, { role: 'manager' }),
          a.change(customer.id, first.id, { status: 'disabled' }),
        ]);
        const owners = await node.core.customers.ownersOf(customer.id);
        expect(owners.length).toBe(1);
        expect(outcomes.some(({ kind }) => kind === 'last_owner')).toBe(true);
        // Who is left can hand over, and then go.
        const [left] = owners;
        const heir = left!.accountId === first.id ? second.id : first.id;
        await a.change(customer.id, heir, { status: 'active' });
        await a.change(customer.id, heir, { role: 'owner' });
        expect(await b.change(customer.id, left!.accountId, { role: 'viewer' })).toMatchObject({
          kind: 'changed',
        });
      }
      if (other !== node) await other.close();
      await node.close();
    });
  });
});
