// Whether the time of a failed sign-in tells whom one asked about: samples for every kind of account, compared by the
// Mann–Whitney test. Run: node bench/timing.ts [samples per kind]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomInt } from 'node:crypto';
import { createHasher } from '../adapters/hash/pool.ts';
import { createCore, type Core } from '../src/core.ts';
import { loadConfig } from '../src/config/load.ts';
import { createBrowsers } from '../src/domain/sign-ins/browsers.ts';
import { createPasswordSignIn } from '../src/domain/passwords/password-sign-in.ts';
import { createThrottles } from '../src/domain/limits/throttle.ts';
import { silentLog } from '../src/lib/log.ts';
import { Browser } from '../test/support/browser.ts';
import { freePort, startSubject } from './subject.ts';

const kinds = ['wrong password', 'unknown name', 'disabled account', 'no password', 'legacy hash'] as const;
type Kind = (typeof kinds)[number];

const SAMPLES = Number(process.argv[2] ?? 200);
const LANES = 4;
const REDIRECT = 'https://rp.example/callback';
const main = join(import.meta.dirname, '../src/main.ts');

const emailOf = (kind: Kind, index: number): string => `${kind.replace(' ', '-')}-${index}@example.com`;

/** Accounts of every kind, one for each sample: nobody is throttled. */
async function seed(core: Core): Promise<void> {
  const legacy = createHasher({ profile: 'legacy', workers: 1 });
  const [current, old] = await Promise.all([core.hasher.hash('right'), legacy.hash('right')]);
  await legacy.close();
  const hashes: Partial<Record<Kind, string>> = {
    'wrong password': current,
    'disabled account': current,
    'legacy hash': old,
  };
  for (const kind of kinds.filter((kind) => kind !== 'unknown name')) {
    const passwordHash = hashes[kind];
    await Promise.all(
      Array.from({ length: SAMPLES }, async (_, index) => {
        const { id } = await core.accounts.create({
          email: emailOf(kind, index),
          emailVerified: true,
          ...(passwordHash === undefined ? {} : { passwordHash }),
        });
        if (kind === 'disabled account') await core.accounts.change(id, () => ({ status: 'disabled' }));
      }),
    );
  }
}

type Samples = Record<Kind, number[]>;
const noSamples = (): Samples => Object.fromEntries(kinds.map((kind) => [kind, [] as number[]])) as Samples;

/** All kinds and accounts in a random order, so that whatever drifts falls on all kinds alike. */
function shuffled(): { kind: Kind; index: number }[] {
  const all = kinds.flatMap((kind) => Array.from({ length: SAMPLES }, (_, index) => ({ kind, index })));
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

/** From the form sent to the page that says no, over HTTP, as an attacker sees it. */
async function overHttp(issuer: string): Promise<Samples> {
  const samples = noSamples();
  const todo = shuffled();
  const query = new URLSearchParams({
    client_id: 'rp',
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  });
  const lane = async () => {
    for (let next; (next = todo.pop());) {
      const browser = new Browser(issuer);
      const address = `2001:db8:${todo.length.toString(16)}::1`;
      browser.headers = { ...browser.headers, 'x-forwarded-for': address };
      await browser.open(`${issuer}/authorize?${query.toString()}`);
      const startedAt = performance.now();
      await browser.submit({ login: emailOf(next.kind, next.index), password: 'wrong' });
      samples[next.kind].push(performance.now() - startedAt);
      if (browser.status !== 422) throw new Error(`${next.kind}: ${browser.status} ${browser.heading}`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return samples;
}

/** The work alone, without the floor that hides it. */
async function behindTheFloor(core: Core): Promise<Samples> {
  const samples = noSamples();
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  const signIn = createPasswordSignIn({
    accounts: core.accounts,
    hasher: core.hasher,
    clock,
    browsers: createBrowsers(core.store, clock),
    throttles: createThrottles(core.store, clock),
    failedPasswords: core.failedPasswords,
    log: silentLog,
  });
  for (const { kind, index } of shuffled()) {
    const startedAt = performance.now();
    const address = `2001:db9:${index.toString(16)}:${kinds.indexOf(kind)}::1`;
    const identifier = emailOf(kind, index);
    await signIn.prove({ identifier, password: 'wrong', address, browserId: 'none', userAgent: '' });
    samples[kind].push(performance.now() - startedAt);
  }
  return samples;
}

/** The two-sided p of the Mann–Whitney U test by its normal approximation: small means that the two differ. */
function mannWhitney(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, own: true })), ...b.map((value) => ({ value, own: false }))];
  all.sort((one, other) => one.value - other.value);
  const rankSum = all.reduce((sum, { own }, index) => (own ? sum + index + 1 : sum), 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const mean = (a.length * b.length) / 2;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  const z = Math.abs(u - mean) / deviation;
  // Abramowitz and Stegun 26.2.17.
  const t = 1 / (1 + 0.2316419 * z);
  const tail = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const series = tail.reduce((sum, factor, power) => sum + factor * t ** (power + 1), 0);
  return Math.min(1, 2 * (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series);
}

function print(title: string, samples: Samples): void {
  const at = (values: readonly number[], share: number) => values[Math.floor((values.length - 1) * share)]!;
  const lines = kinds.map((kind) => {
    const sorted = samples[kind].toSorted((a, b) => a - b);
    const numbers = [0.05, 0.5, 0.95].map((share) => at(sorted, share).toFixed(2).padStart(8)).join(' ');
    const p = mannWhitney(samples[kind], samples['wrong password']).toFixed(3);
    return `  ${kind.padEnd(17)} ${numbers}   ${kind === 'wrong password' ? '' : `p = ${p}`}`;
  });
  process.stdout.write(`${title} (${SAMPLES} samples each; ms at 5 %, 50 %, 95 %)\n${lines.join('\n')}\n\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'vratny-timing-'));
const port = await freePort();
const env = {
  VRATNY_ISSUER: `http://localhost:${port}`,
  VRATNY_PORT: String(port),
  VRATNY_SECRET: 'a secret for measurements and for nobody else',
  VRATNY_STORAGE: `sqlite:${join(folder, 'timing.sqlite')}`,
  VRATNY_TRUSTED_PROXIES: '127.0.0.1, ::1',
  VRATNY_LOG_LEVEL: 'error',
};
const core = await createCore(loadConfig(env), silentLog);
try {
  await seed(core);
  await core.clients.create({
    client_id: 'rp',
    client_name: 'RP',
    redirect_uris: [REDIRECT],
    first_party: true,
  });
  print('The work behind a failed sign-in', await behindTheFloor(core));
  const server = await startSubject([main, 'serve'], port, env);
  print('A failed sign-in over HTTP', await overHttp(env.VRATNY_ISSUER));
  await server.stop();
} finally {
  await core.close();
  rmSync(folder, { recursive: true });
}
