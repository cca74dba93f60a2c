// What is left of somebody whose last customer is closed: nothing where the data are erased, everything but the ways in
// where they are kept.

import { afterEach, expect, test } from 'vitest';
import { allShapes, collections } from '../../src/domain/collections.ts';
import { makeToken } from '../support/api-tokens.ts';
import { act, atAccountPage, csrfOf, customerOf } from '../support/members.ts';
import { gpgKeys, sshKeys } from '../support/sample-keys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const staff = { actor: { kind: 'command', name: 'eva' }, name: 'eva' } as const;
const EMAIL = 'Zdislava@Kratochvilova.example';
/** Whatever says who it was, as it was typed or as we compare it. */
const traces = [
  /zdislava/i,
  /kratochv/i,
  /papirnictvi|papírnictví/i,
  /601 ?234 ?987/,
  /27082440/,
  /Modřínová/,
  /ucetni@jinde/,
  /faktury@jinde/,
  /web77\.example/,
  /nejede mi tiskárna/,
  /moje-domena\.example/,
  /93\.184\.216/,
  /tiskovka/,
  /AAAAC3NzaC1lZDI1NTE5/,
  /BEGIN PGP/,
];
/** Where the account or the customer may still be named by its id: what docs/security-model.md says is kept. */
const mayName = [
  'accounts',
  'customers',
  'closings',
  'audit',
  'orders',
  'webhook_events',
  'oidc_interactions',
  'sign_ins',
  'quotas',
  'throttles',
  'confirmations',
];

