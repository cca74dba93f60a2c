// `support …` and `account totp-off` as staff type them, in the real process (S59).

import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createCore } from '../../src/core.ts';
import { silentLog } from '../../src/lib/log.ts';
import { expectRefusal, install, type Installation } from '../support/commands.ts';
import { startMailServer, type MailServer } from '../support/mail-server.ts';
import { solveChallenge } from '../support/proof-of-work.ts';
import { turnOnTotp } from '../support/second-factor.ts';

type Request = { id: string; state: string; email: string; text: string; contact: string };
const REASON = 'identity card seen by Petr, ticket 1234';

let at: Installation;
let mailServer: MailServer;
let eva: string;
beforeAll(async () => {
  mailServer = await startMailServer();
  at = install({ VRATNY_SMTP_URL: `smtp://127.0.0.1:${mailServer.port}`, VRATNY_POW_MAX_NUMBER: '1000' });
  ({ id: eva } = await at.json<{ id: string }>(['account', 'create', '--email', 'eva@example.cz']));
  await at.json(['account', 'create', '--email', 'jan@example.cz']);
  const { id: lena } = await at.json<{ id: string }>(['account', 'create', '--email', 'lena@example.cz']);
  const core = await createCore(loadConfig(at.env), silentLog);
  await turnOnTotp(core, eva);
  await turnOnTotp(core, lena);
  for (const text of ['První žádost', 'Druhá žádost\n\u001b[31ma řádek']) {
    const proof = solveChallenge(await core.proofOfWork.challenge('a page'));
    const outcome = await core.supportRequests.submit(
      { email: 'eva@example.cz', text, contact: '+420 605 111 222', proof },
      'a page',
      '192.0.2.7',
    );
    expect(outcome).toEqual({ kind: 'sent' });
  }
  await core.close();
});
afterAll(async () => {
  at.remove();
  await mailServer.close();
});

test('support list shows open requests, newest first, and close takes one off', async () => {
  const open = await at.json<Request[]>(['support', 'list']);
  expect(open.map(({ text }) => text)).toEqual(['Druhá žádost\n\u001b[31ma řádek', 'První žádost']);
  expect(open[0]).toMatchObject({ state: 'open', email: 'eva@example.cz', contact: '+420 605 111 222' });
  const { stdout } = await at.run(['support', 'list']);
  expect(stdout).toContain('První žádost');
  // What strangers write must not reach the terminal as it is.
  expect(stdout).not.toContain('\u001b');

  const ofKind = (kind: string) => at.json<Request[]>(['support', 'list', '--kind', kind]);
  expect(await ofKind('second-factor')).toEqual(open);
  expect(await ofKind('login')).toEqual([]);

  const { stderr } = await at.run(['support', 'list', '--limit', '1']);
  expect(stderr).toContain(`go on with --after ${open[0]!.id}`);
  const rest = await at.json<Request[]>(['support', 'list', '--after', open[0]!.id]);
  expect(rest.map(({ id }) => id)).toEqual([open[1]!.id]);

  expect(await at.json(['support', 'close', open[1]!.id])).toEqual({ id: open[1]!.id, state: 'closed' });
  expectRefusal(await at.run(['support', 'close', open[1]!.id]), 2, /is closed already/);
  expectRefusal(await at.run(['support', 'close', 'nothing']), 3, /no request nothing: `support list`/);
  expect((await at.json<Request[]>(['support', 'list'])).map(({ id }) => id)).toEqual([open[0]!.id]);
  expect((await at.json<Request[]>(['support', 'list', '--state', 'closed'])).map(({ id }) => id)).toEqual([
    open[1]!.id,
  ]);
});

test('account totp-off asks for a reason, switches it off once, and mails the person', async () => {
  expectRefusal(
    await at.run(['account', 'totp-off', 'eva@example.cz']),
    2,
    /required option '--reason <text>'/,
  );
  expectRefusal(
    await at.run(['account', 'totp-off', 'eva@example.cz', '--reason', 'ok']),
    2,
    /--reason: tell how/,
  );
  expectRefusal(await at.run(['account', 'totp-off', 'nobody', '--reason', REASON]), 3, /no account nobody/);
  expectRefusal(
    await at.run(['account', 'totp-off', 'jan@example.cz', '--reason', REASON]),
    2,
    /has no second factor/,
  );
  expect(mailServer.received).toEqual([]);

  const done = await at.run(['account', 'totp-off', 'eva@example.cz', '--reason', REASON]);
  expect(done).toMatchObject({
    code: 0,
    stdout: `the second factor of account ${eva} is off; its sessions and tokens have ended\nthe reason is on its way to eva@example.cz\n`,
  });
  expect(mailServer.received.map(({ to }) => to)).toEqual([['eva@example.cz']]);
  expect(mailServer.received[0]!.text).toContain(REASON);
  expectRefusal(
    await at.run(['account', 'totp-off', 'eva@example.cz', '--reason', REASON]),
    2,
    /has no second factor/,
  );
});

test('support take, answer and password act on a request of a signed-in person', async () => {
  const core = await createCore(loadConfig(at.env), silentLog);
  let id = '';
  try {
    const account = (await core.accounts.get(eva))!;
    const asked = await core.ownRequests.ask(account, { subject: 'Web', text: 'stojí' }, undefined);
    id = asked.kind === 'done' ? asked.id : '';
    await core.ownRequests.nameServer(eva, id, { name: 'web1', access: 'look', password: 'tajné heslo' });
  } finally {
    await core.close();
  }
  expectRefusal(await at.run(['support', 'password', id]), 2, /take request .* first/);
  expect(await at.json(['support', 'take', id])).toEqual({ id, state: 'taken' });
  expect((await at.run(['support', 'password', id])).stdout).toBe('tajné heslo\n');
  expectRefusal(await at.run(['support', 'password', id]), 2, /has no password/);
  expectRefusal(await at.run(['support', 'answer', id], { stdin: ' ' }), 2, /the answer is empty/);
  expect((await at.run(['support', 'answer', id], { stdin: 'Už jede.\n' })).code).toBe(0);
  const { stdout } = await at.run(['support', 'show', id]);
  expect(stdout).toContain('Už jede.');
  expect(stdout).not.toMatch(/sealed|tajné/);
});

test('support-access list shows who lets support in, and end shows whoever is inside out', async () => {
  expect(await at.json(['support-access', 'list'])).toEqual([]);
  expectRefusal(
    await at.run(['support-access', 'end', 'nothing', '--reason', REASON]),
    3,
    /no support access/,
  );
});

test('account totp-removal: one user of the machine asks and cannot approve, and can decide against it', async () => {
  const verb = (name: string, ...more: string[]) => [
    'account',
    'totp-removal',
    name,
    'lena@example.cz',
    ...more,
  ];
  expectRefusal(await at.run(verb('request', '--reason', 'known')), 2, /how you made sure who it is/);
  expectRefusal(await at.run(verb('approve')), 2, /nothing waits/);
  expect(await at.json(verb('request', '--reason', REASON))).toMatchObject({ state: 'requested' });
  expectRefusal(await at.run(verb('approve')), 2, /cannot approve it/);
  expect(await at.json(['account', 'totp-removal', 'list'])).toMatchObject([{ reason: REASON }]);
  expect(await at.json(verb('refuse', '--reason', 'not her'))).toMatchObject({ state: 'refused' });
});
