// Taking an authenticator app off by staff (S59): two operators, time to stop it, told both ways, done once; and what
// must not get past that.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { atTheMachine, type Caller } from '../../src/domain/operators/caller.ts';
import { permissions } from '../../src/domain/operators/permissions.ts';
import type { Browser } from '../support/browser.ts';
import { atConsole, createOperator, type TestOperator } from '../support/console.ts';
import { apiToken, apiWith, createApiClient } from '../support/operators-api.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { signedIn } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const REASON = 'identity card 123456 seen at the counter';
const HOUR = 3_600_000;
const QUEUE = '/admin/queues/totp-removals';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  let [eva, jan]: TestOperator[] = [];
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock });
    eva = await createOperator(world, 'support');
    jan = await createOperator(world, 'support');
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    now = Math.max(now, Date.now()) + HOUR;
  });

  const removals = () => world.core.acts.totpRemovals;
  const by = ({ id }: { id: string }): Caller => ({
    actor: { kind: 'operator', accountId: id },
    permissions: new Set(permissions),
  });
  const isOn = (id: string) => world.core.totp.isOn(id);
  async function person() {
    const account = await world.createAccount();
    return { ...account, ...(await turnOnTotp(world.core, account.id)) };
  }
  const mailsTo = (email: string) => world.mails.filter(({ to }) => to === email);
  const linkIn = (text: string) => /https?:\/\/\S+(\/keep-second-factor\/[\w-]+)/.exec(text)![1]!;
  const stateOf = async (id: string) => (await removals().get(id))?.state;
  const confirm = async (browser: Browser, path: string, reason = REASON) =>
    (await browser.open(path)).submit({ reason });

  test('S59, C16: asked for by one, approved by another, done after its time, once; the person hears of each step', async () => {
    const { id, email } = await person();
    const client = await world.createClient();
    const one = await atConsole(world, eva!, `/admin/accounts/${id}/security`);
    await confirm(one, `/admin/accounts/${id}/totp-removal`, 'too short');
    expect([one.status, one.html.includes('in ten characters or more')]).toEqual([422, true]);
    await confirm(one, `/admin/accounts/${id}/totp-removal`);
    await world.core.outbox.idle();
    expect(mailsTo(email).at(-1)!.text).toContain(REASON);
    expect(world.texts.at(-1)!.text).toContain('/keep-second-factor/');
    expect(world.texts.at(-1)!.text).toContain('support was asked to take');
    await confirm(one, `/admin/accounts/${id}/totp-removal`);
    expect(one.status).toBe(422);

    // The same operator, by the console and with the same form again; what cannot be done is not offered.
    await one.open(`/admin/accounts/${id}/security`);
    expect(one.html).not.toContain(`/admin/accounts/${id}/totp-removal`);
    await one.open(QUEUE);
    expect([one.html.includes(`/${id}/refuse`), one.html.includes(`/${id}/approve`)]).toEqual([true, false]);
    await confirm(one, `${QUEUE}/${id}/approve`);
    expect([one.status, await stateOf(id)]).toEqual([422, 'requested']);
    now += 8 * HOUR;
    await removals().carryOutDue();
    expect(await isOn(id)).toBe(true);

    const other = await atConsole(world, jan!, QUEUE);
    expect(other.html).toContain(REASON);
    expect(other.html).toContain(`/${id}/approve`);
    await confirm(other, `${QUEUE}/${id}/approve`, 'I know her, too');
    expect(await stateOf(id)).toBe('waiting');
    // The second text is another one: it says when, as the letter does.
    await world.core.outbox.idle();
    const when = /taken off on (.+?),/.exec(mailsTo(email).at(-1)!.text)![1]!;
    expect(world.texts.at(-1)!.text).toContain(
      `takes the authenticator app off your account on ${when.replaceAll('\u00a0', ' ')}.`,
    );
    await confirm(other, `${QUEUE}/${id}/approve`);
    expect(other.status).toBe(422);
    await removals().carryOutDue();
    expect(await isOn(id)).toBe(true);

    now += 23 * HOUR;
    await removals().carryOutDue();
    expect(await isOn(id)).toBe(true);
    now += 2 * HOUR;
    const elsewhere = await openWorld({ clock: world.core.clock, wrap: () => world.store });
    await Promise.all([removals().carryOutDue(), elsewhere.core.acts.totpRemovals.carryOutDue()]);
    await Promise.all([removals().carryOutDue(), elsewhere.core.acts.totpRemovals.carryOutDue()]);
    expect([await isOn(id), await stateOf(id)]).toEqual([false, 'done']);
    await Promise.all([world.core.outbox.idle(), elsewhere.core.outbox.idle()]);
    // Who did it has neither an address nor a browser to tell of.
    const told = [...mailsTo(email), ...elsewhere.mails].at(-1)!.text;
    expect(told).toContain('Our staff switched the authenticator app off');
    expect(told).not.toContain('nknown');
    const { entries } = await world.core.audit.list({ accountId: id }, { limit: 20 });
    const acts = entries.map(({ doc }) => doc.action).filter((action) => action.includes('totp'));
    expect(acts.toReversed()).toEqual([
      'totp_removal.requested',
      'totp_removal.approved',
      'credential.totp_off_by_support',
      'totp_removal.done',
    ]);
    // Signs in without a code now, and was told three times.
    await signedIn(world, client, email);
    expect((await removals().get(id))!.approvedBy).toEqual({ kind: 'operator', accountId: jan!.id });
    await elsewhere.app.engine.close();
    elsewhere.server.close();
  });

  test('the person stops it by the link, with a press of the button, once; a mail scanner stops nothing', async () => {
    const { id, email } = await person();
    await removals().request(by(eva!), id, REASON);
    await world.core.outbox.idle();
    const link = linkIn(mailsTo(email).at(-1)!.text);
    await removals().approve(by(jan!), id);
    const [browser, scanner] = [world.browser(), world.browser()];
    await scanner.open(link);
    expect([scanner.status, await stateOf(id)]).toEqual([200, 'waiting']);
    await scanner.post(link, { csrf: 'x' });
    expect([scanner.status, await stateOf(id)]).toEqual([403, 'waiting']);
    await browser.open(link);
    expect(browser.html).not.toContain(email);
    await browser.submit();
    expect([browser.status, await stateOf(id)]).toEqual([200, 'stopped']);
    expect(browser.html).toContain('href="/account/security/password"');
    await scanner.open(link);
    expect(scanner.status).toBe(410);
    expect((await world.browser().open('/keep-second-factor/nobody')).status).toBe(410);
    now += 48 * HOUR;
    await removals().carryOutDue();
    expect(await isOn(id)).toBe(true);
    await expect(removals().approve(by(jan!), id)).rejects.toThrow('nothing waits');
  });

  test('C16: no single hand gets it done: not the person, not a program, not two approvals, not who was shut out', async () => {
    const { id, email } = await person();
    // Their own account, and that of another operator.
    const owner = await createOperator(world, 'owner');
    await expect(removals().request(by(owner), owner.id, REASON)).rejects.toThrow('their own account');
    await expect(
      removals().request({ ...by(eva!), permissions: new Set(['accounts:write'] as const) }, jan!.id, REASON),
    ).rejects.toThrow('operators:write');

    // A program may list and refuse; it neither asks nor approves.
    const client = await createApiClient(world, 'accounts:read accounts:write');
    const api = apiWith(world, await apiToken(world, client));
    const asked = await api('post', `/accounts/${id}/totp-removal`, { body: { reason: REASON } });
    expect([asked.status, asked.body['code'], await stateOf(id)]).toEqual([
      403,
      'person_required',
      undefined,
    ]);
    expect((await api('post', `/accounts/${id}/totp-removal/approve`, { body: {} })).status).toBe(404);
    const program: Caller = {
      actor: { kind: 'client', clientId: client.metadata.client_id },
      permissions: new Set(permissions),
    };
    await removals().request(by(eva!), id, REASON);
    await expect(removals().approve(program, id)).rejects.toThrow('a person must approve');
    expect(
      (await api('post', `/accounts/${id}/totp-removal/refuse`, { body: { reason: 'no' } })).status,
    ).toBe(422);
    await api('post', `/accounts/${id}/totp-removal/refuse`, { body: { reason: 'a mistake' } });
    expect(await stateOf(id)).toBe('refused');
    // Nobody waits for what does not come; why is between operators.
    await world.core.outbox.idle();
    const letter = mailsTo(email).at(-1)!.text;
    expect(letter).toContain('Support will not take the authenticator app off');
    expect([letter.includes('/account/security/password'), letter.includes('a mistake')]).toEqual([
      true,
      false,
    ]);

    // Parallel requests, parallel approvals: one each.
    const settled = async (work: Promise<unknown>[]) =>
      (await Promise.allSettled(work)).filter(({ status }) => status === 'fulfilled').length;
    expect(
      await settled([by(eva!), by(jan!), by(owner)].map((who) => removals().request(who, id, REASON))),
    ).toBe(1);
    const asker = (await removals().get(id))!.requestedBy;
    const others = [eva!, jan!, owner].filter(
      (one) => asker.kind !== 'operator' || asker.accountId !== one.id,
    );
    expect(await settled(others.map((one) => removals().approve(by(one), id)))).toBe(1);
    await expect(removals().approve(atTheMachine('olga'), id)).rejects.toThrow('nothing waits');

    // Who asked or approved has been shut out before its time.
    const { approvedBy } = (await removals().get(id))!;
    const shut = others.find((one) => approvedBy?.kind === 'operator' && approvedBy.accountId === one.id)!;
    await world.core.accounts.change(shut.id, () => ({ status: 'disabled' }));
    now += 25 * HOUR;
    await removals().carryOutDue();
    expect([await isOn(id), await stateOf(id)]).toEqual([true, 'refused']);
    await world.core.accounts.change(shut.id, () => ({ status: 'active' }));
  });

  test('an app that was used or set up anew meanwhile is not lost, and stays; an auditor sees and cannot act', async () => {
    const { id, email, key } = await person();
    const client = await world.createClient();
    await removals().request(by(eva!), id, REASON);
    await removals().approve(by(jan!), id);
    now += HOUR;
    const browser = await world.browser().open(world.authorizeUrl(client));
    await browser.submit({ login: email, password: PASSWORD });
    await browser.submit({ code: appCode(key, new Date(now)) });
    expect(browser.hasLeft).toBe(true);
    // It does not wait for its time any more.
    await removals().carryOutDue();
    expect([await isOn(id), await stateOf(id)]).toEqual([true, 'refused']);
    expect(await removals().get(id)).toMatchObject({
      endCode: 'factor_used',
      endReason: 'a second factor was used meanwhile',
    });

    const another = await person();
    await removals().request(by(eva!), another.id, REASON);
    await removals().approve(by(jan!), another.id);
    await world.core.totp.turnOff(another.id);
    now += HOUR;
    await turnOnTotp(world.core, another.id);
    await removals().carryOutDue();
    expect([await isOn(another.id), await stateOf(another.id)]).toEqual([true, 'refused']);

    // Moved to another address, where nobody was told; and joined the staff, whom these two may not touch.
    const changes = {
      email_changed: ({ id: moved }: { id: string }) =>
        world.core.accounts.change(moved, () => ({
          email: 'new@evil.example',
          emailKey: 'new@evil.example',
        })),
      not_permitted: ({ id: joined }: { id: string }) =>
        world.core.operators.grant({ kind: 'system' }, joined, 'clients'),
    };
    for (const [why, change] of Object.entries(changes)) {
      const one = await person();
      await removals().request(by(eva!), one.id, REASON);
      await removals().approve(by(jan!), one.id);
      await change(one);
      now += 25 * HOUR;
      await removals().carryOutDue();
      expect([why, await isOn(one.id), await stateOf(one.id)]).toEqual([why, true, 'refused']);
      expect((await removals().get(one.id))!.endCode).toBe(why);
    }

    const auditor = await atConsole(world, await createOperator(world, 'auditor'), QUEUE);
    await auditor.open(`${QUEUE}?show=refused`);
    expect(auditor.html).toContain('a second factor was used meanwhile');
    // An obstacle is told in the language of the page.
    await auditor.open(`${QUEUE}?show=refused&lang=cs`);
    expect(auditor.html).toContain('mezitím byl použit druhý faktor');
    const api = apiWith(world, await apiToken(world, await createApiClient(world, 'accounts:read')));
    const listed = await api('get', '/totp-removals?state=refused&limit=100');
    expect(listed.body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ account_id: id, end_code: 'factor_used', end_reason: expect.any(String) }),
      ]),
    });
    await auditor.open(`/admin/accounts/${id}/totp-removal`);
    expect(auditor.status).toBe(403);
  });
});