onEveryStorage((newStorage) => {
  let world: World;
  let storage = '';
  const open = async (closedData: string) => {
    storage = newStorage();
    const env = { VRATNY_CLOSED_DATA: closedData, VRATNY_SUPPORT_EMAIL: 'portal@hoster.example' };
    world = await openWorld({ storage, env });
  };
  afterEach(() => closeWorld(world, storage));

  /** Every document there is, by its collection. */
  async function everything(): Promise<{ name: string; text: string }[]> {
    const pages = await Promise.all(
      allShapes.map(async (shape) => {
        const found = await world.store.collection(shape as never).list(undefined, { limit: 1000 });
        return found.map(({ id, doc }) => ({ name: shape.name, text: JSON.stringify([id, doc]) }));
      }),
    );
    return pages.flat();
  }

  /** Somebody who has used all that there is. */
  async function somebody() {
    const { core } = world;
    const opened = await core.orders.open(
      {
        key: 'order 1',
        email: EMAIL,
        given_name: 'Zdislava',
        family_name: 'Kratochvílová',
        phone: '+420601234987',
        customer_name: 'Papírnictví U Lípy',
        customer_kind: 'company',
        vetting: 'vetted',
        vetting_reason: 'Zdislava showed her passport',
      },
      'shop',
    );
    const { id } = opened.account;
    await core.accounts.change(id, () => ({ emailVerified: true, phoneVerified: true }));
    await core.accounts.change(id, () => ({
      login: 'zdislava77',
      loginKey: 'zdislava77',
      address: { street: 'Modřínová 3' },
    }));
    const passwordHash = await core.hasher.hash(PASSWORD);
    await core.accounts.change(id, () => ({ passwordHash }));
    const customer = await customerOf(world, id);
    await core.domains.add('moje-domena.example', customer.id);
    const browser = await atAccountPage(world, EMAIL, '/account/customer');
    browser.headers = { ...browser.headers, 'user-agent': 'tiskovka/1' };
    await browser.submit({
      ico: '27082440',
      street: 'Modřínová 3',
      invoice_email: 'faktury@jinde.example',
    });
    await browser.open('/account/customer/contacts');
    await act(browser, '/account/customer/contacts', customer.id, {
      email: 'ucetni@jinde.example',
      kind_members: 'yes',
    });
    await makeToken(browser, { name: 'tiskovka' });
    for (const key of [sshKeys.ed25519, gpgKeys.ed25519]) {
      await browser.open('/account/keys');
      await browser.submit({ name: `tiskovka ${key.slice(0, 9)}`, key });
    }
    await core.guard.addressLists.add(id, { range: '93.184.216.34', note: 'tiskovka' });
    await browser.open('/account/support');
    await browser.submit({ subject: 'tiskárna', text: 'nejede mi tiskárna' });
    await browser.submit({
      server: 'web77.example',
      access: 'change',
      server_password: 'pw of web77.example',
    });
    await world.store.collection(collections.supportRequests).insert('signed-out', {
      kind: 'login',
      state: 'open',
      email: EMAIL,
      text: 'I cannot get in',
      contact: 'call me',
      at: new Date().toISOString(),
    });
    await world.store.collection(collections.links).insert('link', {
      accountId: id,
      slot: `${id}:x`,
      upstream: 'mojeid',
      issuer: 'https://mojeid.example',
      subject: 'zdislava-subject',
      linkedAt: new Date().toISOString(),
    } as never);
    const at = new Date().toISOString();
    const removal = { state: 'waiting', reason: 'called at 601 234 987', requestedBy: staff.actor, at };
    await world.store
      .collection(collections.totpRemovals)
      .insert(id, { ...removal, factorSince: at } as never);
    await core.supportAccess.allow(customer.id, (await core.accounts.get(id))!);
    const phone = (await core.accounts.get(id))!;
    await core.guard.phoneCodes.send(phone, {
      purpose: 'verify-phone',
      subject: 'x',
      phone: '+420601234987',
      address: undefined,
    });
    const theirs = await world.createClient({
      client_name: 'Recipes',
      redirect_uris: ['https://recipes.example/cb'],
      first_party: false,
    });
    const guest = await world.browser().open(world.authorizeUrl(theirs, { scope: 'openid email' }));
    await guest.submit({ login: EMAIL, password: PASSWORD });
    await guest.submit({}, 'Allow');
    expect(guest.hasLeft).toBe(true);
    // Somebody else invites her, and hears of it.
    const boss = await world.createAccount({ email: `boss@mail.example` });
    const inviter = {
      account: (await core.accounts.get(boss.id))!,
      locale: 'en',
      address: undefined,
    } as const;
    const other = await customerOf(world, boss.id);
    await core.customerRules.invitations.invite(other.id, { email: EMAIL, role: 'viewer' }, inviter);
    await core.outbox.idle();
    return { id, customer, browser };
  }

  async function closed(person: Awaited<ReturnType<typeof somebody>>): Promise<void> {
    const { closings } = world.core.customerRules;
    const { browser, customer } = person;
    await browser.open('/account/customer/closing');
    await act(browser, '/account/customer/closing', customer.id, { sure: 'yes' });
    expect(browser.html.includes('You have asked for it to be closed.')).toBe(true);
    expect(await closings.check(customer.id, staff)).toBe('done');
    expect(await closings.close(customer.id, staff)).toBe('done');
    await world.core.outbox.idle();
  }

  test('S36: erased, no collection holds a trace of the person, the customer, their keys or what they wrote', async () => {
    await open('erase');
    const person = await somebody();
    // The traces are there before: the test can fail.
    const before = (await everything()).map(({ text }) => text).join('\n');
    expect(traces.filter((trace) => !trace.test(before))).toEqual([]);
    const named = new Set(
      (await everything()).filter(({ text }) => text.includes(person.id)).map(({ name }) => name),
    );
    for (const name of [
      'api_tokens',
      'totp_removals',
      'support_allowances',
      'public_keys',
      'history',
      'links',
      'phone_codes',
      'support_requests',
    ])
      expect([...named]).toContain(name);

    await closed(person);
    const left = await everything();
    for (const { name, text } of left) {
      // The log says what was done with which values; it cannot be rewritten. Names are taken for a while.
      if (name === 'audit') continue;
      const bare = name === 'accounts' ? text.replaceAll(/"(email|emailKey|loginKey)":"[^"]*"/g, '') : text;
      expect([name, traces.filter((trace) => trace.test(bare))]).toEqual([name, []]);
      if (text.includes(person.id) || text.includes(person.customer.id)) expect(mayName).toContain(name);
    }
    // The same order again opens nothing, and what was erased is not brought back by closing once more.
    expect(await world.core.customerRules.closings.close(person.customer.id, staff)).toBe('done');
    expect(JSON.stringify(await world.core.accounts.get(person.id))).not.toMatch(/Kratochv|601234987|Modř/);
    await expect(world.createAccount({ email: EMAIL.toLowerCase() })).rejects.toThrow('belongs to another');
  });

  test('S36: kept, the data stay with the account, and nothing lets anybody in or acts in its name', async () => {
    await open('keep');
    const person = await somebody();
    await closed(person);
    const account = (await world.core.accounts.get(person.id))!.doc;
    expect(account).toMatchObject({
      familyName: 'Kratochvílová',
      phone: '+420601234987',
      status: 'disabled',
    });
    expect(account.passwordHash).toBeUndefined();
    const customer = (await world.core.customers.get(person.customer.id))!.doc;
    expect(customer).toMatchObject({ name: 'Papírnictví U Lípy', billing: { ico: '27082440' } });
    expect(customer.closedAt).toBeDefined();
    expect(await world.core.apiTokens.list(person.id)).toEqual([]);
    expect(await world.core.publicKeys.list(person.id)).toEqual([]);
    for (const name of ['links', 'passkeys', 'oneTimeLinks', 'secondFactors'] as const) {
      const rows = await world.store.collection(collections[name] as never).list(undefined, { limit: 100 });
      expect(JSON.stringify(rows)).not.toContain(person.id);
    }
    // The history goes by its own life.
    expect((await world.core.guard.history.list(person.id, { limit: 5 })).entries.length).toBeGreaterThan(0);
    expect((await person.browser.open('/account')).heading).toBe('Sign in');
    await person.browser.submit({ login: EMAIL, password: PASSWORD });
    expect(person.browser.status).toBe(422);
    expect(csrfOf(person.browser)).not.toBe('');
    await expect(world.createAccount({ email: EMAIL })).rejects.toThrow('belongs to another account');
  });
});
