// The demo as a newcomer starts it: the real process, on ports of its own, in a folder of its own.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const main = join(import.meta.dirname, '../../src/main.ts');

export type Demo = {
  readonly issuer: string;
  readonly panel: string;
  /** The simulated MojeID. */
  readonly mojeid: string;
  /** What it has printed. */
  output(): string;
  stop(): Promise<void>;
};

/** Starts the demo and resolves when it has printed where everything is. */
export async function startDemo(): Promise<Demo> {
  const [port, panelPort, mojeidPort] = [await freePort(), await freePort(), await freePort()];
  const folder = await mkdtemp(join(tmpdir(), 'vratny-demo-'));
  const child: ChildProcess = spawn(process.execPath, [main], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      VRATNY_PORT: String(port),
      VRATNY_DEMO_PORT: String(panelPort),
      VRATNY_DEMO_MOJEID_PORT: String(mojeidPort),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const ready = new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl+C')) resolve();
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${output}`)));
  });
  await ready;
  return {
    issuer: `http://localhost:${port}`,
    panel: `http://localhost:${panelPort}`,
    mojeid: `http://127.0.0.1:${mojeidPort}`,
    output: () => output,
    async stop() {
      child.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
