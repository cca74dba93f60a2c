// Leaving a customer by oneself: what ends, who is told, and who must not.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { exchange, signedIn } from '../support/journeys.ts';
import { addMember, atAccountPage, colleague, csrfOf, customerOf } from '../support/members.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

const pathOf = (customerId: string) => `/account/customers/${customerId}/leave`;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  const rules = () => world.core.customerRules;
  async function owner() {
    const { id, email } = await world.createAccount();
    return { id, email, customer: await customerOf(world, id) };
  }

  test('S24: a member of any role leaves, confirmed and with the password; all they had open for it ends', async () => {
    const client = await world.createClient();
    const boss = await owner();
    const { id: customerId } = boss.customer;
    for (const role of ['viewer', 'manager', 'owner']) {
      const peer = await world.createAccount();
      const own = await customerOf(world, peer.id);
      await addMember(world, customerId, peer.id, role);
      const wanted = { scope: 'openid customer offline_access', prompt: 'consent' };
      const at = async (number: string) => {
        const browser = await signedIn(world, client, peer.email, { ...wanted, customer: number });
        return { browser, refresh: (await exchange(world, client, browser)).body.refresh_token! };
      };
      const [there, here] = [await at(boss.customer.doc.number), await at(own.doc.number)];
      for (const [{ browser }, id] of [
        [there, customerId],
        [here, own.id],
      ] as const) {
        await browser.open('/account/customers');
        await browser.post('/account/customers', { csrf: csrfOf(browser), customer: id });
      }
      const { browser } = there;
      await browser.open('/account/members');
      expect(browser.html).toContain(pathOf(customerId));
      await browser.open(pathOf(customerId));
      expect(browser.heading).toBe('Leave the customer');
      const form = { csrf: csrfOf(browser), sure: 'yes', password: PASSWORD };
      await browser.post(pathOf(customerId), { ...form, sure: '' });
      expect([browser.status, browser.html.includes('Tick the box')]).toEqual([422, true]);
      await browser.post(pathOf(customerId), { ...form, password: 'wrong' });
      expect(browser.status).toBe(422);
      expect(await rules().members.get(customerId, peer.id)).toMatchObject({ role });
      // A stranger to the customer cannot leave it, nor have anybody else leave.
      const stranger = await atAccountPage(world, (await owner()).email, '/account/sign-out-everywhere');
      expect((await stranger.open(pathOf(customerId))).status).toBe(404);
      await stranger.open('/account/sign-out-everywhere');
      await stranger.post(pathOf(customerId), { ...form, csrf: csrfOf(stranger), accountId: peer.id });
      expect(stranger.status).toBe(404);

      await browser.post(pathOf(customerId), form);
      expect(browser.heading).toBe('You have left');
      expect(await rules().members.get(customerId, peer.id)).toBeUndefined();
      const refreshed = async (refresh: string) =>
        (await token(world, client, { grant_type: 'refresh_token', refresh_token: refresh })).status;
      expect([await refreshed(there.refresh), await refreshed(here.refresh)]).toEqual([400, 200]);
      expect((await browser.open('/account/security')).heading).toBe('Sign in');
      expect((await here.browser.open('/account/security')).heading).toBe('Security');
      // Once more, with the back button.
      expect((await here.browser.open(pathOf(customerId))).status).toBe(404);
      for (const email of [boss.email, peer.email]) {
        const told = world.mails.filter(
          ({ to, text }) => to === email && text.includes('has left this customer'),
        );
        expect(told.at(-1)?.text).toContain(peer.email);
        // Only who has left can lock: it may not have been them.
        expect(told.at(-1)?.text.includes('/not-me/')).toBe(email === peer.email);
      }
      const { changes } = await world.core.audit.ofAccount(peer.id, { limit: 5 });
      expect(changes.map(({ action }) => action)).toContain('member.left');
      // Nobody lets them back in over their head; they come by an invitation.
      const chief = await atAccountPage(world, boss.email, '/account/members');
      expect((await chief.open(`/account/members/${peer.id}`)).status).toBe(404);
      expect(await rules().members.join(customerId, peer.id, 'viewer')).toMatchObject({ kind: 'joined' });
    }
  });

  test('the last owner stays, alone or among others; of those who go or hand over at once one owner is left', async () => {
    const boss = await owner();
    const { id: customerId } = boss.customer;
    const browser = await atAccountPage(world, boss.email, pathOf(customerId));
    await browser.submit({ sure: 'yes', password: PASSWORD });
    expect([browser.status, browser.html.includes('You are the last owner')]).toEqual([422, true]);
    const first = (await world.core.accounts.get(boss.id))!;
    for (let round = 0; round < 6; round += 1) {
      const { id } = await colleague(world, customerId, round % 2 ? 'owner' : 'viewer');
      const second = (await world.core.accounts.get(id))!;
      const handOver = async () => {
        await rules().members.change(customerId, id, { role: 'owner' });
        return rules().membership.leave(customerId, first);
      };
      await Promise.all([handOver(), rules().membership.leave(customerId, second)]);
      const [left, ...more] = await world.core.customers.ownersOf(customerId);
      expect([left === undefined, more.length]).toEqual([false, 0]);
      // For the next round.
      if (left!.accountId === id) {
        await rules().members.join(customerId, boss.id, 'owner');
        expect(await rules().membership.leave(customerId, second)).toMatchObject({ kind: 'changed' });
      }
    }
  });
});
