// Where the server listens: a port or a unix socket, and what is said when it is taken.

import { createServer, request } from 'node:http';
import { createServer as createSocket } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../../src/http/listen.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vratny-listen-'));
});
afterAll(() => rm(folder, { recursive: true }));

const ask = (socketPath: string): Promise<number> =>
  new Promise((resolve, reject) => {
    request({ socketPath, path: '/' }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .once('error', reject)
      .end();
  });
const newServer = () => createServer((_req, res) => res.end());

test('a path is a unix socket', async () => {
  const path = join(folder, 'a.sock');
  const server = newServer();
  await listen(server, 3000, path, 'VRATNY_PORT');
  expect(await ask(path)).toBe(200);
  await expect(listen(newServer(), 3000, path, 'VRATNY_PORT')).rejects.toThrow(
    /another program.*VRATNY_HOST/,
  );
  server.close();
});

test('a socket that a killed process left behind is taken over', async () => {
  const path = join(folder, 'b.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  const server = newServer();
  await listen(server, 3000, path, 'VRATNY_PORT');
  expect(await ask(path)).toBe(200);
  server.close();
});

test('a taken port is named with the variable that changes it', async () => {
  const taken = createSocket();
  await new Promise<void>((resolve) => {
    taken.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = taken.address() as { port: number };
  await expect(listen(newServer(), port, '127.0.0.1', 'VRATNY_DEMO_PORT')).rejects.toThrow(
    /VRATNY_DEMO_PORT/,
  );
  taken.close();
});

test('an address of another machine is told with the variable that changes it, and not with that of the port', async () => {
  await expect(listen(newServer(), 3000, '192.0.2.1', 'VRATNY_PORT')).rejects.toThrow(
    'cannot listen on 192.0.2.1:3000: this machine has no such address. Choose one of its own with VRATNY_HOST',
  );
});
