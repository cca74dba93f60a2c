// `account …` as an operator types it, in the real process.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

type Account = Record<string, unknown> & { id: string; setPasswordUrl?: string };
const PASSWORD = 'correct horse battery';

let at: Installation;
let eva: Account;
beforeAll(async () => {
  at = install();
  eva = await at.json<Account>(
    [
      ['account', 'create', '--login', 'Eva', '--email', 'eva@example.cz', '--name', 'Eva Křížová'],
      ['--phone', '+420 601 123 456', '--locale', 'cs', '--email-verified', '--password-stdin'],
    ],
    `${PASSWORD}\n`,
  );
});
afterAll(() => at.remove());

describe('account create', () => {
  test('prints the account and its customer, and nothing of the password', () => {
    expect(eva).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      login: 'Eva',
      email: 'eva@example.cz',
      name: 'Eva Křížová',
      phone: '+420601123456',
      locale: 'cs',
      emailVerified: true,
      status: 'active',
      hasPassword: true,
      customer: { number: '100001' },
    });
    expect(JSON.stringify(eva)).not.toMatch(/passwordHash|argon2|loginKey|credentialVersion/);
  });

  test('without a password it prints a link that sets one', async () => {
    const account = await at.json<Account>([
      'account',
      'create',
      '--email',
      'new@example.cz',
      '--no-customer',
    ]);
    expect(account).toMatchObject({
      hasPassword: false,
      setPasswordUrl: expect.stringMatching(/^http:\/\/localhost:3999\/set-password\/[\w-]{43}$/) as string,
      setPasswordUrlExpiresAt: expect.stringMatching(/^\d{4}-/) as string,
    });
    expect(account).not.toHaveProperty('customer');
    const { stdout } = await at.run([
      'account',
      'create',
      '--email',
      'firm@example.cz',
      '--company',
      'Květiny s.r.o.',
    ]);
    expect(stdout).toMatch(/^customer +\d{6} Květiny s\.r\.o\. \(owner\)$/m);
    expect(stdout).toMatch(/\/set-password\/[\w-]{43}$/m);
  });

  test.each<[string, string[], string | undefined, number, RegExp]>([
    [
      'a taken e-mail, however written',
      ['--email', ' EVA@example.cz'],
      undefined,
      4,
      /this e-mail address belongs to another account/,
    ],
    [
      'a taken login name',
      ['--email', 'x@example.cz', '--login', 'eVA'],
      undefined,
      4,
      /this login name belongs/,
    ],
    ['no e-mail', ['--login', 'x'], undefined, 2, /required option '--email <address>' not specified\nsee: /],
    ['what is no e-mail', ['--email', 'eva'], undefined, 2, /--email: is not an e-mail address/],
    [
      'a login with a space',
      ['--email', 'x@example.cz', '--login', 'a b'],
      undefined,
      2,
      /--login: must not contain spaces/,
    ],
    [
      "somebody else's address as login",
      ['--email', 'x@example.cz', '--login', 'y@example.cz'],
      undefined,
      2,
      /login name with an @/,
    ],
    [
      'a national phone number',
      ['--email', 'x@example.cz', '--phone', '601123456'],
      undefined,
      2,
      /--phone: must be international/,
    ],
    [
      'an unknown language',
      ['--email', 'x@example.cz', '--locale', 'de'],
      undefined,
      2,
      /Allowed choices are cs, en/,
    ],
    [
      'a password that is too short',
      ['--email', 'x@example.cz', '--password-stdin'],
      'tajné\n',
      2,
      /too short: at least 12 characters/,
    ],
    [
      'a password that is too long',
      ['--email', 'x@example.cz', '--password-stdin'],
      'ab1'.repeat(50),
      2,
      /too long: at most 128 characters/,
    ],
    [
      'the name as password',
      ['--email', 'somebody@example.cz', '--password-stdin'],
      'Somebody@example.cz',
      2,
      /is the login name or e-mail itself/,
    ],
    [
      'an empty standard input',
      ['--email', 'x@example.cz', '--password-stdin'],
      '',
      2,
      /no password on standard input: pipe it in/,
    ],
  ])('%s is refused with what to do', async (_what, args, stdin, code, sentence) => {
    const ended = await at.run(['account', 'create', ...args], stdin === undefined ? {} : { stdin });
    expectRefusal(ended, code, sentence);
    if (stdin) expect(ended.stderr).not.toContain(stdin.trim());
  });
});

