// What is measured: a server in a process of its own, told apart only by name and port, and the one client and the
// people that both servers know.

import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from './load.ts';

/** A running server. */
export type Subject = {
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to the first discovery document, in milliseconds. */
  readonly startMilliseconds: number;
  /** Resident memory now, in MiB. */
  memory(): number;
  /** Processor time that all its threads have used so far, in milliseconds. */
  processorTime(): number;
  /** Resolves when the server has nothing left to do: what came before is not measured with what comes now. */
  rest(): Promise<void>;
  stop(): Promise<void>;
};

export const client = {
  client_id: 'bench',
  client_secret: 'a-client-secret-for-the-benchmark-and-nothing-else',
  redirect_uri: 'https://rp.example/callback',
  scope: 'openid profile email',
  // The engine's work is the same for both servers, so the cheaper signature shows differences better.
  id_token_signed_response_alg: 'ES256',
  grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
} as const;

export const PASSWORD = 'correct horse battery staple';
export const PEOPLE = 64;
export const personEmail = (index: number): string => `person${index % PEOPLE}@example.com`;

const START_LIMIT_MILLISECONDS = 60_000;
const STOP_LIMIT_MILLISECONDS = 10_000;
const REST_LIMIT_MILLISECONDS = 2_000;
const REST_STEP_MILLISECONDS = 40;
/** Of a processor, while looking whether the server rests. */
const REST_SHARE = 0.03;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** Starts `node <script>` and resolves when it answers on the port; rejects with what it said when it does not. */
export async function startSubject(
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>>,
): Promise<Subject> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...env },
    // Lines of the log are written as in production, to where they cost no disk.
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<void>((resolve) =>
    child.once('exit', () => {
      process.off('exit', kill);
      resolve();
    }),
  );
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() - startedAt > START_LIMIT_MILLISECONDS) {
      child.kill('SIGKILL');
      throw new Error(`${args.join(' ')} did not start: ${said}`);
    }
    await sleep(2);
  }
  return {
    port,
    pid: child.pid!,
    startMilliseconds: performance.now() - startedAt,
    memory: () => residentMebibytes(child),
    processorTime: () => processorMilliseconds(child),
    rest: () => untilAtRest(child),
    async stop() {
      // Ends at once, where SIGTERM would wait for a load balancer to look away.
      child.kill('SIGINT');
      const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MILLISECONDS);
      await exited;
      clearTimeout(limit);
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await openConnection(port);
    const { status } = await connection.send({ path: '/.well-known/openid-configuration' });
    connection.close();
    return status === 200;
  } catch {
    return false;
  }
}

/** From /proc where there is one, for `ps` is not everywhere; elsewhere the figure is missing. */
function residentMebibytes({ pid }: ChildProcess): number {
  try {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes) / 1024;
  } catch {
    return Number.NaN;
  }
}

/** Linux counts what each thread has run in nanoseconds; elsewhere the figure is missing. */
function processorMilliseconds({ pid }: ChildProcess): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) => {
      try {
        return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
      } catch {
        // The thread has just ended.
        return 0;
      }
    });
    return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
  } catch {
    return Number.NaN;
  }
}

async function untilAtRest(child: ChildProcess): Promise<void> {
  const limit = performance.now() + REST_LIMIT_MILLISECONDS;
  for (let before = processorMilliseconds(child); performance.now() < limit;) {
    await sleep(REST_STEP_MILLISECONDS);
    const now = processorMilliseconds(child);
    if (!(now - before > REST_STEP_MILLISECONDS * REST_SHARE)) return;
    before = now;
  }
}
