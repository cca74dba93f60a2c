// Invitations to act for a customer: sending, taking, and everybody who must not take one.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collections } from '../../src/domain/collections.ts';
import { MOST_PENDING } from '../../src/domain/customers/invitation-rows.ts';
import type { WaitingInvitation } from '../../src/domain/customers/invitations.ts';
import { exchange } from '../support/journeys.ts';
import { act, addMember, atAccountPage, colleague, csrfOf, customerOf } from '../support/members.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const DAY = 86_400_000;

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
        }),
      },
    });
  });
  afterAll(() => closeWorld(world, storage));

  let strangers = 0;
  const address = (): string => `invited${(strangers += 1)}@mail.example`;
  const linkTo = (email: string): string =>
    world.mails
      .filter(({ to }) => to === email)
      .flatMap(({ text }) => /http:\S+\/invitation\/[\w-]{43}/.exec(text)?.[0] ?? [])
      .at(-1) ?? 'no link';
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

  test('what an intruder has prepared: an invitation from before the owner locked the account is over', async () => {
    const boss = await owner();
    const { id, email } = await world.createAccount({ email: address() });
    const intruder = await world.createAccount({ email: address(), name: 'Petr Cizí' });
    await invite(boss, intruder.email, 'owner');
    const [first] = await pending(boss.customer.id);
    const joining = (await world.core.accounts.get(intruder.id))!;
    await world.core.customerRules.membership.accept(first!.id, joining);
    // Of a customer whose members the account sees, but not whom they invite, and of one that is not its own.
    const [seen, other] = [await owner(), await owner()];
    await addMember(world, seen.customer.id, boss.id, 'viewer');
    const hidden = [address(), address()];
    await invite(seen, hidden[0]!);
    await invite(other, hidden[1]!);
    await invite(boss, email, 'owner');
    // The owner is told at once, with the way to lock the account.
    const told = world.mails.findLast(({ to }) => to === boss.email)!.text;
    now += 60_000;
    await (await world.browser().open(/http:\S+\/not-me\/[\w-]{43}/.exec(told)![0])).submit({});
    const letter = world.mails.findLast(({ to }) => to === boss.email)!.text;
    expect(letter).toContain(`New member: Petr Cizí (${intruder.email})`);
    expect(letter).toContain(`Invited: ${email}`);
    for (const none of [...hidden, other.customer.doc.number]) expect(letter).not.toContain(none);
    const guest = await atAccountPage(world, email, '/account/invitations');
    expect(guest.forms.some(({ action }) => action.includes('invitations'))).toBe(false);
    expect((await guest.open(linkTo(email))).heading).not.toBe('You are invited');
    expect(await membership(boss.customer.id, id)).toBeUndefined();
    // It is listed as what it is, blocks no closing, and no new one to the same address, which alone can be taken.
    const peer = await world.createAccount();
    await addMember(world, boss.customer.id, peer.id, 'owner');
    const list = await atAccountPage(world, peer.email, '/account/members');
    expect(list.html).toContain('Not valid any more');
    const { closings } = world.core.customerRules;
    expect((await closings.blockers(boss.customer.id, peer.id)).invitations).toBe(0);
    await invite({ ...boss, browser: list }, email);
    expect(list.html).not.toContain('Not valid any more');
    expect(await pending(boss.customer.id)).toMatchObject([{ isValid: true, doc: { role: 'manager' } }]);
    expect((await guest.open(linkTo(email))).heading).toBe('You are invited');
  });

  test('invitations that are over make room when there is none left', async () => {
    const boss = await owner();
    const store = world.store.collection(collections.invitations);
    const peer = await colleague(world, boss.customer.id, 'owner');
    await invite(boss, address());
    const [{ doc }] = (await pending(boss.customer.id)) as [WaitingInvitation];
    const put = (index: number, invitedBy: string) => {
      const slot = `${boss.customer.id}:${index}`;
      return store.insert(slot, { ...doc, invitedBy, slot, link: slot }, new Date(now + DAY));
    };
    for (let index = 1; index < MOST_PENDING - 1; index += 1) await put(index, boss.id);
    await put(MOST_PENDING, peer.id);
    await invite(boss, address());
    expect(boss.browser.html).toContain('Too many invitations wait');
    await world.core.accounts.change(peer.id, () => ({ lockedAt: new Date(now + 1).toISOString() }));
    await invite(boss, address());
    expect(boss.browser.status).toBe(200);
    const left = await pending(boss.customer.id);
    expect([left.length, left.every(({ isValid }) => isValid)]).toEqual([MOST_PENDING, true]);
  });

  describe('inviting', () => {
    test('S21, S22: somebody with an account is invited by e-mail and role, signs in, and accepts', async () => {
      const boss = await owner();
      const { id, email } = await world.createAccount({ email: address() });
      expect(boss.browser.heading).toBe('Members');
      await boss.browser.open('/account/members/invite');
      await boss.browser.submit({ email, role: 'manager', password: PASSWORD });
      expect(boss.browser.html).toContain('The invitation is on its way.');
      expect(boss.browser.html).toContain(email);

      const guest = await world.browser().open(linkTo(email));
      expect(guest.heading).toBe('You are invited');
      expect(guest.responseHeaders.get('referrer-policy')).toBe('no-referrer');
      // A link may be looked at as often as one likes: the mail scanner comes first.
      await guest.open(linkTo(email));
      expect(await membership(boss.customer.id, id)).toBeUndefined();
      await guest.open('/account/invitations');
      await guest.submit({ login: email, password: PASSWORD });
      expect(guest.heading).toBe('Invitations');
      await guest.submit({}, guest.forms[0]!.buttons[0]!.text);
      expect(guest.html).toContain('Welcome.');
      expect(await membership(boss.customer.id, id)).toMatchObject({ role: 'manager' });
      // From now on they act for that customer, everywhere.
      const client = await world.createClient();
      await guest.open(world.authorizeUrl(client, { scope: 'openid customer' }));
      const { body } = await exchange(world, client, guest);
      const info = await fetch(`${world.issuer}/userinfo`, {
        headers: { authorization: `Bearer ${body.access_token}` },
      });
      expect(await info.json()).toMatchObject({ customer_id: boss.customer.id, customer_role: 'manager' });
      expect((await guest.open(linkTo(email))).status).toBe(410);
      expect(noticesTo(boss.email).join()).toContain('has accepted an invitation');
      expect(await pending(boss.customer.id)).toHaveLength(0);
    });

    test('an address with an account and one without look alike to the inviter', async () => {
      const boss = await owner();
      const known = await world.createAccount({ email: address() });
      const seen = [];
      for (const email of [known.email, address()]) {
        await invite(boss, email);
        seen.push(boss.browser.html.replaceAll(email, 'X').replaceAll(/value="[^"]*"|[0-9a-f-]{36}/g, ''));
        expect(linkTo(email)).not.toBe('no link');
        await act(
          boss.browser,
          `/account/members/invitations/${(await pending(boss.customer.id))[0]!.id}/withdraw`,
          boss.customer.id,
        );
        await boss.browser.open('/account/members/invite');
      }
      const strip = (html: string) => html.replaceAll(/<p class="setting__state">[^<]*<\/p>|\d+:\d+/g, '');
      expect(strip(seen[1]!)).toBe(strip(seen[0]!));
    });

    test('the password is asked, and what is wrong is said', async () => {
      const boss = await owner();
      const peer = await colleague(world, boss.customer.id, 'viewer');
      const tries: [Record<string, string>, string][] = [
        [{ email: address(), password: 'wrong' }, 'password'],
        [{ email: 'nobody' }, 'This is no e-mail address.'],
        [{ email: address(), role: 'god' }, 'Choose a role.'],
        [{ email: peer.email }, 'is a member already'],
      ];
      for (const [fields, words] of tries) {
        await boss.browser.open('/account/members/invite');
        await act(boss.browser, '/account/members/invite', boss.customer.id, { role: 'viewer', ...fields });
        expect([boss.browser.status, boss.browser.html.includes(words)]).toEqual([422, true]);
      }
      expect(await pending(boss.customer.id)).toHaveLength(0);
    });

    test('one that waits can be sent again, which voids the link before, and withdrawn', async () => {
      const boss = await owner();
      const email = address();
      await invite(boss, email);
      await invite(boss, email);
      expect(boss.browser.html).toContain('waits already');
      const first = linkTo(email);
      const [{ id } = { id: '' }] = await pending(boss.customer.id);
      await act(boss.browser, `/account/members/invitations/${id}/resend`, boss.customer.id);
      expect(boss.browser.html).toContain('on its way');
      const second = linkTo(email);
      expect((await world.browser().open(first)).status).toBe(410);
      expect((await world.browser().open(second)).status).toBe(200);
      await act(boss.browser, `/account/members/invitations/${id}/withdraw`, boss.customer.id);
      expect((await world.browser().open(second)).status).toBe(410);
      await boss.browser.open('/account/members/invite');
      await act(boss.browser, `/account/members/invitations/${id}/resend`, boss.customer.id);
      expect(boss.browser.html).toContain('over already');
    });

    test('only so many mails go to one address, whoever invites', async () => {
      const email = address();
      for (let time = 0; time < 4; time += 1) {
        const boss = await owner();
        await invite(boss, email);
        expect(boss.browser.status).toBe(time < 3 ? 200 : 429);
      }
    });
  });

  describe('taking an invitation', () => {
    async function invited(email: string) {
      const boss = await owner();
      await invite(boss, email);
      const [invitation] = await pending(boss.customer.id);
      return { boss, id: invitation!.id };
    }
    const accept = async (email: string, id: string) => {
      const browser = await atAccountPage(world, email, '/account/customers');
      // Any form of ours in this session carries the same token.
      await browser.open('/account/sign-out-everywhere');
      return browser.post(`/account/invitations/${id}/accept`, { csrf: csrfOf(browser), role: 'owner' });
    };

    test('nobody else takes it: another account, one whose address is not verified, one that has moved on', async () => {
      const email = address();
      const { boss, id } = await invited(email);
      const unverified = await world.createAccount({ email, emailVerified: false });
      const other = await world.createAccount();
      for (const person of [unverified, other]) {
        const browser = await accept(person.email, id);
        expect(browser.html).not.toContain('Welcome.');
        expect(await membership(boss.customer.id, person.id)).toBeUndefined();
      }
      const thief = await atAccountPage(world, other.email, '/account/invitations');
      expect(thief.html).not.toContain(boss.customer.doc.number);
      expect((await thief.open(linkTo(email))).html).toContain('Sign in with the other account');
      await world.core.accounts.change(unverified.id, () => ({ emailVerified: true }));
      expect((await accept(email, id)).html).toContain('Welcome.');
      // The role is that of the invitation, whatever the form says.
      expect(await membership(boss.customer.id, unverified.id)).toMatchObject({ role: 'manager' });
      // Used is used.
      expect((await accept(email, id)).html).toContain('over already');
    });

    test('fifty at once make one membership', async () => {
      const email = address();
      const { boss, id } = await invited(email);
      const account = await world.createAccount({ email });
      const stored = (await world.core.accounts.get(account.id))!;
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => world.core.customerRules.membership.accept(id, stored)),
      );
      expect(outcomes.filter(({ kind }) => kind === 'accepted')).toHaveLength(1);
      expect(await membership(boss.customer.id, account.id)).toBeDefined();
      const { entries } = await world.core.audit.list({ customerId: boss.customer.id }, { limit: 100 });
      expect(entries.filter(({ doc }) => doc.action === 'member.joined')).toHaveLength(1);
    });

    test('S22: it ends after seven days, and with the right of who sent it', async () => {
      const [late, orphan] = [address(), address()];
      await world.createAccount({ email: late });
      await world.createAccount({ email: orphan });
      const first = await invited(late);
      const second = await invited(orphan);
      const heir = await colleague(world, second.boss.customer.id, 'owner');
      await world.core.customerRules.members.change(second.boss.customer.id, second.boss.id, {
        role: 'viewer',
      });
      expect((await accept(orphan, second.id)).html).toContain('over already');
      expect(heir).toBeDefined();
      const before = now;
      now += 7 * DAY - 1000;
      expect((await world.browser().open(linkTo(late))).status).toBe(200);
      now += 1000;
      expect((await world.browser().open(linkTo(late))).status).toBe(410);
      expect((await accept(late, first.id)).html).toContain('over already');
      now = before;
    });

    test('S22: it shows among what needs attention, and is taken or declined right there', async () => {
      const email = address();
      const account = await world.createAccount({ email });
      const [first, second] = [await invited(email), await invited(email)];
      const browser = await atAccountPage(world, email, '/account');
      expect(browser.heading).toBe('Overview');
      expect(browser.html).toContain(`An invitation from ${first.boss.customer.doc.name}`);
      const csrf = csrfOf(browser);
      await browser.post(`/account/invitations/${first.id}/accept`, { csrf });
      expect(await membership(first.boss.customer.id, account.id)).toMatchObject({ role: 'manager' });
      await browser.post(`/account/invitations/${second.id}/decline`, { csrf });
      expect((await browser.open('/account')).html).not.toContain('An invitation from');
      expect(await membership(second.boss.customer.id, account.id)).toBeUndefined();
      // Of an address that is not verified nobody is shown anything.
      const third = await invited(email);
      await world.core.accounts.change(account.id, () => ({ emailVerified: false }));
      expect((await browser.open('/account')).html).not.toContain(third.boss.customer.doc.number);
    });

    test('it can be declined', async () => {
      const email = address();
      await world.createAccount({ email });
      const { boss, id } = await invited(email);
      const browser = await atAccountPage(world, email, '/account/invitations');
      await browser.post(`/account/invitations/${id}/decline`, { csrf: csrfOf(browser) });
      expect(browser.html).toContain('The invitation is declined.');
      expect(await pending(boss.customer.id)).toHaveLength(0);
    });
  });
});
