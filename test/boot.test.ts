// The real process from its start to its end, as an operator and a newcomer meet it.

import { once } from 'node:events';
import { cpSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SECRET } from './support/commands.ts';
import { freePort } from './support/free-port.ts';
import {
  eventually,
  runProgram,
  startProgram,
  stopProgram,
  temporaryFolder,
  untilReady,
  type Running,
  type Settings,
} from './support/program.ts';

type Discovery = { issuer: string; jwks_uri: string; authorization_endpoint: string };
type Jwks = { keys: { kid: string }[] };

const getJson = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;
const kids = async (issuer: string) =>
  (await getJson<Jwks>(`${issuer}/jwks`)).keys.map(({ kid }) => kid).toSorted();

let folder: ReturnType<typeof temporaryFolder>;
let running: Running[];
beforeEach(() => {
  folder = temporaryFolder();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map(stopProgram));
  folder.remove();
});

function start(settings: Partial<Settings> = {}): Running {
  const program = startProgram([], { cwd: folder.path, ...settings });
  running.push(program);
  return program;
}

describe('with an empty environment', () => {
  const issuer = 'http://localhost:3000';
  const panel = 'http://localhost:3001';

  async function startDemo(): Promise<Running> {
    const program = start();
    await untilReady(program, issuer);
    await eventually('announced', () => program.stdout().includes('Ctrl+C') || undefined);
    return program;
  }

  test('the demo runs, prints where everything is, ends cleanly and keeps its data', async () => {
    const first = await startDemo();
    expect(await getJson<Discovery>(`${issuer}/.well-known/openid-configuration`)).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      jwks_uri: `${issuer}/jwks`,
    });
    const page = await fetch(panel);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Hosting panel');
    for (const line of [/Hosting panel .* http:\/\/localhost:3001$/m, /Provider +http:\/\/localhost:3000$/m])
      expect(first.stdout()).toMatch(line);
    expect(first.stdout()).toMatch(/Sign in as +jana or jana\.novakova@example\.cz, password \S+$/m);
    expect(first.stdout()).toContain(`${panel}/inbox`);
    const mojeid = 'http://127.0.0.1:3002/oidc/';
    expect(await getJson<Discovery>(`${mojeid}.well-known/openid-configuration`)).toMatchObject({
      issuer: mojeid,
    });

    const keys = await kids(issuer);
    first.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0, signal: null });
    const data = join(folder.path, 'data');
    expect(readdirSync(data).toSorted()).toEqual(['secret', 'vratny.sqlite']);
    for (const name of readdirSync(data)) expect(statSync(join(data, name)).mode & 0o077).toBe(0);

    const second = await startDemo();
    expect(await kids(issuer)).toEqual(keys);
    second.kill('SIGINT');
    expect(await second.ended).toMatchObject({ code: 0, signal: null });
  });
});

