// The port of the numbers when they cannot be read: it answers so, and the log says why.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createMetricsServer } from '../../src/http/metrics.ts';
import { type Facts, silentLog } from '../../src/lib/log.ts';

test('numbers that cannot be read answer 500, and the log says why', async () => {
  const said: Facts[] = [];
  const fault = new Error('the storage does not answer');
  const log = { ...silentLog, error: (facts: Facts) => void said.push(facts) };
  const server = createMetricsServer(() => Promise.reject(fault), log);
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(500);
    expect(said).toEqual([{ error: fault }]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
