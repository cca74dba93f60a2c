// The data of a customer and its contacts, through the account pages: filled in, wrong, by the wrong people, confirmed.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { act, atAccountPage, colleague, csrfOf, customerOf } from '../support/members.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock });
  });
  afterAll(() => closeWorld(world, storage));

  async function owner(path: string) {
    const { id, email } = await world.createAccount();
    const customer = await customerOf(world, id);
    return { id, email, customer, browser: await atAccountPage(world, email, path) };
  }
  const stored = async (id: string) => (await world.core.customers.get(id))!.doc;
  const good = {
    kind: 'company',
    name: 'Květinářství U Lípy s.r.o.',
    ico: '27082440',
    dic: 'cz27082440',
    street: 'Lipová 12',
    city: 'Brno',
    postal_code: '602 00',
    country: 'CZ',
    invoice_email: 'faktury@mail.example',
  };

  describe('company and billing data', () => {
    test('S1: are filled in, checked field by field, and kept', async () => {
      const { customer, browser } = await owner('/account/customer');
      await browser.submit({ ...good, ico: '27082441', dic: 'CZ1', name: 'https://evil.example' });
      expect(browser.status).toBe(422);
      for (const words of ['check digit', 'no tax number', 'at most 100 characters'])
        expect(browser.html).toContain(words);
      expect((await stored(customer.id)).billing).toBeUndefined();
      await browser.submit(good);
      expect(browser.html).toContain('The data are saved.');
      expect(browser.html).toContain('<option value="CZ" selected>Czechia</option>');
      expect(await stored(customer.id)).toMatchObject({
        kind: 'company',
        name: good.name,
        billing: { ico: '27082440', dic: 'CZ27082440', country: 'CZ', postalCode: '602 00' },
      });
      const { changes } = await world.core.audit.ofCustomer(customer.id, { limit: 5 });
      expect(changes[0]).toMatchObject({ action: 'customer.data_changed' });
    });

    test('S1: a change of them is told to every owner and in the changes; who it was done with can lock', async () => {
      const boss = await owner('/account/customer');
      const manager = await colleague(world, boss.customer.id, 'manager');
      const browser = await atAccountPage(world, manager.email, '/account/customer');
      const told = (email: string) =>
        world.mails.filter(
          ({ to, text }) => to === email && text.includes('data of this customer were changed'),
        );
      await browser.submit({ ...good, dic: '' });
      for (const { email } of [boss, manager]) {
        expect([email, told(email).length]).toEqual([email, 1]);
        expect(told(email)[0]!.text).toContain('Company number (IČO)');
        expect(told(email)[0]!.text).not.toContain('27082440');
      }
      expect(told(boss.email)[0]!.text).not.toContain('/not-me/');
      // Saved as it is: nothing has changed, and nobody is written to.
      await browser.submit({});
      expect(told(boss.email)).toHaveLength(1);
      await boss.browser.open('/account/customer/changes');
      expect(boss.browser.heading).toBe('Changes of the customer');
      expect(boss.browser.html).toContain('another member');
      const stranger = await owner('/account/customer/changes');
      expect(stranger.browser.html).not.toContain('another member');
      const link = /http:\S+\/not-me\/[\w-]{43}/.exec(told(manager.email)[0]!.text)?.[0] ?? 'no link';
      await (await world.browser().open(link)).submit({});
      expect((await browser.open('/account/customer')).heading).toBe('Sign in');
      expect((await boss.browser.open('/account/customer')).status).toBe(200);
    });

    test('nothing but the fields of the form gets in, and markup stays text', async () => {
      const { customer, browser } = await owner('/account/customer');
      const names = ['<script>alert(1)</script>', '\u202Eabc', 'x'.repeat(10_000), 'a\u0000b'];
      for (const name of names) {
        await browser.open('/account/customer');
        await act(browser, '/account/customer', customer.id, {
          ...good,
          name,
          street: '<script>alert(1)</script>',
          number: '1',
          vetting: 'vetted',
          owners: 'x',
          id: 'x',
          customerId: 'x',
          role: 'owner',
        });
        expect(browser.html).not.toContain('<script>alert');
        expect(browser.html).not.toContain('\u202E');
      }
      const { number, vetting, owners, name } = await stored(customer.id);
      expect([number, vetting, owners]).toEqual([customer.doc.number, undefined, undefined]);
      expect(name).toBe('a b');
    });

    test('a viewer sees them and changes nothing, nor what belongs to others', async () => {
      const boss = await owner('/account/customer');
      await boss.browser.submit(good);
      const viewer = await colleague(world, boss.customer.id, 'viewer');
      const browser = await atAccountPage(world, viewer.email, '/account/customer');
      expect(browser.html).toContain('27082440');
      expect(browser.forms).toHaveLength(0);
      await browser.open('/account/sign-out-everywhere');
      const csrf = csrfOf(browser);
      for (const path of ['/account/customer', '/account/customer/contacts']) {
        await browser.post(path, { csrf, ...good, customer: boss.customer.id });
        expect([path, browser.status]).toEqual([path, 403]);
      }
      const stranger = await owner('/account/customer');
      await act(stranger.browser, '/account/customer', boss.customer.id, { ...good, name: 'Stolen' });
      expect(stranger.browser.html).toContain('so nothing was changed');
      expect((await stored(boss.customer.id)).name).toBe(good.name);
    });
  });

  describe('contacts', () => {
    let addresses = 0;
    const address = () => `contact${(addresses += 1)}@mail.example`;
    const mailsTo = (email: string) => world.mails.filter(({ to }) => to === email);
    const linkTo = (email: string) =>
      /http:\S+\/contact\/[\w-]{43}/.exec(mailsTo(email).at(-1)?.text ?? '')?.[0] ?? 'no link';
    const add = ({ browser }: { browser: Awaited<ReturnType<typeof owner>>['browser'] }, email: string) =>
      browser.submit({ email });

    test('S25: an address confirms by its link before anything else goes to it, and hears of what is ticked', async () => {
      const boss = await owner('/account/customer/contacts');
      const email = address();
      await boss.browser.open('/account/customer/contacts');
      await act(boss.browser, '/account/customer/contacts', boss.customer.id, { email, kind_members: 'yes' });
      expect(boss.browser.html).toContain('A link is on its way');
      const tell = (change: 'member_joined') =>
        world.core.customerRules.customerNotices.post(boss.customer.id, { change, by: 'Eva' });
      await tell('member_joined');
      await world.core.outbox.idle();
      expect(mailsTo(email)).toHaveLength(1);
      const link = linkTo(email);
      const contact = await world.browser().open(link);
      expect(contact.heading).toBe('Do you want these e-mails?');
      await contact.open(link);
      await contact.submit({}, 'Yes, send them');
      expect(contact.heading).toBe('The address is confirmed');
      expect((await contact.open(link)).status).toBe(410);
      await tell('member_joined');
      await world.core.outbox.idle();
      expect(mailsTo(email)).toHaveLength(2);

      const [{ id } = { id: '' }] = await world.core.customerRules.contacts.list(boss.customer.id);
      await boss.browser.open('/account/customer/contacts');
      await act(boss.browser, `/account/customer/contacts/${id}/kinds`, boss.customer.id, {
        kind_closing: 'yes',
      });
      await tell('member_joined');
      await world.core.outbox.idle();
      expect(mailsTo(email)).toHaveLength(2);
    });

    test('S26: it is removed after one question; a link that waits for it is void then', async () => {
      const boss = await owner('/account/customer/contacts');
      const email = address();
      await add(boss, email);
      const [{ id } = { id: '' }] = await world.core.customerRules.contacts.list(boss.customer.id);
      await boss.browser.open(`/account/customer/contacts/${id}/remove`);
      expect(boss.browser.heading).toBe('Remove the contact?');
      await boss.browser.submit({}, 'Remove');
      expect(boss.browser.html).toContain('The contact is removed.');
      expect((await world.browser().open(linkTo(email))).status).toBe(410);
    });

    test('who does not want it says so; what is not confirmed ends after seven days', async () => {
      const boss = await owner('/account/customer/contacts');
      const [one, two] = [address(), address()];
      await add(boss, one);
      const guest = await world.browser().open(linkTo(one));
      await guest.submit({}, 'No, I do not want them');
      expect(await world.core.customerRules.contacts.list(boss.customer.id)).toHaveLength(0);
      await add(boss, two);
      const before = now;
      now += 7 * 86_400_000 + 1000;
      expect((await world.browser().open(linkTo(two))).status).toBe(410);
      expect(await world.core.customerRules.contacts.list(boss.customer.id)).toHaveLength(0);
      now = before;
    });

    test('wrong input is said, another customer’s contact is not there, and mails are few', async () => {
      const boss = await owner('/account/customer/contacts');
      const email = address();
      await add(boss, 'nobody');
      expect(boss.browser.html).toContain('This is no e-mail address.');
      await act(boss.browser, '/account/customer/contacts', boss.customer.id, { email, kind_god: 'yes' });
      expect(boss.browser.html).toContain('Tick at least one');
      await add(boss, email);
      await add(boss, email);
      expect(boss.browser.html).toContain('is a contact already');
      const [{ id } = { id: '' }] = await world.core.customerRules.contacts.list(boss.customer.id);
      const stranger = await owner('/account/customer/contacts');
      for (const verb of ['kinds', 'remove']) {
        await act(stranger.browser, `/account/customer/contacts/${id}/${verb}`, stranger.customer.id, {
          kind_members: 'yes',
        });
        expect([verb, stranger.browser.status]).toEqual([verb, 404]);
        await stranger.browser.open('/account/customer/contacts');
      }
      for (let time = 0; time < 2; time += 1) await add(await owner('/account/customer/contacts'), email);
      const last = await owner('/account/customer/contacts');
      await add(last, email);
      expect(last.browser.status).toBe(429);
    });
  });
});
