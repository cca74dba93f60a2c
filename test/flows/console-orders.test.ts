// First orders in the console (S69): one form makes customer and account, once, and nothing that it does not ask for.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { atConsole, createOperator } from '../support/console.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const PATH = '/admin/customers/new';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  test('S69: support opens a first order, once however often it is sent, and with what the form has alone', async () => {
    const operator = await createOperator(world, 'support');
    const browser = await atConsole(world, operator, '/admin/customers');
    expect(browser.html).toContain(`href="${PATH}"`);
    await browser.open(PATH);
    const csrf = /name="csrf" value="([^"]+)"/.exec(browser.html)![1]!;
    const key = /name="key" value="(console-\d{10})"/.exec(browser.html)![1]!;
    const order = {
      csrf,
      key,
      email: 'novy@example.cz',
      given_name: 'Jan',
      family_name: 'Nový',
      customer_kind: 'company',
      customer_name: '<b>Nový</b> s.r.o.',
      locale: 'cs',
      // None of these is in the form.
      vetting: 'vetted',
      vetting_reason: 'trust me',
      email_verified: 'true',
      operatorRoles: 'owner',
      accountId: operator.id,
      ids: operator.id,
    };
    // Two clicks, and a reload after them.
    const second = world.browser();
    for (const [name, cookie] of browser.cookies) second.cookies.set(name, cookie);
    await Promise.all([browser.post(PATH, order), second.post(PATH, order)]);
    for (const one of [browser, second]) {
      expect(one.url).toMatch(/\/admin\/customers\/\d+$/);
      expect(one.html).toContain('&lt;b&gt;Nový&lt;/b&gt; s.r.o.');
    }
    expect(second.url).toBe(browser.url);
    const opened = browser.url;
    expect((await browser.post(PATH, order)).url).toBe(opened);

    const account = (await world.core.accounts.findByIdentifier('novy@example.cz'))!;
    expect(account.doc).toMatchObject({ emailVerified: false, givenName: 'Jan', locale: 'cs' });
    expect(account.doc.operatorRoles ?? []).toEqual([]);
    const customer = (await world.core.customers.findByNumber(opened.split('/').at(-1)!))!;
    expect(customer.doc).toMatchObject({ kind: 'company', vetting: { state: 'unvetted' } });
    await world.core.outbox.idle();
    const letters = world.mails.filter(({ to }) => to === 'novy@example.cz');
    expect(letters).toHaveLength(1);
    // The link is in the letter, and in no page.
    const [link] = /\/set-password\/\S+/.exec(letters[0]!.text)!;
    expect(browser.html).not.toContain(link);
    const { entries } = await world.core.audit.list({ action: 'order.opened' }, { limit: 9 });
    expect(new Set(entries.map(({ doc }) => doc.actor))).toEqual(new Set([`operator:${operator.id}`]));
    expect(entries[0]!.doc).toMatchObject({ accountId: account.id, customerId: customer.id });
  });

  test('S69: what will not do is told field by field, keeps what was typed, and makes nothing', async () => {
    const { email } = await world.createAccount({ login: 'obsazeno' });
    const browser = await atConsole(world, await createOperator(world, 'owner'), PATH);
    const { length: before } = await world.core.customers.list({ limit: 99 });
    const good = { key: 'shop-7', email: 'volny@example.cz' };
    for (const [wrong, sentence] of [
      [{ key: ' ' }, 'Write a key of the order'],
      [{ email: 'x' }, 'Write a valid e-mail address'],
      [{ email }, 'Somebody has an account with this address'],
      [{ login: 'obsazeno' }, 'Somebody has this name already'],
      [{ login: 'a b' }, 'without spaces and invisible'],
      [{ phone: '601' }, 'Write the number internationally'],
      [{ given_name: 'x'.repeat(201) }, 'The name is too long'],
      [{ customer_number: '0' }, 'Digits only'],
      [{ customer_number: '100001' }, 'This number is that of another customer'],
      [{ customer_kind: 'god' }, 'Choose person or company'],
      [{ locale: 'xx' }, 'We do not know this language'],
    ] as const) {
      await browser.open(PATH);
      await browser.submit({ ...good, family_name: '"><img>', ...wrong });
      expect([wrong, browser.status, browser.html.includes(sentence)]).toEqual([wrong, 422, true]);
      expect(browser.html).toContain('value="&quot;&gt;&lt;img&gt;"');
    }
    expect(await world.core.customers.list({ limit: 99 })).toHaveLength(before);
    expect(await world.core.accounts.findByIdentifier(good.email)).toBeUndefined();

    // The key that was refused is free again; once it has been used it stands for that one order.
    await browser.open(PATH);
    expect((await browser.submit(good)).url).toMatch(/\/admin\/customers\/\d+$/);
    await browser.open(PATH);
    await browser.submit({ ...good, email: 'jiny@example.cz' });
    expect(browser.html).toContain('Another order has been opened under this key');
    expect(await world.core.accounts.findByIdentifier('jiny@example.cz')).toBeUndefined();
  });

  test('S69: whoever may only look is not offered it', async () => {
    const browser = await atConsole(world, await createOperator(world, 'auditor'), '/admin/customers');
    expect([browser.status, browser.html.includes(PATH)]).toEqual([200, false]);
  });
});
