// Closing a customer: asked for by an owner who is alone, called off, checked, refused, closed, and what is left.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMetrics } from '../../src/cli/metrics.ts';
import { metricsText } from '../../src/http/metrics.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { exchange, signedIn } from '../support/journeys.ts';
import { act, addMember, atAccountPage, colleague, csrfOf, customerOf } from '../support/members.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

const PAGE = '/account/customer/closing';
const staff = { actor: { kind: 'command', name: 'eva' }, name: 'eva' } as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    const env = {
      VRATNY_CLOSED_DATA: 'erase',
      VRATNY_CLOSED_NAMES: '90d',
      VRATNY_SUPPORT_EMAIL: 'portal@hoster.example',
    };
    world = await openWorld({ storage, clock, env });
  });
  afterAll(() => closeWorld(world, storage));

  const closings = () => world.core.customerRules.closings;
  async function owner() {
    const { id, email } = await world.createAccount();
    const customer = await customerOf(world, id);
    return { id, email, customer, browser: await atAccountPage(world, email, PAGE) };
  }
  const request = ({ browser, customer }: Awaited<ReturnType<typeof owner>>, more = {}) =>
    act(browser, PAGE, customer.id, { sure: 'yes', ...more });

  test('S34: only an owner, and only when all others are gone; the page says who is there', async () => {
    const boss = await owner();
    const peer = await colleague(world, boss.customer.id, 'owner');
    await boss.browser.open(PAGE);
    expect(boss.browser.html).toContain(peer.email);
    expect(boss.browser.forms).toHaveLength(0);
    const { csrf = '' } = (await boss.browser.open('/account/sign-out-everywhere')).forms[0]!.fields;
    await boss.browser.post(PAGE, { csrf, customer: boss.customer.id, sure: 'yes', password: PASSWORD });
    expect(boss.browser.status).toBe(422);
    for (const role of ['manager', 'viewer']) {
      const other = await colleague(world, boss.customer.id, role);
      const browser = await atAccountPage(world, other.email, PAGE);
      expect([role, browser.status]).toEqual([role, 403]);
      await browser.open('/account/sign-out-everywhere');
      for (const path of [PAGE, `${PAGE}/cancel`]) {
        const fields = { csrf: csrfOf(browser), customer: boss.customer.id, sure: 'yes' };
        await browser.post(path, { ...fields, password: PASSWORD });
        expect([role, path, browser.status]).toEqual([role, path, 403]);
      }
    }
    expect(await closings().get(boss.customer.id)).toBeUndefined();
  });

  test('S35: confirmed, with the password, a request goes to the operators, and can be called off', async () => {
    const boss = await owner();
    await request(boss, { sure: '' });
    expect(boss.browser.html).toContain('Tick the box');
    await request(boss, { password: 'wrong' });
    expect(boss.browser.status).toBe(422);
    expect(boss.browser.html).toMatch(/<input[^>]* name="sure"[^>]* checked>/);
    expect(boss.browser.html).toMatch(/<input[^>]* name="password"[^>]* aria-invalid="true"/);
    expect(await closings().get(boss.customer.id)).toBeUndefined();
    await request(boss);
    expect(boss.browser.html).toContain('You have asked for it to be closed.');
    // Sent twice, or from another tab: what was wanted holds, and is told once.
    await request(boss);
    expect([boss.browser.status, boss.browser.html.includes('The request is on its way.')]).toEqual([
      200,
      true,
    ]);
    await world.core.outbox.idle();
    expect(
      world.mails.filter(({ to, text: said }) => to === 'portal@hoster.example' && said.includes(boss.email)),
    ).toHaveLength(1);
    const asked = world.mails.findLast(({ to }) => to === 'portal@hoster.example')!.text;
    expect([asked.includes(boss.email), asked.includes('/admin/queues/closings')]).toEqual([true, true]);
    // The letter to the owner leads to where it is called off.
    expect(world.mails.findLast(({ to }) => to === boss.email)!.text).toContain(`${world.issuer}${PAGE}\n`);
    await boss.browser.open('/account');
    expect(boss.browser.html).toContain(text('account.overview.attention.closing.title'));
    await boss.browser.open(PAGE);
    // A stranger's owner cannot touch it, by the id in the form neither.
    const stranger = await owner();
    await act(stranger.browser, `${PAGE}/cancel`, boss.customer.id);
    expect(await closings().get(boss.customer.id)).toMatchObject({ state: 'requested' });
    await boss.browser.submit({}, 'Call it off');
    expect(boss.browser.html).toContain('Everything stays as it is.');
    expect(await closings().close(boss.customer.id, staff)).toBe('no_request');
  });

  test('S36: what waits for an operator is counted until it is closed, for metrics and programs too', async () => {
    const boss = await owner();
    const counts = async () => {
      const { closingsRequested, closingsChecked } = await world.core.acts.waiting();
      return [closingsRequested, closingsChecked] as const;
    };
    const [requested, checked] = await counts();
    await request(boss);
    expect(await counts()).toEqual([requested + 1, checked]);
    await closings().check(boss.customer.id, staff);
    expect(await counts()).toEqual([requested, checked + 1]);
    expect(metricsText(await readMetrics(world.core, world.app))).toContain(
      `vratny_waiting_requests{kind="closing",state="checked"} ${checked + 1}\n`,
    );
    const console = await atConsole(world, await createOperator(world, 'support'), '/admin/dashboard');
    expect(console.html).toContain(
      `${text('admin.dashboard.closings_checked')}</a></dt><dd>${checked + 1}</dd>`,
    );
    await closings().close(boss.customer.id, staff);
    expect(await counts()).toEqual([requested, checked]);
    // Up to a bound: there may be more than a page of the store holds.
    expect(await world.core.acts.waiting(1)).toMatchObject({ closingsRequested: Math.min(requested, 1) });
  });

  test('S36: nothing is closed that was not checked, that was refused, or that has members again', async () => {
    const boss = await owner();
    await request(boss);
    expect(await closings().close(boss.customer.id, staff)).toBe('wrong_state');
    expect(await closings().refuse(boss.customer.id, 'invoice 1 is unpaid', staff)).toBe('done');
    expect(await closings().check(boss.customer.id, staff)).toBe('wrong_state');
    await boss.browser.open(PAGE);
    expect(boss.browser.html).toContain('invoice 1 is unpaid');
    await request(boss);
    expect(await closings().check(boss.customer.id, staff)).toBe('done');
    await addMember(world, boss.customer.id, (await world.createAccount()).id, 'viewer');
    expect(await closings().close(boss.customer.id, staff)).toBe('members');
    expect(await world.core.customers.ownersOf(boss.customer.id)).toHaveLength(1);
  });

  test('S36: closed, everything ends; the data are gone and the names are taken for a while', async () => {
    const client = await world.createClient();
    const boss = await owner();
    const wanted = { scope: 'openid customer offline_access', prompt: 'consent' };
    const { body } = await exchange(world, client, await signedIn(world, client, boss.email, wanted));
    await request(boss);
    await closings().check(boss.customer.id, staff);
    const outcomes = await Promise.all([
      closings().close(boss.customer.id, staff),
      closings().close(boss.customer.id, staff),
    ]);
    expect(outcomes).toContain('done');
    await world.core.outbox.idle();
    const told = world.mails.findLast(({ to }) => to === boss.email)!.text;
    expect(told).toContain('can no longer sign in');
    expect(told).not.toContain('/account');
    // Wherever operators meet the customer it says so.
    const { number } = boss.customer.doc;
    const operator = await atConsole(world, await createOperator(world, 'support'), '/admin/customers');
    for (const page of ['/admin/customers', `/admin/customers/${number}`]) {
      await operator.open(page);
      expect([page, operator.html.includes(`>${text('admin.customers.closed')}</span>`)]).toEqual([
        page,
        true,
      ]);
    }
    expect(operator.html).not.toContain('/domains/add');
    await operator.open(`/admin/accounts/${boss.id}`);
    expect(operator.html).toContain(text('admin.accounts.ended_with_customer'));
    const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token! };
    expect((await token(world, client, refresh)).status).toBe(400);
    expect((await boss.browser.open('/account/security')).heading).toBe('Sign in');
    await boss.browser.submit({ login: boss.email, password: PASSWORD });
    expect(boss.browser.status).toBe(422);
    const left = (await world.core.accounts.get(boss.id))!.doc;
    expect([left.name, left.passwordHash, left.status]).toEqual([undefined, undefined, 'disabled']);
    expect((await world.core.customers.get(boss.customer.id))!.doc.name).not.toContain('Žofie');
    await expect(world.createAccount({ email: boss.email })).rejects.toThrow('belongs to another account');
    now += 91 * 86_400_000;
    expect((await world.createAccount({ email: boss.email })).id).not.toBe(boss.id);
  });

  test('who acts for another customer too keeps the account', async () => {
    const boss = await owner();
    const other = await world.createAccount();
    await addMember(world, (await customerOf(world, other.id)).id, boss.id, 'viewer');
    await boss.browser.open('/account/customers');
    await boss.browser.post('/account/customers', { csrf: csrfOf(boss.browser), customer: boss.customer.id });
    await boss.browser.open(PAGE);
    await request(boss);
    await closings().check(boss.customer.id, staff);
    expect(await closings().close(boss.customer.id, staff)).toBe('done');
    const [left] = await world.core.customers.ofAccount(boss.id);
    expect(left?.role).toBe('viewer');
    expect((await world.core.accounts.get(boss.id))?.doc.status).toBe('active');
    expect((await atAccountPage(world, boss.email, '/account/customer')).status).toBe(200);
  });
});
