// Opening a port or a unix socket, with a sentence that helps when it is taken.

import { unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { AppError } from '../lib/app-error.ts';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EACCES: 'this process may not',
};

/** Another port would not help there. A name that is not known fails like an address of another machine. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']);

/** Listens on an address, or on a unix socket when `host` is a path; rejects with a sentence that says what to do. */
export async function listen(server: Server, port: number, host: string, variable: string): Promise<void> {
  const isSocket = host.startsWith('/');
  try {
    await open(server, isSocket ? { path: host } : { port, host });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (isSocket && code === 'EADDRINUSE' && (await isAbandoned(host))) {
      unlinkSync(host);
      await open(server, { path: host });
      return;
    }
    const where = isSocket ? host : `${host}:${port}`;
    const why = reasons[code] ?? `it cannot be opened (${code || (error as Error).message})`;
    const advice = `Choose another ${isSocket ? 'path with VRATNY_HOST' : `port with ${variable}`}`;
    const detail = NO_SUCH_ADDRESS.has(code)
      ? `cannot listen on ${where}: this machine has no such address. Choose one of its own with VRATNY_HOST`
      : `cannot listen on ${where}: ${why}. ${advice}`;
    throw new AppError('bad_request', { detail, cause: error });
  }
}

const open = (server: Server, where: { path: string } | { port: number; host: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });

/** Whether nobody answers at a socket's file: a process that was killed leaves its file behind. */
const isAbandoned = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
