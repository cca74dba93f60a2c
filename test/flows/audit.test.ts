// The audit log, webhooks and the server's log over a person's day and an operator's: every event is found with who,
// what, when and from where, and none of the secrets that were used is found anywhere.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { createBreakingStore } from '../support/breaking-store.ts';
import { browserAt, FIREFOX, HOME, proxied, signInAt } from '../support/places.ts';
import { exchange } from '../support/relying-party.ts';
import { atAccount, setUpTotp } from '../support/second-factor-pages.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const ELSEWHERE = '203.0.113.50';
const NEW = 'seven quiet herons';
const WRONG = 'not the password, but near it';
const command = atTheMachine('olga');

type Told = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };

onEveryStorage((newStorage) => {
  const storage = newStorage();
  const store = createBreakingStore();
  let world: World;
  let receiver: Server;
  const bodies: string[] = [];
  beforeAll(async () => {
    receiver = createServer((req, res) => {
      const take = async () => {
        bodies.push(await bodyOf(req));
        res.writeHead(204).end();
      };
      void take();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()));
    world = await openWorld({
      storage,
      wrap: store.wrap,
      env: { ...proxied, VRATNY_FETCH_ALLOW: '127.0.0.1/32' },
    });
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await closeWorld(world, storage);
  });

  const settled = async () => {
    await world.core.webhooks.idle();
    await world.core.outbox.idle();
  };
  const about = async (accountId: string) =>
    (await world.core.audit.list({ accountId }, { limit: 99 })).entries.map(({ doc }) => doc).toReversed();

  test('A113, A114: each event says who, what, when, from where; no secret is in any of them', async () => {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/path-of-the-hook`;
    const { secret: webhookSecret } = await world.core.acts.webhooks.create(command, {
      url,
      events: ['*'],
    });
    const client = await world.createClient();
    const { id, email } = await world.createAccount({
      locale: 'en',
      phone: '+420601234567',
      phoneVerified: true,
    });
    const from = Date.now();

    await signInAt(world, client, browserAt(world), email, WRONG);
    const panel = await signInAt(world, client, browserAt(world), email);
    const { code } = panel.callback;
    const { body: tokens } = await exchange(world, client, panel);
    const browser = await atAccount(world, '/account/security', email, '', browserAt(world));
    const { key, codes } = await setUpTotp(browser);
    await browser.open('/account/security/password');
    const fields = { password: PASSWORD, new_password: NEW, repeat: NEW };
    const form = browser.forms.find(({ fields: found }) => 'new_password' in found)!;
    await browser.submit('code' in form.fields ? { ...fields, code: codes[0]! } : fields);
    const mail = world.mails.findLast(({ text }) => text.includes('/not-me/'))!;
    const link = /\/not-me\/([\w-]{43})/.exec(mail.text)![1]!;
    await (await browserAt(world, ELSEWHERE).open(`/not-me/${link}`)).submit();
    const account = (await world.core.accounts.get(id))!;
    await world.core.lostDevice.removeByStaff(account, 'identity card seen, ticket 1234', command.actor);
    await settled();

    const entries = await about(id);
    const person = `person:${id}`;
    expect(entries.map(({ action, actor, address }) => [action, actor, address])).toEqual([
      ['credential.totp_on', person, HOME],
      ...('code' in form.fields ? [['credential.recovery_code_used', person, HOME]] : []),
      ['credential.password_changed', person, HOME],
      ['account.locked', person, ELSEWHERE],
      ['credential.totp_off_by_support', 'command', undefined],
    ]);
    for (const { at, actor, userAgent, requestId } of entries) {
      expect(Date.parse(at)).toBeGreaterThanOrEqual(from);
      if (actor !== person) continue;
      expect(userAgent).toBe(FIREFOX);
      // The same request is found in the server's log.
      expect(world.logs.some(({ request }) => request === requestId)).toBe(true);
    }
    // Who signed in, with what, from where, is the login history's.
    const history = (await world.core.history.list(id, { limit: 9 })).entries.map(({ doc }) => doc);
    expect(history.map(({ result, reason, methods, address }) => [result, reason, methods, address])).toEqual(
      [
        ['signed_in', undefined, ['password'], HOME],
        ['signed_in', undefined, ['password'], HOME],
        ['refused', 'wrong_password', [], HOME],
      ],
    );

    const told = bodies.map((body) => JSON.parse(body) as Told);
    const about_ = (type: string) => told.filter((event) => event.type === type).map(({ data }) => data);
    expect(about_('signin.failed')).toEqual([
      expect.objectContaining({ account_id: id, reason: 'wrong_password', address: HOME }),
    ]);
    expect(about_('signin.new_device')[0]).toMatchObject({
      account_id: id,
      address: HOME,
      new_network: true,
    });
    expect(about_('credential.changed').map(({ change }) => change)).toContain('totp_off_by_support');
    expect(about_('account.locked')).toEqual([{ account_id: id, actor: { kind: 'person', id } }]);
    expect(about_('session.ended').every(({ account_id: whose }) => whose === id)).toBe(true);

    const everything = JSON.stringify([
      entries,
      bodies,
      world.logs,
      await world.core.audit.list(undefined, { limit: 99 }),
    ]);
    const cookies = [...panel.cookies.values(), ...browser.cookies.values()].map(({ value }) => value);
    const secrets = [
      PASSWORD,
      NEW,
      WRONG,
      key,
      ...codes,
      link,
      code!,
      client.secret!,
      webhookSecret,
      ...cookies,
    ];
    secrets.push(...[tokens.access_token, tokens.id_token].filter((token) => token !== undefined));
    for (const secret of secrets.filter((text) => text.length > 5)) expect(everything).not.toContain(secret);
    for (const personal of [email, 'Křížová', '601234567', 'path-of-the-hook'])
      expect([personal, bodies.join('').includes(personal)]).toEqual([personal, false]);
    expect((await world.core.audit.verify()).problems).toEqual([]);
  });

  test('a log that cannot be written fails what operators do, and keeps nobody out', async () => {
    const { id, email } = await world.createAccount();
    store.break('audit.insert');
    const event = { action: 'account.disabled', actor: command.actor, accountId: id } as const;
    await expect(world.core.audit.record(event)).rejects.toThrow(StoreUnavailable);
    const { bans } = world.core.acts;
    await expect(bans.add(command, '198.51.100.99', { reason: 'a test' })).rejects.toThrow(StoreUnavailable);
    const browser = await atAccount(world, '/account/security/password', email, '', browserAt(world));
    await browser.submit({ password: PASSWORD, new_password: NEW, repeat: NEW });
    expect(browser.status).toBe(200);
    const { passwordHash } = (await world.core.accounts.get(id))!.doc;
    expect((await world.core.hasher.verify(passwordHash!, NEW)).matches).toBe(true);
    expect(world.logs.some(({ message, account }) => message.includes('audit log') && account === id)).toBe(
      true,
    );
    store.mend();
    // What could not be written leaves no hole.
    await world.core.audit.record(event);
    expect(await about(id)).toHaveLength(1);
    expect((await world.core.audit.verify()).problems).toEqual([]);
  });
});
