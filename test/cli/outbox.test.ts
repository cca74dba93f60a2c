// `outbox …`, `mail test` and what depends on a mail server, as an operator types it, in the real process.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';
import { freePort } from '../support/free-port.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { eventually, startProgram, stopProgram, untilReady } from '../support/program.ts';

type Item = { id: string; state: string; to: string; attempts: number; lastError?: string; nextAt?: string };

let at: Installation;
let server: MailServer;
/** Nobody listens there. */
let away: Record<string, string>;
beforeAll(async () => {
  server = await startMailServer();
  at = install({ VRATNY_SMTP_URL: `smtp://127.0.0.1:${server.port}`, VRATNY_LOCALE: 'cs' });
  away = { VRATNY_SMTP_URL: `smtp://127.0.0.1:${await freePort()}` };
  for (const name of ['eva', 'jan'])
    await at.json(['account', 'create', '--email', `${name}@example.cz`, '--login', name]);
});
afterAll(async () => {
  await server.close();
  at.remove();
});

const failed = () => at.json<Item[]>(['outbox', 'list', '--state', 'failed']);

describe('mail test', () => {
  test('sends a mail now, from the sender that is asked for', async () => {
    const sent = await at.json<Item>(['mail', 'test', 'operator@example.cz']);
    expect(sent).toMatchObject({ state: 'delivered', to: 'operator@example.cz', attempts: 1 });
    const { code, stdout } = await at.run(['mail', 'test', 'operator@example.cz', '--kind', 'security']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^state +delivered$/m) as string]);
    expect(server.received.map(({ from }) => from)).toEqual(['info@localhost', 'no-reply@localhost']);
    expect(server.received[0]!.headers.get('subject')).toBe('Vrátný: zkušební e-mail');
  });

  test('says why it was not taken, with exit code 1', async () => {
    const down = await at.run(['mail', 'test', 'operator@example.cz'], { env: away });
    expect([down.code, down.stderr]).toEqual([
      1,
      expect.stringMatching(/^not delivered: the mail server cannot be reached: .*ECONNREFUSED/) as string,
    ]);
    server.refusal = '550 5.7.1 not from you';
    const refused = await at.run(['mail', 'test', 'operator@example.cz']);
    server.refusal = undefined;
    expect([refused.code, refused.stderr]).toEqual([
      1,
      'not delivered: the mail server answered 550 5.7.1\n',
    ]);
  });

  test('needs an address and a mail server', async () => {
    expectRefusal(
      await at.run(['mail', 'test', 'a@example.cz, b@example.cz']),
      2,
      /this is no e-mail address/,
    );
    const none = { VRATNY_SMTP_URL: '' };
    expectRefusal(await at.run(['mail', 'test', 'a@example.cz'], { env: none }), 2, /set VRATNY_SMTP_URL/);
  });
});

test('set-password-link --send mails the link', async () => {
  const before = server.received.length;
  expect(await at.json(['account', 'set-password-link', 'eva', '--send'])).toMatchObject({ sent: true });
  const { to, text } = server.received.at(-1)!;
  expect(server.received.length).toBe(before + 1);
  expect(to).toEqual(['eva@example.cz']);
  expect(text).toMatch(/http:\/\/localhost:3999\/set-password\/[\w-]{43}/);
});

describe('doctor', () => {
  const mailOf = async (env: Record<string, string>) => {
    const { stdout } = await at.run(['doctor', '--json'], { env });
    return (JSON.parse(stdout) as { check: string }[]).find(({ check }) => check === 'mail');
  };

  test('asks the mail server', async () => {
    expect(await mailOf({})).toEqual({
      check: 'mail',
      ok: true,
      detail: `127.0.0.1:${server.port} answers and lets us in`,
    });
    expect(await mailOf(away)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('ECONNREFUSED') as string,
    });
    expect(await mailOf({ VRATNY_SMTP_URL: '' })).toMatchObject({
      ok: true,
      detail: expect.stringContaining('no mail server') as string,
    });
  });
});

