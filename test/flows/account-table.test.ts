// The account pages from the table of their addresses: who may what by role, what belongs to others, and what people
// may write into every field that has a name. A page that is added is met by itself.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeAccount } from '../../interactions/account/routes.ts';
import { houseRoles, type MemberPermission } from '../../src/domain/customers/roles.ts';
import { collections } from '../../src/domain/collections.ts';
import { act, atAccountPage, colleague, csrfOf, customerOf } from '../support/members.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

type Row = { method: 'get' | 'post'; path: string; permission: MemberPermission };

/** The pages of the customer, each with what it takes. */
function customerRoutes(): Row[] {
  const rows: Row[] = [];
  // Parts of pages are asked for by name; here nobody calls them.
  const parts: object = new Proxy({}, { get: () => parts });
  const frame = {
    page: () => undefined,
    customerPage: (permission: MemberPermission) => permission,
    noting: <T>(on: T): T => on,
  };
  const on = (method: Row['method'], path: string, permission: unknown) =>
    void (
      typeof permission === 'string' &&
      rows.push({ method, path, permission: permission as MemberPermission })
    );
  routeAccount(on, { frame, account: parts, own: parts } as never);
  return rows;
}
const routes = customerRoutes();

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  /** A customer with everything that its pages are about. */
  async function house() {
    const { id, email } = await world.createAccount();
    const customer = await customerOf(world, id);
    const peer = await colleague(world, customer.id, 'viewer');
    const account = (await world.core.accounts.get(id))!;
    const inviter = { account, locale: 'en', address: undefined } as const;
    const { invitations, contacts } = world.core.customerRules;
    await invitations.invite(customer.id, { email: `guest-${id}@mail.example`, role: 'viewer' }, inviter);
    const doer = { actor: { kind: 'person', accountId: id }, name: 'x' } as const;
    const wanted = { email: `contact-${id}@mail.example`, kinds: ['members'], locale: 'en' } as const;
    await contacts.add(customer.id, wanted, { doer, address: undefined });
    const [invitation] = await invitations.list(customer.id);
    const [contact] = await contacts.list(customer.id);
    await world.core.supportAccess.allow(customer.id, account);
    const allowances = world.store.collection(collections.supportAllowances);
    const [allowance] = await allowances.list({ key: 'customerId', value: customer.id }, { limit: 1 });
    const ids = { invitation: invitation!.id, contact: contact!.id, allowance: allowance!.id };
    return { id, email, customer, peer, ...ids };
  }
  type House = Awaited<ReturnType<typeof house>>;
  /** The address of a row with the things of a customer. */
  const pathIn = ({ path }: Row, { peer, invitation, contact, allowance }: House): string =>
    path
      .replace(':account', peer.id)
      .replace('/invitations/:id', `/invitations/${invitation}`)
      .replace('/support-access/:id', `/support-access/${allowance}`)
      .replace(':id', contact);
  /** What there is of a customer, to see that nothing has changed. */
  const stateOf = async ({ customer }: House) => {
    const key = { key: 'customerId', value: customer.id } as const;
    const { store } = world;
    return JSON.stringify(
      await Promise.all([
        store.collection(collections.customers).get(customer.id),
        store.collection(collections.closings).get(customer.id),
        store.collection(collections.members).list(key, { limit: 50 }),
        store.collection(collections.invitations).list(key, { limit: 50 }),
        store.collection(collections.contacts).list(key, { limit: 50 }),
        store.collection(collections.supportAllowances).list(key, { limit: 50 }),
      ]),
    );
  };
  /** All that any form of these pages sends. */
  const fields = (customerId: string) => ({
    customer: customerId,
    password: PASSWORD,
    sure: 'yes',
    role: 'owner',
    email: 'someone@mail.example',
    kind_members: 'yes',
    kind: 'company',
    name: 'Changed',
    ico: '27082440',
  });

  test('S20: a viewer and a manager reach of all that an owner may what the table says, and change nothing else', async () => {
    expect(routes.length).toBeGreaterThan(15);
    const ours = await house();
    for (const role of ['viewer', 'manager'] as const) {
      const person = await colleague(world, ours.customer.id, role);
      const browser = await atAccountPage(world, person.email, '/account/sign-out-everywhere');
      const csrf = csrfOf(browser);
      const may: readonly string[] = houseRoles[role];
      const before = await stateOf(ours);
      for (const row of routes) {
        if (may.includes(row.permission)) {
          if (row.method === 'get')
            expect([role, row.path, (await browser.open(pathIn(row, ours))).status]).toEqual([
              role,
              row.path,
              200,
            ]);
          continue;
        }
        await (row.method === 'get'
          ? browser.open(pathIn(row, ours))
          : browser.post(pathIn(row, ours), { csrf, ...fields(ours.customer.id) }));
        expect([role, row.method, row.path, browser.status]).toEqual([role, row.method, row.path, 403]);
      }
      expect(await stateOf(ours)).toBe(before);
    }
  });

  test('S20: an owner of another customer changes nothing of this one, by its ids in the address or in the form', async () => {
    const ours = await house();
    const theirs = await house();
    const browser = await atAccountPage(world, ours.email, '/account/sign-out-everywhere');
    const csrf = csrfOf(browser);
    const before = await stateOf(theirs);
    for (const row of routes) {
      const path = pathIn(row, theirs);
      if (row.method === 'get') {
        if (row.path.includes(':'))
          expect([row.path, (await browser.open(path)).status]).toEqual([row.path, 404]);
        continue;
      }
      await browser.post(path, { csrf, ...fields(theirs.customer.id) });
      expect([row.path, browser.html.includes('so nothing was changed')]).toEqual([row.path, true]);
      if (!row.path.includes(':')) continue;
      // With their own customer in the form: the thing is not there.
      await browser.post(path, { csrf, ...fields(ours.customer.id) });
      const said = ['over already', text('account.notice.support_access_over')];
      const isNone = browser.status === 404 || said.some((words) => browser.html.includes(words));
      expect([row.path, isNone]).toEqual([row.path, true]);
    }
    expect(await stateOf(theirs)).toBe(before);
  });

  test('markup, turned text, ten kilobytes and NUL in every field with a name are text, refused or cut, and no fault', async () => {
    const { email, customer } = await house();
    const browser = await atAccountPage(world, email, '/account/profile');
    const forms: Record<string, [string, Record<string, string>, string[]]> = {
      profile: ['/account/profile', {}, ['given_name', 'family_name', 'street', 'city']],
      customer: ['/account/customer', { kind: 'person' }, ['name', 'street', 'city', 'ico', 'dic']],
      contact: ['/account/customer/contacts', { kind_members: 'yes' }, ['email']],
      invite: ['/account/members/invite', { role: 'viewer', password: PASSWORD }, ['email']],
      token: [
        '/account/api-tokens',
        { level: 'read', password: PASSWORD, ends: '', addresses: '' },
        ['name'],
      ],
      key: ['/account/keys', { key: 'ssh-ed25519 AAAA' }, ['name', 'key']],
      support: ['/account/support', {}, ['subject', 'text']],
    };
    const evil = ['<script>alert(1)</script>', '\u202Eevil', 'x'.repeat(10_000), 'a\u0000b', '"><img src=x>'];
    for (const [name, [path, others, named]] of Object.entries(forms))
      for (const field of named)
        for (const value of evil) {
          await browser.open(path);
          const own = browser.forms.find(({ fields: found }) => field in found)?.fields ?? {};
          await act(browser, path, customer.id, { ...own, ...others, [field]: value });
          expect([name, field, value.slice(0, 9), browser.status]).toEqual([
            name,
            field,
            value.slice(0, 9),
            expect.toSatisfy((status: number) => status === 200 || status === 422 || status === 429),
          ]);
          // What was refused stands once more in the person's own form; what was taken stands on pages.
          expect([name, field, /<script>alert|<img src=x/.test(browser.html)]).toEqual([name, field, false]);
          const shown = (await browser.open('/account')).html + (await browser.open(path)).html;
          const bad = ['<script>alert', '<img src=x', '\u202E', '\u0000', 'x'.repeat(5000)];
          expect([name, field, bad.filter((one) => shown.includes(one))]).toEqual([name, field, []]);
        }
  }, 120_000);
});