describe('in production', () => {
  test('with nothing set it refuses, and lists every problem', async () => {
    const { code, stdout, stderr } = await runProgram([], {
      cwd: folder.path,
      env: { NODE_ENV: 'production' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      'the configuration has problems:',
      '  - VRATNY_ISSUER is required in production',
      '  - VRATNY_STORAGE is required in production',
      '  - VRATNY_SECRET (or VRATNY_SECRET_FILE) is required in production',
    ]);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('it needs nothing of src/demo: a copy without it serves and takes commands', async () => {
    const sources = join(import.meta.dirname, '..');
    const root = join(folder.path, 'copy');
    for (const room of ['src', 'interactions', 'adapters', 'views', 'package.json']) {
      cpSync(join(sources, room), join(root, room), {
        recursive: true,
        filter: (file) => !file.startsWith(join(sources, 'src/demo')),
      });
    }
    expect(readdirSync(join(root, 'src'))).not.toContain('demo');
    symlinkSync(join(sources, 'node_modules'), join(root, 'node_modules'));
    const port = await freePort();
    const issuer = `http://localhost:${port}`;
    const env = {
      NODE_ENV: 'production',
      VRATNY_ISSUER: issuer,
      VRATNY_PORT: String(port),
      VRATNY_STORAGE: `sqlite:${folder.path}/vratny.sqlite`,
      VRATNY_SECRET: SECRET,
    };
    const program = start({ root, env });
    await untilReady(program, issuer);
    expect((await getJson<Discovery>(`${issuer}/.well-known/openid-configuration`)).issuer).toBe(issuer);
    const command = await runProgram(['keys', 'list', '--json'], { cwd: folder.path, root, env });
    expect(command).toMatchObject({ code: 0, stderr: '' });
    program.kill('SIGTERM');
    const { code, stdout } = await program.ended;
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; storage?: string });
    const messages = lines.map(({ msg }) => msg);
    expect(messages).toContain('listening');
    expect(messages.slice(-2)).toEqual(['stopping', 'stopped']);
    const made = lines.filter(({ msg }) => msg.startsWith('a new database was made'));
    expect(made).toMatchObject([{ storage: `sqlite ${folder.path}/vratny.sqlite` }]);
  });
});

test('a Node that is too old is told which one is needed, before any TypeScript', async () => {
  const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.9.0' } });`;
  const first = join(import.meta.dirname, '../src/compile-cache.mjs');
  const { code, stdout, stderr } = await runProgram([], {
    cwd: folder.path,
    node: ['--import', `data:text/javascript,${encodeURIComponent(older)}`, '--import', first],
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /^error: this is Node 24\.9\.0, and Vrátný needs Node 26 or newer\. Run `npm ci`.*\n$/,
  );
  expect(readdirSync(folder.path)).toEqual([]);
});

describe('a port that is taken', () => {
  test.each(['VRATNY_PORT', 'VRATNY_DEMO_PORT', 'VRATNY_DEMO_MOJEID_PORT'])(
    'is told with the option %s, and the process ends',
    async (variable) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const env = {
        VRATNY_PORT: String(await freePort()),
        VRATNY_DEMO_PORT: String(await freePort()),
        VRATNY_DEMO_MOJEID_PORT: String(await freePort()),
        [variable]: String(port),
      };
      const { code, stdout, stderr } = await start({ env }).ended;
      taken.close();
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(
        `error: cannot listen on 127.0.0.1:${port}: another program listens there. Choose another port with ${variable}\n`,
      );
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );
});

describe('SIGTERM', () => {
  test('requests in flight are finished, and none is refused while they are', async () => {
    const port = await freePort();
    const issuer = `http://localhost:${port}`;
    const env = { VRATNY_PORT: String(port), VRATNY_ISSUER: issuer, VRATNY_DRAIN_TIME: '30s' };
    const program = start({ env });
    await untilReady(program, issuer);

    const slow = connect(port, '127.0.0.1');
    let answer = '';
    slow.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const body = 'grant_type=client_credentials&client_id=nobody&client_secret=x';
    slow.write(
      `POST /token HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
    );
    // A request on another connection is answered after the slow one has arrived.
    await fetch(`${issuer}/health/live`);

    program.kill('SIGTERM');
    const unready = await eventually('unready', async () => {
      const response = await fetch(`${issuer}/health/ready`);
      return response.status === 503 ? response : undefined;
    });
    expect(unready.headers.get('connection')).toBe('close');
    for (let number = 0; number < 30; number += 1) {
      const response = await fetch(`${issuer}/.well-known/openid-configuration`);
      expect(response.status).toBe(200);
      expect(response.headers.get('connection')).toBe('close');
      await response.arrayBuffer();
    }
    expect(answer).toBe('');

    slow.write(body.slice(10));
    const startedAt = performance.now();
    await eventually('answered', () => /"error":"invalid_client"/.test(answer) || undefined);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(await program.ended).toMatchObject({ code: 0, signal: null });
    // Well before the drain time: nothing is waited for when everybody has left.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    await expect(fetch(`${issuer}/health/live`)).rejects.toThrow();
  });

  test('a request that never ends is given up at the end of the drain time', async () => {
    const port = await freePort();
    const issuer = `http://localhost:${port}`;
    const program = start({
      env: { VRATNY_PORT: String(port), VRATNY_ISSUER: issuer, VRATNY_DRAIN_TIME: '1s' },
    });
    await untilReady(program, issuer);
    const stuck = connect(port, '127.0.0.1');
    stuck.on('error', () => {});
    stuck.write(`POST /token HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 100\r\n\r\nx`);
    await fetch(`${issuer}/health/live`);
    program.kill('SIGTERM');
    const { code, stdout } = await program.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('requests were still running at the end of the drain time');
  });
});
