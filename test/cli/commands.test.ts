// All commands that are neither `client` nor `account`, and what every command does alike, in the real process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHasher } from '../../adapters/hash/pool.ts';
import { openStore } from '../../adapters/registry.ts';
import { IGNORED_FORWARDING } from '../../src/cli/metrics.ts';
import { createMetricsServer } from '../../src/http/metrics.ts';
import { deriveKey, keyId } from '../../src/lib/derive.ts';
import { silentLog } from '../../src/lib/log.ts';
import { expectRefusal, install, SECRET, type Installation } from '../support/commands.ts';

type Key = { kid: string; alg: string; state: string; activeFrom: string; removedAt?: string };

let at: Installation;
beforeAll(() => {
  at = install();
});
afterAll(() => at.remove());

describe('the program', () => {
  test('says its version and what it can do', async () => {
    const [version, help, verb] = await Promise.all([
      at.run(['--version']),
      at.run(['--help']),
      at.run(['client', 'create', '--help']),
    ]);
    expect(version).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) as string,
      stderr: '',
    });
    for (const name of [
      'serve',
      'client',
      'account',
      'keys',
      'outbox',
      'mail',
      'config',
      'migrate',
      'doctor',
      'hash',
    ])
      expect(help.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(help.stdout).toContain('Exit codes:');
    expect(verb.stdout).toContain('--redirect-uri <url>');
  });

  test('calls itself as it was called', async () => {
    const { stdout } = await at.run(['client', '--help'], { env: { npm_lifecycle_event: 'cli' } });
    expect(stdout).toContain('Usage: npm run -s cli -- client ');
  });

  test.each<[string, string[], RegExp]>([
    [
      'an unknown command',
      ['clients'],
      /there is no command 'clients': did you mean client\?\nsee: .* --help/,
    ],
    [
      'an unknown verb',
      ['client', 'creat'],
      /unknown command 'creat'\n.*Did you mean create.*\nsee: .*client --help/s,
    ],
    ['a group alone', ['keys'], /Usage: .*rotate/s],
    ['an unknown option', ['--verbose'], /unknown option '--verbose'/],
    [
      'a missing argument',
      ['client', 'show'],
      /missing required argument 'client_id'\nsee: .*client show --help/,
    ],
  ])('%s is told with exit code 2', async (_what, line, sentence) => {
    expectRefusal(await at.run(line), 2, sentence);
  });

  test('a wrong configuration is told whole before any command', async () => {
    const env = { VRATNY_PORT: 'x', VRATNY_ISSUR: 'y' };
    const lines = [
      ['client', 'list'],
      ['doctor'],
      ['serve'],
      ['hash'],
      ['config', 'validate'],
      ['migrate', 'status'],
    ];
    const sentence = /^the configuration has problems:\n {2}- VRATNY_PORT .*\n {2}- VRATNY_ISSUR /;
    for (const ended of await Promise.all(lines.map((line) => at.run(line, { env }))))
      expectRefusal(ended, 2, sentence);
  });

  test('doctor says where the storage is, whether anybody is in it, and what the running server did not believe', async () => {
    const path = join(at.folder, 'mistyped.sqlite');
    const node = createMetricsServer(
      () =>
        Promise.resolve([{ name: IGNORED_FORWARDING, help: 'x', type: 'counter', samples: [{ value: 42 }] }]),
      silentLog,
    );
    await once(node.listen(0, '127.0.0.1'), 'listening');
    const { port } = node.address() as AddressInfo;
    const env = { VRATNY_STORAGE: `sqlite:${path}`, VRATNY_METRICS_PORT: String(port) };
    const first = await at.run(['doctor'], { env });
    const place = `storage: sqlite ${path.replaceAll('.', String.raw`\.`)} answers in`;
    expect(first.stdout).toMatch(new RegExp(`${place} .*, made just now, no account in it yet`));
    expect(first.stdout).toContain('ignored forwarding headers of 42 requests');
    await at.run(['account', 'create', '--email', 'jana@example.cz'], { env });
    node.closeAllConnections();
    node.close();
    const then = await at.run(['doctor'], { env });
    expect(then.stdout).toMatch(new RegExp(`${place} [\\d.]+ ms$`, 'm'));
    expect(then.stdout).not.toContain('ignored');
  });

  test('storage that is down is exit code 5, with what to check', async () => {
    const folder = { VRATNY_STORAGE: 'sqlite:/proc/nowhere/vratny.sqlite' };
    const server = { VRATNY_STORAGE: 'mongodb://127.0.0.1:1/vratny' };
    const ended = await Promise.all([
      at.run(['client', 'list'], { env: folder }),
      at.run(['migrate', 'status', '--json'], { env: folder }),
      at.run(['account', 'list'], { env: server }),
    ]);
    for (const each of ended)
      expectRefusal(each, 5, /^error: the database does not answer: .+\ncheck VRATNY_STORAGE/);
  });

  test('who reads only the beginning is no error', async () => {
    const child = spawn(
      'sh',
      [
        '-c',
        `"$0" "$1" config template | head -n 1`,
        process.execPath,
        join(import.meta.dirname, '../../src/main.ts'),
      ],
      {
        env: { PATH: process.env['PATH'] },
        stdio: 'pipe',
      },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    await new Promise((resolve) => child.once('close', resolve));
    expect(out).toMatch(/^# .*\n$/);
    expect(err).toBe('');
  });
});

