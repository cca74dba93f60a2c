// Registering by an invitation: the address is settled and proved by the link, and there is no customer of one's own;
// and everybody who must not get in that way.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { collections } from '../../src/domain/collections.ts';
import { exchange } from '../support/journeys.ts';
import { customerOf } from '../support/members.ts';
import { newcomer, registrationEnv, registrationJourney, type Newcomer } from '../support/registration.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let way: ReturnType<typeof registrationJourney>;
  beforeAll(async () => {
    world = await openWorld({ storage, env: registrationEnv });
    way = registrationJourney(world);
  });
  afterAll(() => closeWorld(world, storage));

  const rules = () => world.core.customerRules;
  const linkTo = ({ email }: Newcomer): string =>
    world.mails
      .filter(({ to }) => to === email)
      .flatMap(({ text }) => /http:\S+\/invitation\/[\w-]{43}/.exec(text)?.[0] ?? [])
      .at(-1) ?? 'no link';
  async function invited() {
    const boss = await world.createAccount();
    const customer = await customerOf(world, boss.id);
    const account = (await world.core.accounts.get(boss.id))!;
    const person = newcomer();
    const inviter = { account, locale: 'en', address: undefined } as const;
    await rules().membership.invite(customer.id, { email: person.email, role: 'manager' }, inviter);
    await world.core.outbox.idle();
    const [invitation] = await rules().invitations.list(customer.id);
    const withdraw = () =>
      rules().membership.withdraw(customer.id, invitation!.id, {
        actor: { kind: 'person', accountId: boss.id },
        name: 'x',
      });
    const resend = () => rules().invitations.resend(customer.id, invitation!.id, inviter);
    return { boss, customer, person, invitation: invitation!, withdraw, resend };
  }
  /** At the form, as the link in the mail leads to it. */
  const atForm = async (person: Newcomer): Promise<Browser> =>
    way.browserOf(person).open(`${linkTo(person)}/register`);
  const atCode = async (person: Newcomer, more: Record<string, string> = {}): Promise<Browser> =>
    way.fill(await atForm(person), person, more);
  const customersOf = async (person: Newcomer) => {
    const account = await way.accountOf(person);
    return account ? world.core.customers.ofAccount(account.id) : [];
  };

  test('S22: who has no account registers from the invitation and is a member at the end, of nothing else', async () => {
    const { customer, person, boss } = await invited();
    const browser = await way.browserOf(person).open(linkTo(person));
    expect(browser.html).toContain(`${new URL(linkTo(person)).pathname}/register`);
    await browser.open(`${linkTo(person)}/register`);
    expect(browser.responseHeaders.get('referrer-policy')).toBe('no-referrer');
    expect(browser.html).toMatch(new RegExp(`name="email" value="${person.email}"[^>]* readonly`));
    expect(browser.html).not.toContain('name="company"');
    await way.fill(browser, person, { role: 'owner', customerId: 'x', emailVerified: 'no' });
    expect(browser.heading).not.toContain('Registration');
    await browser.submit({ code: way.codeSentTo(person) });
    expect(browser.heading).toBe('Your account is ready');
    // The link in the invitation has proved the address: there is no other one.
    expect(way.mailsTo(person).filter(({ text }) => text.includes('/activate/'))).toHaveLength(0);
    const account = (await way.accountOf(person))!;
    expect(account.doc).toMatchObject({ emailVerified: true, phoneVerified: true, name: 'Jana Nováková' });
    const own = await customersOf(person);
    expect(own.map(({ customer: one, role }) => [one.id, role])).toEqual([[customer.id, 'manager']]);
    expect(await rules().invitations.list(customer.id)).toHaveLength(0);
    expect(world.mails.some(({ to, text }) => to === boss.email && text.includes('has accepted'))).toBe(true);
    const { changes } = await world.core.audit.ofAccount(account.id, { limit: 5 });
    expect(changes.map(({ action }) => action).sort()).toEqual(['account.created', 'member.joined']);
    const client = await world.createClient();
    await browser.open(world.authorizeUrl(client, { scope: 'openid customer' }));
    await browser.submit({ login: person.email, password: PASSWORD });
    const { body } = await exchange(world, client, browser);
    const headers = { authorization: `Bearer ${body.access_token}` };
    const info = await fetch(`${world.issuer}/userinfo`, { headers });
    expect(await info.json()).toMatchObject({ customer_id: customer.id, customer_role: 'manager' });
    // Used is used.
    expect((await way.browserOf(person).open(`${linkTo(person)}/register`)).html).toContain(
      'This invitation is over',
    );
  });

  test('the link registers no other address, and no invented link anybody', async () => {
    const { person, customer } = await invited();
    const thief = newcomer();
    const browser = await way.fill(await atForm(person), thief);
    expect([browser.status, browser.html.includes('for another address')]).toEqual([422, true]);
    // What was typed over the read-only field is not kept.
    expect(browser.html).toContain(`value="${person.email}"`);
    for (const invitation of ['x', 'A'.repeat(43), '__proto__', '<script>alert(1)</script>']) {
      const other = await way.fill(await way.browserOf(thief).open('/register'), thief, { invitation });
      expect([other.status, other.html.includes('The invitation is over')]).toEqual([422, true]);
      expect(other.html).not.toContain('<script>alert');
    }
    expect(world.texts.filter(({ to }) => to === thief.phone)).toHaveLength(0);
    expect(await way.accountOf(thief)).toBeUndefined();
    // Without the invitation one registers as always, and it is still there.
    await way.atMail(thief);
    await (await world.browser().open(way.linkIn(thief))).submit({});
    expect((await customersOf(thief)).map(({ role }) => role)).toEqual(['owner']);
    expect(await rules().invitations.list(customer.id)).toHaveLength(1);
  });

  test('one that is withdrawn, sent anew or taken by another account meanwhile proves nothing', async () => {
    // Before the form is sent: the page says so.
    const early = await invited();
    const form = await atForm(early.person);
    await early.withdraw();
    await way.fill(form, early.person);
    expect([form.status, form.html.includes('The invitation is over')]).toEqual([422, true]);
    // After it: the address is proved by a mail, and they get a customer of their own.
    const late = await invited();
    const waiting = await atCode(late.person);
    await late.withdraw();
    await waiting.submit({ code: way.codeSentTo(late.person) });
    expect(waiting.heading).toBe('Look into your mail');
    expect(await way.accountOf(late.person)).toBeUndefined();
    await (await world.browser().open(way.linkIn(late.person))).submit({});
    expect((await customersOf(late.person)).map(({ role }) => role)).toEqual(['owner']);
    // Sent anew: the link before is void, the invitation is not.
    const anew = await invited();
    const old = await atCode(anew.person);
    await anew.resend();
    await old.submit({ code: way.codeSentTo(anew.person) });
    expect(old.heading).toBe('Look into your mail');
    await (await world.browser().open(way.linkIn(anew.person))).submit({});
    expect((await customersOf(anew.person)).map(({ customer }) => customer.id)).toEqual([anew.customer.id]);
    // An account with that address has come into being: nothing is made, and its owner is told.
    const twice = await invited();
    const second = await atCode(twice.person);
    const first = await world.createAccount({ email: twice.person.email });
    await second.submit({ code: way.codeSentTo(twice.person) });
    expect(second.heading).toBe('Look into your mail');
    expect(way.mailsTo(twice.person).at(-1)!.text).not.toContain('/activate/');
    expect(await rules().members.get(twice.customer.id, first.id)).toBeUndefined();
  });

  test('at the same time: any number of clicks and a withdrawal make one membership or one customer, never both', async () => {
    for (let round = 0; round < 6; round += 1) {
      const { person, customer, withdraw } = await invited();
      const browser = await atCode(person);
      const { fields, action } = browser.forms.find((one) => 'code' in one.fields)!;
      const code = way.codeSentTo(person);
      const cookie = browser.cookieHeader('/register');
      const press = () =>
        fetch(new URL(action, browser.url), {
          method: 'POST',
          redirect: 'manual',
          headers: { ...browser.headers, cookie, origin: browser.origin, 'sec-fetch-site': 'same-origin' },
          body: new URLSearchParams({ ...fields, code }),
        });
      await Promise.all([press(), press(), round % 3 === 2 ? undefined : withdraw(), press()]);
      await world.core.outbox.idle();
      if (!(await way.accountOf(person))) await (await world.browser().open(way.linkIn(person))).submit({});
      const own = await customersOf(person);
      expect(own).toHaveLength(1);
      expect(await rules().invitations.list(customer.id)).toHaveLength(0);
      const { entries } = await world.core.audit.list({ customerId: customer.id }, { limit: 20 });
      const acts = entries.map(({ doc }) => doc.action);
      const isMember = own[0]!.customer.id === customer.id;
      expect(acts.includes('member.joined')).toBe(isMember);
      expect(acts.includes('member.invitation_withdrawn')).toBe(!isMember);
    }
  });

  test('what a crash has cut off after the invitation was claimed is brought to its end', async () => {
    const { person, customer, invitation, withdraw } = await invited();
    const { id } = await world.createAccount({ email: person.email });
    const account = (await world.core.accounts.get(id))!;
    const invitations = world.store.collection(collections.invitations);
    const seen = (await invitations.get(invitation.id))!;
    await invitations.replace(seen, { ...seen.doc, claimedBy: id }, seen.expiresAt);
    expect(await withdraw()).toBe(false);
    const wanted = { id: invitation.id, customerId: customer.id };
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, () => rules().membership.admit(wanted, account)),
    );
    expect(outcomes.every(Boolean)).toBe(true);
    expect(await rules().members.get(customer.id, id)).toMatchObject({ role: 'manager' });
  });
});
