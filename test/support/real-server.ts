// Servers that others have made, started for real where they are installed, in a folder of their own.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TRIES = 200;

/** Starts one and returns how to end it; rejects with its own words when it does not start. */
export async function startServer(server: {
  readonly binary: string;
  /** Errors go to the file `errors` in the folder. */
  readonly configuration: (folder: string) => string;
  readonly arguments: (file: string) => readonly string[];
  readonly isUp: () => Promise<boolean>;
}): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'vratny-server-'));
  // Its children run as another user.
  chmodSync(folder, 0o777);
  const file = join(folder, 'configuration');
  writeFileSync(file, server.configuration(folder));
  const child = spawn(server.binary, server.arguments(file), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (let tries = 0; !(await server.isUp()); tries += 1) {
    if (child.exitCode !== null || tries > TRIES) {
      const errors = join(folder, 'errors');
      const written = existsSync(errors) ? readFileSync(errors, 'utf8') : '';
      await stop();
      throw new Error(`${server.binary} did not start: ${said} ${written}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return stop;
}
