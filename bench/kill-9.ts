// Whether an acknowledged write survives `kill -9`: people sign in, tokens are refreshed and revoked and accounts made
// while the server is killed, again and again; afterwards everything that was answered with success must still hold.
// Run: node bench/kill-9.ts [rounds] [seconds of load in each]

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCore } from '../src/core.ts';
import { loadConfig } from '../src/config/load.ts';
import { silentLog } from '../src/lib/log.ts';
import { Browser } from '../test/support/browser.ts';
import { freePort, startSubject, type Subject } from './subject.ts';

const ROUNDS = Number(process.argv[2] ?? 6);
const LOAD_SECONDS = Number(process.argv[3] ?? 3);
const LANES = 12;
const PASSWORD = 'correct horse battery';
const REDIRECT = 'https://rp.example/callback';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const main = join(import.meta.dirname, '../src/main.ts');

const folder = mkdtempSync(join(tmpdir(), 'vratny-kill-9-'));
const file = join(folder, 'kill-9.sqlite');
const port = await freePort();
const issuer = `http://localhost:${port}`;
const env = {
  VRATNY_ISSUER: issuer,
  VRATNY_PORT: String(port),
  VRATNY_SECRET: 'a secret for measurements and for nobody else',
  VRATNY_STORAGE: `sqlite:${file}`,
  VRATNY_TRUSTED_PROXIES: '127.0.0.1, ::1',
  VRATNY_LOG_LEVEL: 'error',
};

/** What the server and the commands have said yes to. */
const acknowledged = {
  active: new Set<string>(),
  revoked: new Set<string>(),
  sessions: new Map<string, Browser>(),
  accounts: new Set<string>(),
};

async function seed(): Promise<string> {
  const core = await createCore(loadConfig(env), silentLog);
  const passwordHash = await core.hasher.hash(PASSWORD);
  for (let lane = 0; lane < LANES; lane += 1)
    await core.accounts.create({ email: `lane${lane}@example.com`, emailVerified: true, passwordHash });
  const { secret } = await core.clients.create({
    client_id: 'rp',
    client_name: 'RP',
    redirect_uris: [REDIRECT],
    first_party: true,
    resource_server: true,
  });
  await core.close();
  return `Basic ${Buffer.from(`rp:${secret}`).toString('base64')}`;
}

const authorization = await seed();

const authorizeUrl = (more: Record<string, string> = {}): string =>
  `${issuer}/authorize?${new URLSearchParams({
    client_id: 'rp',
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid offline_access',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...more,
  }).toString()}`;

type Tokens = { access_token: string; refresh_token: string };

async function post(path: string, params: Record<string, string>): Promise<Record<string, unknown>> {
  const response = await fetch(issuer + path, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams(params),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Signs in, exchanges, refreshes, revokes; each success is noted before the next request. */
async function journey(lane: number, turn: number): Promise<void> {
  const browser = new Browser(issuer);
  browser.headers = {
    ...browser.headers,
    'x-forwarded-for': `2001:db8:${lane.toString(16)}:${(turn % 65_536).toString(16)}::1`,
  };
  await browser.open(authorizeUrl());
  await browser.submit({ login: `lane${lane}@example.com`, password: PASSWORD });
  const { code } = browser.callback;
  if (code === undefined) throw new Error(`no code: ${browser.status} ${browser.heading} at ${browser.url}`);
  acknowledged.sessions.set(`${lane}:${turn}`, browser);
  const first = (await post('/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
  })) as Tokens;
  acknowledged.active.add(first.access_token).add(first.refresh_token);

  // While its exchange is under way nothing is known of a refresh token.
  acknowledged.active.delete(first.refresh_token);
  const second = (await post('/token', {
    grant_type: 'refresh_token',
    refresh_token: first.refresh_token,
  })) as Tokens;
  acknowledged.active.add(second.access_token).add(second.refresh_token);

  if (turn % 3 === 2) {
    // It ends all tokens of its grant.
    const grant = [first.access_token, second.access_token, second.refresh_token];
    for (const one of grant) acknowledged.active.delete(one);
    await post('/token/revocation', { token: second.access_token });
    for (const one of grant) acknowledged.revoked.add(one);
  }
}

/** Runs until the server is gone. */
async function load(lane: number, isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn += 1) {
    try {
      await journey(lane, turn);
    } catch (error) {
      if (!isOver()) throw error;
    }
  }
}