describe('keys', () => {
  test('list makes the first ones; rotate publishes the next, which wait, and a second time is refused', async () => {
    const before = await at.json<Key[]>(['keys', 'list']);
    expect(before.map(({ alg, state }) => `${alg} ${state}`)).toEqual([
      'ES256 active',
      'EdDSA active',
      'RS256 active',
    ]);
    expect(JSON.stringify(before)).not.toMatch(/"d"|sealed/);

    const rotated = await at.json<Key[]>(['keys', 'rotate']);
    expect(rotated).toHaveLength(6);
    for (const key of rotated.filter(({ state }) => state === 'next')) {
      const wait = Date.parse(key.activeFrom) - Date.now();
      expect(wait).toBeGreaterThan(23 * 3_600_000);
      expect(wait).toBeLessThan(25 * 3_600_000);
    }
    expectRefusal(await at.run(['keys', 'rotate']), 2, /is published already and signs from .*--now/s);

    const now = await at.json<Key[]>(['keys', 'rotate', '--now']);
    const active = now.filter(({ state }) => state === 'active');
    expect(active).toHaveLength(3);
    for (const { kid } of active) expect(before.map((key) => key.kid)).not.toContain(kid);
    const { stdout } = await at.run(['keys', 'list']);
    expect(stdout).toMatch(/^kid +alg +state +signs from +removed at$/m);
  });

  test('keys sealed with another secret are told as that', async () => {
    const env = { VRATNY_SECRET: `another ${SECRET}` };
    const doctor = await at.run(['doctor'], { env });
    expect(doctor.stdout).toMatch(/^BAD {2}signing keys: cannot be opened with this VRATNY_SECRET/m);
    expect(doctor.code).toBe(1);
    expectRefusal(
      await at.run(['serve'], { env: { ...env, VRATNY_PORT: '65535' } }),
      2,
      /VRATNY_SECRET must hold the secret/,
    );
  });
});

