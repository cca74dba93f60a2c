// Mail and text messages from a whole provider by a real mail server and a real gateway, on both storages: one node
// and two, with the server there, away, and come back.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../adapters/registry.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createCore, type Core } from '../../src/core.ts';
import { allShapes, collections } from '../../src/domain/collections.ts';
import { createOutbox } from '../../src/domain/messages/outbox.ts';
import { silentLog } from '../../src/lib/log.ts';
import { createSealer } from '../../src/lib/seal.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import type { Store } from '../../src/ports/store.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { dropDatabase } from '../support/mongo-database.ts';
import { manualClock, type ManualClock } from '../support/rules.ts';
import { slowStore } from '../support/slow-store.ts';
import { onEveryStorage } from '../support/world.ts';

const staff = { kind: 'command', name: 'test' } as const;

const SECRET = 'a secret for tests and for nobody else';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let clock: ManualClock;
  let store: Store;
  let server: MailServer;
  let gateway: Server;
  let texts: unknown[] = [];
  const cores: Core[] = [];

  beforeAll(async () => {
    store = await openStore(storage, { now: () => clock.now().getTime() });
    clock = manualClock();
    await store.prepare(allShapes);
  });
  beforeEach(async () => {
    clock = manualClock();
    texts = [];
    server = await startMailServer();
    gateway = createServer((req, res) => {
      const answer = async () => {
        texts.push([req.headers.authorization, JSON.parse(await bodyOf(req))]);
        res.end();
      };
      void answer();
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', () => resolve()));
  });
  afterEach(async () => {
    await Promise.all(cores.splice(0).map((core) => core.close()));
    await server.close();
    gateway.closeAllConnections();
    gateway.close();
    // Each test begins with an empty outbox.
    const items = store.collection(collections.outbox);
    for (const { id } of await items.list(undefined, { limit: 1000 })) await items.remove(id);
  });
  afterAll(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  /** A node with the mail server and the gateway in its configuration. */
  async function node(env: Record<string, string> = {}): Promise<Core> {
    const config = loadConfig({
      VRATNY_ISSUER: 'https://id.hvezdny.example',
      VRATNY_BRAND_NAME: 'Hvězdný hosting',
      VRATNY_SECRET: SECRET,
      VRATNY_STORAGE: storage,
      VRATNY_HASH_WORKERS: '1',
      VRATNY_SMTP_URL: `smtp://127.0.0.1:${server.port}`,
      VRATNY_SMS_URL: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/send`,
      VRATNY_SMS_TOKEN: 'a-token-for-the-gateway',
      ...env,
    });
    const core = await createCore(config, silentLog, { clock, store });
    cores.push(core);
    return core;
  }
  let people = 0;
  const newAccount = (core: Core) =>
    core.accounts.create({
      email: `person${(people += 1)}@example.cz`,
      name: 'Žofie Křížová',
      locale: 'cs',
      phone: '+420601123456',
      emailVerified: true,
    });

  test('a letter arrives in both forms, in Czech, with its link, and is done', async () => {
    const core = await node();
    const account = await newAccount(core);
    await core.setPassword.mail(account);
    await core.outbox.idle();
    expect(server.received).toHaveLength(1);
    const { to, headers, text, html } = server.received[0]!;
    expect(to).toEqual([account.doc.email]);
    expect(headers.get('subject')).toBe('Hvězdný hosting: nastavte si heslo');
    const link = /https:\/\/id\.hvezdny\.example\/set-password\/[\w-]{43}/.exec(text)![0];
    expect(html).toContain(link);
    const [item] = await core.outbox.list({ limit: 10 });
    expect(item!.doc).toMatchObject({ state: 'delivered', to: account.doc.email, attempts: 1 });
    expect(headers.get('message-id')).toBe(`<${item!.id}@id.hvezdny.example>`);
  });

  test('S60: account mails come from the house and security mails from no-reply, as configured or by themselves', async () => {
    const [plain, named] = [
      await node(),
      await node({
        VRATNY_MAIL_FROM: '"Hvězdný, s.r.o." <podpora@hvezdny.example>',
        VRATNY_MAIL_FROM_SECURITY: 'neodpovidejte@hvezdny.example',
      }),
    ];
    for (const core of [plain, named]) {
      const account = await newAccount(core);
      await core.letters.send(account, 'account', 'test', { when: clock.now() });
      await core.outbox.idle();
      await core.letters.send(account, 'security', 'test', { when: clock.now() });
      await core.outbox.idle();
    }
    expect(server.received.map(({ from, headers }) => [from, headers.get('from')])).toEqual([
      ['info@id.hvezdny.example', 'Hvězdný hosting <info@id.hvezdny.example>'],
      ['no-reply@id.hvezdny.example', 'Hvězdný hosting <no-reply@id.hvezdny.example>'],
      ['podpora@hvezdny.example', 'Hvězdný, s.r.o. <podpora@hvezdny.example>'],
      ['neodpovidejte@hvezdny.example', 'neodpovidejte@hvezdny.example'],
    ]);
    // The comma of a name is encoded with it and parts no senders.
    const fromLines = server.received.flatMap(({ headerLines }) =>
      headerLines.filter((line) => /^from:/i.test(line)),
    );
    expect(fromLines.filter((line) => line.includes(','))).toEqual([]);
  });

  test('while the mail server is away nothing is lost, and when it is back each letter is sent once', async () => {
    const core = await node();
    const { port } = server;
    await server.close();
    const accounts = [];
    for (let count = 0; count < 8; count += 1) {
      const account = await newAccount(core);
      accounts.push(account.doc.email);
      await core.setPassword.mail(account);
    }
    await core.outbox.idle();
    expect(await core.outbox.list({ state: 'waiting', limit: 20 })).toHaveLength(8);
    server = await startMailServer({ port });
    clock.advance(10_000);
    const other = await node();
    await Promise.all([core.outbox.deliverDue(), other.outbox.deliverDue()]);
    await Promise.all([core.outbox.deliverDue(), other.outbox.deliverDue()]);
    expect(server.received.flatMap(({ to }) => to).toSorted()).toEqual(accounts.toSorted());
    expect(await core.outbox.list({ state: 'delivered', limit: 20 })).toHaveLength(8);
  });

  test('an address that the mail server will never take is given up at once, and the operator is told which', async () => {
    const core = await node();
    server.refusal = '550 5.1.1 no such person';
    const account = await newAccount(core);
    await core.setPassword.mail(account);
    await core.outbox.idle();
    const [item] = await core.outbox.list({ state: 'failed', limit: 10 });
    expect(item!.doc).toMatchObject({
      to: account.doc.email,
      attempts: 1,
      lastError: 'the mail server answered 550 5.1.1',
    });
  });

  test('a code goes to the phone by the gateway, in letters that need one message', async () => {
    const core = await node();
    await core.letters.text(await newAccount(core), 'code', { code: '123456' });
    await core.outbox.idle();
    expect(texts).toEqual([
      [
        'Bearer a-token-for-the-gateway',
        {
          to: '+420601123456',
          text: '123456 je vas kod pro sluzbu Hvezdny hosting. Nikomu ho nesdelujte, my se na nej nikdy neptame.',
        },
      ],
    ]);
  });

  test('without a mail server and a gateway nothing is lost either: it fails by name and can be sent later', async () => {
    const config = { VRATNY_SMTP_URL: '', VRATNY_SMS_URL: '' };
    const core = await node(config);
    expect([core.sendsMail, core.sendsTexts]).toEqual([false, false]);
    const account = await newAccount(core);
    await core.setPassword.mail(account);
    await core.letters.text(account, 'code', { code: '123456' });
    await core.outbox.idle();
    const failed = await core.outbox.list({ state: 'failed', limit: 10 });
    expect(failed.map(({ doc }) => String(doc.lastError)).toSorted()).toEqual([
      'no SMS gateway is configured',
      'no mail server is configured',
    ]);
    const later = await node();
    for (const { id } of failed) expect(await later.outbox.retry(id, staff)).toBe('queued');
    await later.outbox.idle();
    expect([server.received.length, texts.length]).toEqual([1, 1]);
  });

  test('two nodes that find the same letters over a slow storage send each of them once', async () => {
    const sent: string[] = [];
    const mail: Mail = { kind: 'account', to: 'eva@example.cz', subject: 'S', text: 'T', html: '' };
    const open = (senders: Parameters<typeof createOutbox>[0]['senders']) =>
      createOutbox({
        store: slowStore(store, 3),
        clock,
        sealer: createSealer([SECRET]),
        log: silentLog,
        senders,
      });
    const source = open({});
    const ids: string[] = [];
    for (let count = 0; count < 12; count += 1) ids.push(await source.enqueue('mail', mail));
    const nodes = [1, 2, 3].map(() => open({ mail: (_mail, id) => Promise.resolve(void sent.push(id)) }));
    await Promise.all(nodes.map((box) => box.deliverDue()));
    expect(sent.toSorted()).toEqual(ids.toSorted());
    for (const id of ids)
      expect((await source.get(id))!.doc).toMatchObject({ state: 'delivered', attempts: 1 });
  });
});
