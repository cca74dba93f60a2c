// What support may do in an account: look at the pages that are marked, and work in applications of the house.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ForSupport } from '../../interactions/account/frame.ts';
import { routeAccount } from '../../interactions/account/routes.ts';
import { addMember, csrfOf, customerOf } from '../support/members.ts';
import { obtain } from '../support/relying-party.ts';
import { inside } from '../support/support-access.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

/** Every address of the account pages, with what support may do there. */
function ownRoutes() {
  const routes: { method: 'get' | 'post'; path: string; forSupport: ForSupport | undefined }[] = [];
  const anything: unknown = new Proxy(() => {}, { get: () => anything });
  const frame = {
    page: (_handler: unknown, forSupport?: ForSupport) => ({ forSupport }),
    customerPage: (_permission: unknown, _handler: unknown, forSupport?: ForSupport) => ({ forSupport }),
    signedIn: undefined,
    noting: <T>(on: T): T => on,
  };
  routeAccount(
    (method, path, page) => {
      if (page) routes.push({ method, path, ...(page as unknown as { forSupport: ForSupport | undefined }) });
    },
    { frame, account: anything, own: anything } as never,
  );
  return routes;
}

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  test('nothing on the pages of the account but to look at those that are marked, and to leave', async () => {
    const { person, browser } = await inside(world);
    const routes = ownRoutes();
    expect(routes.length).toBeGreaterThan(90);
    const looked = routes.filter(({ method, forSupport }) => method === 'get' && forSupport === 'look');
    const before = await world.core.accounts.get(person.id);
    const csrf = csrfOf(await browser.open('/account'));
    for (const { method, path, forSupport } of routes) {
      if (forSupport === 'act') continue;
      const url = path.replaceAll(/:\w+/g, person.id);
      const forged = {
        customer: person.customer.id,
        password: PASSWORD,
        sure: 'yes',
        email: 'x@evil.example',
      };
      await (method === 'get' ? browser.open(url) : browser.post(url, { csrf, ...forged }));
      const mayLook = method === 'get' && forSupport === 'look';
      const outcome = browser.heading === 'This is for the person alone' ? 'refused' : 'open';
      expect([method, path, outcome]).toEqual([method, path, mayLook ? 'open' : 'refused']);
      if (!path.includes(':') && mayLook) expect([path, browser.status]).toEqual([path, 200]);
      expect([path, browser.html.includes('Leave the account')]).toEqual([path, browser.status !== 404]);
    }
    expect(await world.core.accounts.get(person.id)).toEqual(before);
    // Nor do the pages offer what is refused: no control of a form is on but the one to leave, and no link leads there.
    const offered: string[] = [];
    const refused = routes.filter(({ method, forSupport }) => method === 'get' && forSupport !== 'look');
    let [shut, closed] = [0, 0];
    for (const { path } of looked.filter((route) => !route.path.includes(':'))) {
      await browser.open(path);
      expect(browser.html).toContain(text('support.look_only'));
      // A field set that is switched off ends after all others that it holds, at the end of the page.
      const off = browser.html.indexOf('<fieldset class="look-only stack" disabled>');
      const end = browser.html.lastIndexOf('</fieldset>');
      expect([path, off > 0 && end < browser.html.indexOf('</main>')]).toEqual([path, true]);
      for (const { index, 0: tag } of browser.html.matchAll(/<form\b[^>]*>/g)) {
        if (index > off && index < end) shut += 1;
        else if (!tag.includes('action="/account/leave"')) offered.push(`${path}: ${tag}`);
      }
      closed += browser.html.match(/<a\b[^>]* aria-disabled="true"/g)?.length ?? 0;
      for (const [, href = ''] of browser.html.matchAll(/<a\b[^>]* href="([^"?#]*)/g))
        if (refused.some((route) => new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(href)))
          if (!looked.some((route) => route.path === href)) offered.push(`${path}: ${href}`);
    }
    expect(offered).toEqual([]);
    expect([shut > 5, closed > 10]).toEqual([true, true]);
    // What can be opened says that it is looked at, not set up.
    await browser.open('/account/security');
    const rows = browser.html.matchAll(
      /<a class="button[^"]*" href="[^"]*"><span class="setting__act[^>]*>([^<]*)/g,
    );
    expect(new Set([...rows].map(([, act]) => act))).toEqual(new Set([text('account.look')]));
    // A page that makes a secret, sends a message or changes anything when it is opened is never among them.
    expect(looked.map(({ path }) => path).join(' ')).not.toMatch(
      /setup|code|export|allow|invite|closing|signed-in/,
    );
  }, 120_000);

  test('nothing is asked of it: no password, no consent, no other application than those of the house', async () => {
    const { person, browser } = await inside(world);
    // Its person is told on the first page, too; support itself is not.
    const told = text('account.overview.attention.support_inside.title');
    expect((await person.browser.open('/account')).html).toContain(told);
    expect((await browser.open('/account')).html).not.toContain(told);
    const client = await world.createClient();
    const own = await world.createAccount();
    const other = await customerOf(world, own.id);
    await addMember(world, other.id, person.id, 'owner');
    const elsewhere = other.doc.number;
    const foreign = await world.createClient({ first_party: false, client_name: 'Foreign' });
    await obtain(world, foreign, person);
    const rows: [string, Record<string, string>, string][] = [
      ['prompt', { prompt: 'login' }, 'login_required'],
      ['age', { max_age: '0' }, 'login_required'],
      ['choice', { prompt: 'select_account' }, 'account_selection_required'],
      ['customer of another', { scope: 'openid customer', customer: elsewhere }, 'access_denied'],
    ];
    for (const [what, more, error] of rows) {
      await browser.open(world.authorizeUrl(client, more));
      expect([what, browser.callback['error']]).toEqual([what, error]);
    }
    await browser.open(world.authorizeUrl(foreign));
    expect(browser.callback['error']).toBe('access_denied');
    // Nor is anything of other customers of the person to be seen.
    const account = (await world.core.accounts.get(person.id))!;
    for (const { customer } of await world.core.customers.ofAccount(person.id)) {
      const token = { name: `token ${customer.doc.number}`, level: 'read', addresses: [] } as const;
      const more = { customerId: customer.id, endsAt: undefined };
      expect(await world.core.apiTokens.create(account, { ...token, ...more })).toMatchObject({
        kind: 'created',
      });
    }
    await browser.open('/account/api-tokens');
    expect(browser.html).toContain(`token ${person.customer.doc.number}`);
    for (const path of ['/account', '/account/api-tokens'])
      expect([path, (await browser.open(path)).html.includes(elsewhere)]).toEqual([path, false]);
    await world.core.audit.record({
      action: 'member.role_changed',
      actor: { kind: 'person', accountId: own.id },
      accountId: person.id,
      customerId: other.id,
    });
    await browser.open('/account/changes');
    expect([
      browser.html.includes('Support access allowed'),
      browser.html.includes('Role of a member changed'),
    ]).toEqual([true, false]);
    expect((await person.browser.open('/account/changes')).html).toContain('Role of a member changed');
    for (const { id, doc } of await world.core.apiTokens.list(person.id))
      expect([doc.name, (await browser.open(`/account/api-tokens/${id}`)).status]).toEqual([
        doc.name,
        doc.customerId === person.customer.id ? 200 : 404,
      ]);
  });
});