describe('outbox', () => {
  test('lists what was given up without what it says, and one is tried again', async () => {
    server.refusal = '552 5.2.2 mailbox full';
    await at.json(['account', 'set-password-link', 'jan', '--send']);
    server.refusal = undefined;
    const [item] = (await failed()).filter(({ to }) => to === 'jan@example.cz');
    expect(item).toMatchObject({ attempts: 1, lastError: 'the mail server answered 552 5.2.2' });
    expect(JSON.stringify(item)).not.toMatch(/set-password|sealed|http/);
    const { stdout } = await at.run(['outbox', 'list']);
    expect(stdout).toMatch(/^id +channel +state +to +attempts +made at +last error$/m);

    const before = server.received.length;
    expect(await at.json<Item>(['outbox', 'retry', item!.id])).toMatchObject({ state: 'delivered' });
    expect(server.received.length).toBe(before + 1);
    expect(server.received.at(-1)!.text).toMatch(/\/set-password\/[\w-]{43}/);
    expectRefusal(await at.run(['outbox', 'retry', item!.id]), 2, /it was delivered/);
  });

  test('all that were given up are tried again; what is over stays', async () => {
    server.refusal = '554 5.0.0 no';
    await at.json(['account', 'set-password-link', 'eva', '--send']);
    await at.json(['account', 'set-password-link', 'jan', '--send']);
    server.refusal = undefined;
    const before = server.received.length;
    const given = (await failed()).length;
    const { queued, left } = await at.json<{ queued: number; left: number }>(['outbox', 'retry', '--all']);
    expect([queued + left, server.received.length]).toEqual([given, before + queued]);
    const to = server.received.slice(before).map((mail) => mail.to[0]);
    expect(to).toEqual(expect.arrayContaining(['eva@example.cz', 'jan@example.cz']));
    // The refused test mail is over a few seconds after it was asked for.
    expect((await failed()).filter((item) => item.to !== 'operator@example.cz')).toEqual([]);
  });

  test('pages on', async () => {
    const { stdout, stderr } = await at.run(['outbox', 'list', '--limit', '1', '--json']);
    const [first] = JSON.parse(stdout) as Item[];
    expect(stderr).toBe(`there are more: go on with --after ${first!.id}\n`);
    const next = await at.json<Item[]>(['outbox', 'list', '--after', first!.id]);
    expect(next.length).toBeGreaterThan(2);
    expect(next.map(({ id }) => id)).not.toContain(first!.id);
  });

  test.each<[string[], number, RegExp]>([
    [['outbox', 'retry'], 2, /give the id of a message, or --all/],
    [['outbox', 'retry', 'x', '--all'], 2, /give the id of a message, or --all/],
    [['outbox', 'retry', 'nothing'], 3, /no message nothing/],
    [['outbox', 'list', '--limit', '0'], 2, /--limit: must be a number/],
    [['outbox', 'list', '--state', 'lost'], 2, /Allowed choices are waiting, failed, delivered/],
  ])('%j is refused', async (line, code, sentence) => {
    expectRefusal(await at.run(line), code, sentence);
  });
});

test('what a command leaves waiting is delivered by the server, which looks for it by itself', async () => {
  const before = server.received.length;
  await at.json(['account', 'set-password-link', 'jan', '--send']);
  expect(server.received.length).toBe(before + 1);
  // Not taken now: the next try is ten seconds away, and nobody but the server makes it.
  server.refusal = '451 4.3.0 later';
  await at.json(['account', 'set-password-link', 'eva', '--send']);
  const [waiting] = await at.json<Item[]>(['outbox', 'list', '--state', 'waiting']);
  expect(waiting).toMatchObject({ attempts: 1, lastError: 'the mail server answered 451 4.3.0' });
  server.refusal = undefined;
  const port = await freePort();
  const program = startProgram([], {
    cwd: at.folder,
    env: { ...at.env, VRATNY_ISSUER: `http://localhost:${port}`, VRATNY_PORT: String(port) },
  });
  try {
    await untilReady(program, `http://localhost:${port}`);
    await eventually('delivered', () => (server.received.length === before + 2 ? true : undefined), 30_000);
    expect(server.received.at(-1)!.to).toEqual(['eva@example.cz']);
  } finally {
    await stopProgram(program);
  }
}, 60_000);
