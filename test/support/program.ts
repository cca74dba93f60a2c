// The real process, `node src/main.ts`, with an environment and a folder of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const sources = join(import.meta.dirname, '../..');
const PATIENCE_MILLISECONDS = 45_000;

export type Settings = {
  readonly cwd: string;
  /** Beside these only PATH is set. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Another copy of the sources. */
  readonly root?: string;
  /** Options of node itself. */
  readonly node?: readonly string[];
};

export type Ended = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** A folder of its own, and how to remove it. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'vratny-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function launch(args: readonly string[], settings: Settings): ChildProcess {
  const main = join(settings.root ?? sources, 'src/main.ts');
  const child = spawn(process.execPath, [...(settings.node ?? []), main, ...args], {
    cwd: settings.cwd,
    env: { PATH: process.env['PATH'], ...settings.env },
    stdio: 'pipe',
  });
  // A process that refuses early reads nothing.
  child.stdin.on('error', () => {});
  child.stdin.end(settings.stdin ?? '');
  return child;
}

function watch(child: ChildProcess) {
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { ended, stdout: () => stdout, stderr: () => stderr };
}

/** Runs to the end. */
export const runProgram = (args: readonly string[], settings: Settings): Promise<Ended> =>
  watch(launch(args, settings)).ended;

export type Running = {
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
};

/** Starts a process that goes on, such as the server; not yet ready when this returns. */
export function startProgram(args: readonly string[], settings: Settings): Running {
  const child = launch(args, settings);
  return { ...watch(child), kill: (signal) => void child.kill(signal) };
}

/** Ends a process that a test left running. */
export async function stopProgram(program: Running | undefined): Promise<void> {
  program?.kill('SIGKILL');
  await program?.ended;
}

/** Asks again and again until the answer is not `undefined`; a failure to ask is no answer yet. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  patience = PATIENCE_MILLISECONDS,
): Promise<T> {
  const deadline = performance.now() + patience;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  } while (performance.now() < deadline);
  throw new Error(`in ${patience} ms not ${what}`, { cause: last });
}

/** Waits until the server answers as ready, or fails with what it printed when it ends first. */
export async function untilReady(
  program: Running,
  issuer: string,
  patience = PATIENCE_MILLISECONDS,
): Promise<void> {
  const over = program.ended.then(({ code, stderr, stdout }) => {
    throw new Error(`the server ended with ${code}: ${stderr}${stdout}`);
  });
  const isReady = async () => (await fetch(`${issuer}/health/ready`)).ok || undefined;
  const ready = eventually('ready', isReady, patience);
  await Promise.race([ready, over]);
  over.catch(() => {});
}