describe('config', () => {
  test('validate says yes, and reads the files that are named', async () => {
    expect(await at.json(['config', 'validate'])).toEqual({ valid: true });
    const logo = join(at.folder, 'logo.svg');
    writeFileSync(logo, 'no picture');
    const ended = await at.run(['config', 'validate'], { env: { VRATNY_BRAND_LOGO: logo } });
    expectRefusal(ended, 2, /VRATNY_BRAND_LOGO will not do: logo .* content is of another kind/);
  });

  test('print shows what is in force without secrets', async () => {
    const rows = await at.json<{ variable: string; value: string; source: string }[]>(['config', 'print']);
    expect(rows.find(({ variable }) => variable === 'VRATNY_ISSUER')).toEqual({
      variable: 'VRATNY_ISSUER',
      value: 'http://localhost:3999',
      source: 'variable',
    });
    const { stdout } = await at.run(['config', 'print']);
    expect(stdout).toMatch(/^VRATNY_SECRET +•+ +variable$/m);
    expect(stdout).not.toContain(SECRET);
  });

  test('template and reference name every option', async () => {
    const { template } = await at.json<{ template: string }>(['config', 'template']);
    const { reference } = await at.json<{ reference: string }>(['config', 'reference']);
    expect(template).toMatch(/^#VRATNY_ISSUER=$/m);
    expect(reference).toMatch(/^\| `VRATNY_ISSUER` \|/m);
    expect((await at.run(['config', 'template'])).stdout.trimEnd()).toBe(template);
  });
});

describe('migrate status', () => {
  test('tells what the next start would do, and does nothing itself', async () => {
    const fresh = install();
    expect(await fresh.json(['migrate', 'status'])).toMatchObject({ prepared: false });
    expect((await fresh.run(['migrate', 'status'])).stdout).toContain('to be prepared at the next start');
    await fresh.json(['client', 'list']);
    expect(await fresh.json(['migrate', 'status'])).toMatchObject({ prepared: true });
    expect((await fresh.run(['migrate', 'status'])).stdout).toContain('tables and indexes: up to date');
    fresh.remove();
  });
});

describe('doctor', () => {
  test('finds a sound installation sound', async () => {
    const findings = await at.json<{ check: string; ok: boolean; detail: string }[]>(['doctor']);
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'runtime',
      'storage',
      'schema',
      'signing keys',
      'mail',
      'environment',
      'proxies',
      'issuer',
    ]);
    expect((await at.run(['doctor'])).stdout).toMatch(/^ok {3}runtime: Node 2\d/);
  });

  test('tells an https issuer without a trusted proxy, with exit code 1', async () => {
    const env = { VRATNY_ISSUER: 'https://id.invalid' };
    const { code, stdout, stderr } = await at.run(['doctor', '--json'], { env });
    expect(code).toBe(1);
    expect(stderr).toBe('something needs attention: proxies\n');
    expect((JSON.parse(stdout) as { check: string; ok: boolean }[]).find(({ ok }) => !ok)!.check).toBe(
      'proxies',
    );
  });

  test('tells who answers at the issuer in our place; nobody there is no fault', async () => {
    let status = 404;
    const elsewhere = createServer((_req, res) => res.writeHead(status).end('<h1>nginx</h1>'));
    await once(elsewhere.listen(0, '127.0.0.1'), 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    const issuer = async (scheme: string) => {
      const env = { VRATNY_ISSUER: `${scheme}://localhost:${port}`, VRATNY_TRUSTED_PROXIES: '127.0.0.1' };
      const { stdout } = await at.run(['doctor'], { env });
      return stdout.split('\n').find((line) => line.includes('issuer:'));
    };
    expect(await issuer('http')).toMatch(/^BAD .* answers 404 and is no provider: check the proxy/);
    // TLS that fails, as with a certificate that nobody takes.
    expect(await issuer('https')).toMatch(/^BAD .* applications will meet it, too/);
    status = 502;
    expect(await issuer('http')).toMatch(/^ok .* answers 502 now: is the server running/);
    elsewhere.close();
    await once(elsewhere, 'close');
    expect(await issuer('http')).toMatch(/^ok .* does not answer now/);
  });
});

describe('hash', () => {
  const hasher = () =>
    createHasher({
      profile: 'argon2id',
      peppers: [{ id: keyId(SECRET), key: deriveKey(SECRET, 'password pepper', 32) }],
      workers: 1,
      queueLimit: 10,
    });

  test('prints a PHC string that verifies here; it needs no database', async () => {
    const env = { VRATNY_STORAGE: 'mongodb://127.0.0.1:1/vratny' };
    const { code, stdout, stderr } = await at.run(['hash', '--json'], {
      stdin: 'correct horse battery\n',
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { hash } = JSON.parse(stdout) as { hash: string };
    const verifier = hasher();
    expect(await verifier.verify(hash, 'correct horse battery')).toEqual({ matches: true, outdated: false });
    await verifier.close();
    expect((await at.run(['hash'], { stdin: 'x' })).stdout).toMatch(/^\$argon2id\$/);
  });

  test('asks for the password where there is none', async () => {
    expectRefusal(await at.run(['hash'], { stdin: '' }), 2, /no password on standard input: pipe it in/);
  });
});

test('a command on a database in use by another process waits its turn', async () => {
  const store = await openStore(at.env['VRATNY_STORAGE']!, { now: () => Date.now() });
  try {
    await Promise.all([at.json(['client', 'list']), at.json(['account', 'list']), at.json(['keys', 'list'])]);
  } finally {
    await store.close();
  }
});
