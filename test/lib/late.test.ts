// What is loaded a moment after the start: once, for everybody who waits, and a failure is everybody's.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createCore } from '../../src/core.ts';
import { createLate } from '../../src/lib/late.ts';
import { silentLog } from '../../src/lib/log.ts';

test('a part is loaded once, however many wait for it', async () => {
  let loads = 0;
  const late = createLate(() => Promise.resolve((loads += 1)));
  expect(late.isLoaded()).toBe(false);
  expect(await Promise.all([late.load(), late.load()])).toEqual([1, 1]);
  expect([await late.load(), late.isLoaded()]).toEqual([1, true]);
});

test('a failure is told to whoever waits and whoever comes later', async () => {
  const late = createLate(() => Promise.reject(new Error('a file is missing')));
  await expect(late.load()).rejects.toThrow('a file is missing');
  await expect(late.load()).rejects.toThrow('a file is missing');
  expect(late.isLoaded()).toBe(false);
});

test('a node answers before its pages are loaded, is not ready then, and who comes early waits', async () => {
  let handle: RequestListener = () => {};
  const server = createServer((req, res) => handle(req, res));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const config = loadConfig({
    VRATNY_ISSUER: issuer,
    VRATNY_SECRET: 'a secret for tests and for nobody else',
    VRATNY_STORAGE: 'sqlite::memory:',
  });
  const app = await createApp(config, silentLog, await createCore(config, silentLog));
  handle = app.handle;
  const ask = (path: string) => fetch(`${issuer}${path}`, { redirect: 'manual' });
  try {
    expect((await ask('/.well-known/openid-configuration')).status).toBe(200);
    expect((await ask('/health/ready')).status).toBe(503);
    const early = await Promise.all([ask('/nothing-here'), ask('/admin/api/v1/accounts')]);
    expect(early.map(({ status }) => status)).toEqual([404, 401]);
    await app.complete();
    expect((await ask('/health/ready')).status).toBe(200);
  } finally {
    server.closeAllConnections();
    server.close();
    await app.close();
  }
});