/** Accounts by the command line, from a process of its own on the same file. */
async function createAccounts(round: number, isOver: () => boolean): Promise<void> {
  for (let count = 0; !isOver(); count += 1) {
    const email = `made-${round}-${count}@example.com`;
    const child = execFile(process.execPath, [main, 'account', 'create', '--email', email, '--json'], {
      env: { PATH: process.env['PATH'], ...env },
    });
    const [code] = (await once(child, 'exit')) as [number];
    if (code === 0) acknowledged.accounts.add(email);
  }
}

async function inBatches<T>(items: Iterable<T>, check: (item: T) => Promise<boolean>): Promise<number> {
  let lost = 0;
  const rest = [...items];
  while (rest.length > 0) {
    const kept = await Promise.all(rest.splice(0, 50).map(check));
    lost += kept.filter((one) => !one).length;
  }
  return lost;
}

/** How much of what was acknowledged does not hold any more. */
async function countLosses(): Promise<Record<string, number>> {
  const isActive = async (token: string) =>
    (await post('/token/introspection', { token }))['active'] === true;
  const core = await createCore(loadConfig(env), silentLog);
  const losses = {
    tokens: await inBatches(acknowledged.active, isActive),
    revocations: await inBatches(acknowledged.revoked, async (token) => !(await isActive(token))),
    sessions: await inBatches([...acknowledged.sessions.values()].slice(-200), async (browser) => {
      await browser.open(authorizeUrl({ prompt: 'none' }));
      return browser.callback['code'] !== undefined;
    }),
    accounts: await inBatches(
      acknowledged.accounts,
      async (email) => (await core.accounts.findByIdentifier(email)) !== undefined,
    ),
  };
  await core.close();
  return losses;
}

function checkIntegrity(): string {
  const db = new DatabaseSync(file, { readOnly: true });
  const [row] = db.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
  db.close();
  return row!.integrity_check;
}

async function killUnderLoad(server: Subject, round: number): Promise<void> {
  let over = false;
  const isOver = () => over;
  const lanes = Array.from({ length: LANES }, (_, lane) => load(lane, isOver));
  const accounts = createAccounts(round, isOver);
  await sleep(LOAD_SECONDS * 1000);
  over = true;
  process.kill(server.pid, 'SIGKILL');
  await Promise.all([...lanes, accounts]);
}

let server = await startSubject([main, 'serve'], port, env);
let failed = false;
for (let round = 1; round <= ROUNDS; round += 1) {
  await killUnderLoad(server, round);
  const integrity = checkIntegrity();
  server = await startSubject([main, 'serve'], port, env);
  const losses = await countLosses();
  failed ||= integrity !== 'ok' || Object.values(losses).some((count) => count > 0);
  const { active, revoked, sessions, accounts } = acknowledged;
  process.stdout.write(
    `round ${round}: acknowledged ${active.size} tokens, ${revoked.size} revoked ones, ${sessions.size} sessions, ` +
      `${accounts.size} accounts; lost ${JSON.stringify(losses)}; integrity ${integrity}; ` +
      `back after ${Math.round(server.startMilliseconds)} ms\n`,
  );
  // Each round stands for itself: what was found intact is not asked about again.
  for (const kept of [active, revoked, sessions, accounts]) kept.clear();
}
await server.stop();
rmSync(folder, { recursive: true });
process.stdout.write(failed ? 'an acknowledged write was LOST\n' : 'no acknowledged write was lost\n');
process.exitCode = failed ? 1 : 0;