describe('account show', () => {
  test('finds by id, login name and e-mail, without case', async () => {
    const found = await Promise.all(
      [eva.id, eva.id.toUpperCase(), 'eva', ' EVA@EXAMPLE.CZ'].map((name) =>
        at.json<Account>(['account', 'show', name]),
      ),
    );
    for (const account of found)
      expect(account).toMatchObject({ id: eva.id, customers: [{ number: '100001', role: 'owner' }] });
    const { stdout } = await at.run(['account', 'show', 'eva']);
    expect(stdout).toMatch(/^customers +100001 Eva Křížová \(owner\)$/m);
    expect(stdout).not.toContain('argon2');
  });

  test.each(['show', 'disable', 'enable', 'set-password-link'])('%s of nobody is told', async (verb) => {
    expectRefusal(
      await at.run(['account', verb, 'nobody@example.cz']),
      3,
      /no account nobody@example\.cz: `account list`/,
    );
  });
});

test('account list goes in pages, newest first, with columns under each other', async () => {
  for (const [login, name] of [
    ['li', '登録'],
    ['zo', 'Žofie'.normalize('NFD')],
  ])
    await at.json([
      'account',
      'create',
      '--email',
      `${login}@list.example`,
      '--login',
      login!,
      '--name',
      name!,
    ]);
  const first = await at.run(['account', 'list', '--limit', '2']);
  const lines = first.stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^id +login +email +name +status$/);
  expect(lines[1]).toMatch(/ zo +zo@list\.example +\S+ {2}active$/);
  expect(lines[2]).toMatch(/ li +li@list\.example +登録 {3}active$/);
  const after = /^there are more: go on with --after (\S+)\n$/.exec(first.stderr)?.[1];
  const rest = await at.json<Account[]>(['account', 'list', '--after', after!]);
  expect(rest.map(({ email }) => email)).not.toContain('li@list.example');
  expect(rest.at(-1)).toMatchObject({ id: eva.id });
  expectRefusal(
    await at.run(['account', 'list', '--limit', '0']),
    2,
    /--limit: must be a number from 1 to 999/,
  );
});

test('account disable and enable', async () => {
  const { id } = await at.json<Account>(['account', 'create', '--email', 'off@example.cz']);
  expect(await at.json(['account', 'disable', id])).toMatchObject({ id, status: 'disabled' });
  expectRefusal(
    await at.run(['account', 'set-password-link', id]),
    2,
    /disabled: `account enable \S+` first/,
  );
  expect((await at.run(['account', 'show', id])).stdout).toMatch(/^status +disabled$/m);
  expect((await at.run(['account', 'enable', id])).stdout).toBe(`account ${id} is active\n`);
});

test('account set-password-link prints a link and until when it works, and sends none without a mail server', async () => {
  expect(await at.json(['account', 'set-password-link', 'eva'])).toEqual({
    id: eva.id,
    url: expect.stringMatching(/\/set-password\/[\w-]{43}$/) as string,
    expiresAt: expect.stringMatching(/^\d{4}-/) as string,
  });
  expectRefusal(
    await at.run(['account', 'set-password-link', 'eva', '--send']),
    2,
    /no mail server is configured/,
  );
});

test('account tokens and revoke-token', async () => {
  expect(await at.json(['account', 'tokens', 'eva'])).toEqual([]);
  const nobody = '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';
  expectRefusal(await at.run(['account', 'revoke-token', 'eva', nobody]), 3, /no such API token/);
});

test('a name with orders for the terminal is shown, not obeyed', async () => {
  await at.json(['account', 'create', '--email', 'evil@example.cz', '--name', '\u001b[2Jevil']);
  expect((await at.run(['account', 'list'])).stdout).toContain(String.raw`\u{1b}[2Jevil`);
});
