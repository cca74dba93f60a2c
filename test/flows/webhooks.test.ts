// Webhooks to a real receiver on this machine, judged by the library that receivers use; and to receivers that are
// away, strange, or none of our business.

import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createFetcher } from '../../adapters/fetch/guarded.ts';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { createWebhookDelivery } from '../../src/domain/webhooks/webhook-delivery.ts';
import { webhookEvents } from '../../src/domain/webhooks/webhook-events.ts';
import { createRangeSet } from '../../src/lib/address.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSealer } from '../../src/lib/seal.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

type Came = { readonly headers: IncomingHttpHeaders; readonly body: string };
type Answer = (res: ServerResponse) => void;
const command = atTheMachine('olga');
const SECRET = 'a secret for tests and for nobody else';
const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset), sleep: () => Promise.resolve() };
  let world: World;
  let receiver: Server;
  let url: string;
  let came: Came[] = [];
  let answers: Answer[] = [];
  const status =
    (code: number): Answer =>
    (res) =>
      void res.writeHead(code).end();

  beforeAll(async () => {
    receiver = createServer((req, res) => {
      const take = async () => {
        came.push({ headers: req.headers, body: await bodyOf(req) });
        (answers.shift() ?? status(204))(res);
      };
      void take();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    world = await openWorld({ storage, clock, env: { VRATNY_FETCH_ALLOW: '127.0.0.1/32' } });
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await closeWorld(world, storage);
  });
  beforeEach(() => {
    came = [];
    answers = [];
  });
  afterEach(async () => {
    for (const { id } of await acts().list()) await acts().remove(command, id);
  });

  const acts = () => world.core.acts.webhooks;
  const settled = async () => {
    await world.core.webhooks.idle();
    await world.core.outbox.deliverDue();
    await world.core.outbox.idle();
  };
  const namesOf = ({ headers }: Came) =>
    Object.fromEntries(
      Object.entries(headers).filter(
        (entry): entry is [string, string] => entry[0].startsWith('webhook-') && typeof entry[1] === 'string',
      ),
    );
  const isGenuine = (secret: string, { headers, body }: Came, changes: object = {}, text = body) => {
    try {
      new Verifier(secret).verify(text, { ...namesOf({ headers, body }), ...changes });
      return true;
    } catch {
      return false;
    }
  };

  test('an event reaches a receiver that failed twice, under one id, signed so that the library believes it', async () => {
    const { webhook, secret } = await acts().create(command, { url, events: ['account.*'] });
    answers = [status(500), (res) => res.socket!.destroy()];
    const { id: accountId } = await world.createAccount();
    await world.core.audit.record({
      action: 'account.disabled',
      actor: { kind: 'operator', accountId: 'olga' },
      accountId,
      before: { status: 'active', email: 'jana@example.cz' },
      after: { status: 'disabled' },
      reason: 'asked for by phone',
    });
    await settled();
    expect(came).toHaveLength(1);
    for (const wait of [11_000, 61_000]) {
      offset += wait;
      await settled();
    }
    expect(came).toHaveLength(3);
    expect(new Set(came.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const last = came.at(-1)!;
    expect(came.every((one) => isGenuine(secret, one))).toBe(true);
    expect(JSON.parse(last.body)).toEqual({
      type: 'account.disabled',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      data: {
        account_id: accountId,
        actor: { kind: 'operator', id: 'olga' },
        before: { status: 'active' },
        after: { status: 'disabled' },
      },
    });
    // What a thief of the message could try.
    const { 'webhook-id': id, 'webhook-timestamp': seconds } = namesOf(last);
    expect(isGenuine(secret, last, {}, last.body.replace('disabled', 'enabled '))).toBe(false);
    expect(isGenuine(secret, last, { 'webhook-id': `${id}x` })).toBe(false);
    expect(isGenuine(secret, last, { 'webhook-timestamp': String(Number(seconds) - 600) })).toBe(false);
    const tries = await acts().deliveries(webhook.id, { limit: 9 });
    expect(tries.map(({ doc }) => [doc.outcome, doc.status])).toEqual([
      ['delivered', 204],
      ['failed', undefined],
      ['failed', 500],
    ]);
    expect(JSON.stringify(tries)).not.toContain('/hook');
    // Sent again by hand, it is the same event, so that the receiver knows it.
    const eventId = tries[0]!.doc.eventId;
    const again = (await acts().replay(command, webhook.id, eventId))!;
    await settled();
    expect((await world.core.outbox.get(again))?.doc.state).toBe('delivered');
    expect([came.length, came.at(-1)!.headers['webhook-id'], came.at(-1)!.body]).toEqual([
      4,
      eventId,
      last.body,
    ]);
    expect(await acts().replay(command, webhook.id, 'evt_none')).toBeUndefined();
  });

  test('who asks for other events, is switched off or taken away, is told nothing', async () => {
    const other = await acts().create(command, { url, events: ['customer.*'] });
    const off = await acts().create(command, { url, events: ['*'] });
    const gone = await acts().create(command, { url, events: ['*'] });
    await acts().change(command, off.webhook.id, { enabled: false });
    expect(await acts().remove(command, gone.webhook.id)).toBe(true);
    await world.core.audit.record({ action: 'account.enabled', actor: command.actor, accountId: 'jana' });
    // Acts in no family that is told of.
    await world.core.audit.record({ action: 'keys.rotated', actor: command.actor });
    await settled();
    expect(came).toEqual([]);
    // What was on its way when it was switched off waits for a decision; what was when it was deleted does not.
    const messageId = (await acts().test(command, off.webhook.id))!;
    await settled();
    expect((await world.core.outbox.get(messageId))!.doc).toMatchObject({
      state: 'failed',
      lastError: 'the webhook is switched off',
    });
    expect(await acts().test(command, gone.webhook.id)).toBeUndefined();
    await acts().test(command, other.webhook.id);
    await settled();
    expect(came.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual(['webhook.test']);
  });

  test('the console offers no test of one that is off, and says so to who asks for it all the same', async () => {
    const { webhook } = await world.core.acts.webhooks.create(command, { url, events: ['*'] });
    const page = `/admin/webhooks/${webhook.id}`;
    const browser = await atConsole(world, await createOperator(world, 'owner'), page);
    await browser.post(`${page}/switch`, { ...browser.forms.at(-1)!.fields, enabled: 'no' });
    expect(browser.forms.some(({ action }) => action.endsWith('/test'))).toBe(false);
    await browser.post(`${page}/test`, browser.forms.at(-1)!.fields);
    expect(browser.html).toContain(text('admin.notice.webhook_is_off'));
  });

  test('a passkey that may have been copied is no change of it, and told under a name of its own', async () => {
    for (const events of [['credential.changed'], ['credential.passkey_doubted'], ['credential.*']])
      await acts().create(command, { url, events });
    for (const action of ['credential.passkey_removed', 'credential.passkey_doubted'] as const)
      await world.core.audit.record({ action, actor: { kind: 'system' }, accountId: 'jana' });
    await settled();
    const told = came.map(({ body }) => JSON.parse(body) as { type: string; data: object });
    const doubted = { account_id: 'jana', actor: { kind: 'system' } };
    const removed = { ...doubted, change: 'passkey_removed' };
    const byType = told.toSorted((one, other) => one.type.localeCompare(other.type));
    expect(byType.map(({ type, data }) => [type, data])).toEqual([
      ['credential.changed', removed],
      ['credential.changed', removed],
      ['credential.passkey_doubted', doubted],
      ['credential.passkey_doubted', doubted],
    ]);
  });

  test('the events that were promised are there', () => {
    expect(webhookEvents).toEqual(
      expect.arrayContaining([
        'account.created',
        'account.disabled',
        'credential.changed',
        'credential.passkey_doubted',
        'customer.closed',
        'link.added',
        'link.removed',
        'member.joined',
        'session.ended',
        'signin.failed',
        'signin.new_device',
      ]),
    );
  });

  test('while a secret is replaced both sign, for a day', async () => {
    const { webhook, secret } = await acts().create(command, { url, events: ['*'] });
    const next = (await acts().rotateSecret(command, webhook.id))!;
    await acts().test(command, webhook.id);
    await settled();
    const [both] = came;
    expect([secret, next].map((one) => isGenuine(one, both!))).toEqual([true, true]);
    offset += DAY + MINUTE;
    await acts().test(command, webhook.id);
    await settled();
    const signatures = String(came[1]!.headers['webhook-signature']).split(' ');
    expect(signatures).toHaveLength(1);
    expect(String(both!.headers['webhook-signature']).split(' ')).toHaveLength(2);
    offset -= DAY + MINUTE;
    expect(JSON.stringify(await acts().list())).not.toContain('whsec_');
    const stored = JSON.stringify(await world.core.webhooks.list());
    expect([secret, next].some((one) => stored.includes(one.slice(6)))).toBe(false);
  });

  test('a receiver that is slow, redirects, answers too much or 410 has not taken it, and nobody else is asked', async () => {
    const { webhook } = await acts().create(command, { url, events: ['*'] });
    // Only who never answers is given up soon: the others must not be late because the machine is busy.
    const within = (timeoutMs: number) =>
      createWebhookDelivery({
        store: world.store,
        clock,
        sealer: createSealer([SECRET]),
        fetcher: createFetcher({ allowRanges: createRangeSet(['127.0.0.1/32']), timeoutMs }),
        log: silentLog,
      });
    const [soon, patiently] = [within(300), within(10_000)];
    await acts().test(command, webhook.id);
    await settled();
    const eventId = String(came[0]!.headers['webhook-id']);
    const strange: [Answer, string, string][] = [
      [() => {}, 'DeliveryFailed', 'time'],
      [(res) => void res.writeHead(302, { location: url }).end(), 'DeliveryFailed', 'redirect'],
      [(res) => void res.writeHead(200).end(Buffer.alloc(200_000)), 'DeliveryFailed', ''],
      [status(410), 'PermanentFailure', '410'],
      [status(404), 'DeliveryFailed', '404'],
    ];
    for (const [answer, name, words] of strange) {
      answers = [answer];
      const before = came.length;
      const deliver = words === 'time' ? soon : patiently;
      const error = await deliver({ to: webhook.id, eventId }, 'message').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ name, message: expect.stringContaining(words) as string });
      expect(came).toHaveLength(before + 1);
      expect((await acts().deliveries(webhook.id, { limit: 1 }))[0]!.doc.outcome).toBe('failed');
    }
  });

  test('S-4: addresses inside are refused before a connection is made', async () => {
    let connections = 0;
    const listener = createTcpServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => listener.listen(8443, () => resolve()));
    const guarded = await openWorld({ storage: 'sqlite::memory:' });
    try {
      const { webhooks } = guarded.core.acts;
      const hosts = [
        '127.0.0.1',
        'localhost',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '2130706433',
        '0x7f.1',
        '0177.0.0.1',
        '169.254.169.254',
        '10.0.0.1',
        '[fd00::1]',
      ];
      for (const host of hosts) {
        const target = { url: `https://${host}:8443/latest`, events: ['*'] };
        const { webhook } = await webhooks.create(command, target);
        const messageId = (await webhooks.test(command, webhook.id))!;
        await guarded.core.outbox.idle();
        const { state, lastError } = (await guarded.core.outbox.get(messageId))!.doc;
        expect([host, state, lastError]).toEqual([
          host,
          'failed',
          expect.stringContaining('not a public address'),
        ]);
      }
      expect(connections).toBe(0);
      for (const bad of ['http://example.com/', 'ftp://a.example/', 'https://u:p@a.example/', 'no url']) {
        await expect(webhooks.create(command, { url: bad, events: ['*'] })).rejects.toThrow('https URL');
      }
      await expect(webhooks.create(command, { url, events: ['nothing.*'] })).rejects.toThrow(
        'must be an event',
      );
    } finally {
      listener.close();
      await guarded.close();
    }
  });
});
