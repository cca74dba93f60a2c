// Statistics: what people do is counted without a write for each, nodes add up, and old counts go.

import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readMetrics } from '../../src/cli/metrics.ts';
import { createStatistics } from '../../src/domain/statistics/statistics.ts';
import { createMetricsServer } from '../../src/http/metrics.ts';
import { silentLog } from '../../src/lib/log.ts';
import { browserAt, proxied, signInAt } from '../support/places.ts';
import { turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const DAY = 86_400_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let time = Date.parse('2026-11-21T12:00:30Z');
  const clock = { now: () => new Date(time), sleep: () => Promise.resolve() };
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, clock, env: proxied });
  });
  afterAll(() => closeWorld(world, storage));

  test('sign-ins are counted by result and method, and networks that have to wait by how often', async () => {
    const client = await world.createClient();
    const { email } = await world.createAccount();
    await signInAt(world, client, browserAt(world), email);
    for (let guess = 0; guess < 8; guess += 1)
      await signInAt(world, client, browserAt(world, '203.0.113.9'), email, 'not the password');
    const { totals, points } = await world.core.statistics.series('sign_ins', 'hour');
    expect(totals).toEqual({ 'signed_in:password': 1, 'refused:wrong_password': 5, 'refused:throttled': 3 });
    expect(points).toHaveLength(60);
    expect(points.at(-1)).toEqual({ at: '2026-11-21T12:00:00.000Z', counts: totals });
    expect((await world.core.statistics.series('throttled', 'day')).totals).toEqual({ count: 3 });
    expect(await world.core.statistics.throttledNetworks(5)).toEqual([
      { day: '2026-11-21', network: '203.0.113.9', count: 3, lastAt: '2026-11-21T12:00:30.000Z' },
    ]);
  });

  test('Prometheus reads what this node has counted, on a port of its own', async () => {
    world.core.statistics.count('sign_ins', 'refused:"a\\b\n');
    const server = createMetricsServer(() => readMetrics(world.core, world.app), silentLog);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = await fetch(`${at}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = (await answer.text()).split('\n');
    expect(lines).toContain('# TYPE vratny_sign_ins_total counter');
    expect(lines).toContain('vratny_sign_ins_total{result="signed_in",way="password"} 1');
    expect(lines).toContain('vratny_sign_ins_total{result="refused",way="\\"a\\\\b\\n"} 1');
    expect(lines).toContain('vratny_throttled_total 3');
    expect(
      lines.filter((line) => line !== '').every((line) => /^(#|[a-z_]+(\{.*\})? [\d.e+]+$)/.test(line)),
    ).toBe(true);
    expect((await fetch(`${at}/`)).status).toBe(404);
    // On the port where people are, there is nothing of it.
    expect((await fetch(`${world.issuer}/metrics`)).status).toBe(404);
    server.closeAllConnections();
    server.close();
  });

  test('two nodes that count at once add up; minutes, hours and days are kept as long as they are shown', async () => {
    time += DAY;
    const nodes = [1, 2].map(() => createStatistics({ store: world.store, clock, log: silentLog }));
    for (let round = 0; round < 10; round += 1) {
      for (const node of nodes) node.count('registrations');
      await Promise.all(nodes.map((node) => node.flush()));
    }
    const [node] = nodes as [(typeof nodes)[0], ...typeof nodes];
    for (const range of ['hour', 'day', 'month'] as const)
      expect([range, (await node.series('registrations', range)).totals]).toEqual([range, { count: 20 }]);
    time += 3 * 3_600_000;
    expect((await node.series('registrations', 'hour')).totals).toEqual({});
    expect((await node.series('registrations', 'day')).totals).toEqual({ count: 20 });
    time += 2 * DAY;
    expect((await node.series('registrations', 'day')).totals).toEqual({});
    const month = await node.series('registrations', 'month');
    expect(month.points.find(({ at }) => at.startsWith('2026-11-22'))!.counts).toEqual({ count: 20 });
    expect((await node.series('sign_ins', 'month')).totals).toMatchObject({ 'signed_in:password': 1 });
  });

  test('the stock is taken once a day: accounts, second factors, password hashes', async () => {
    const { id } = await world.createAccount({
      passwordHash: '$5$saltsalt$abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
    });
    await turnOnTotp(world.core, id);
    const before = (await world.core.stock.days()).length;
    await world.core.stock.take();
    await world.createAccount();
    await world.core.stock.take();
    const days = await world.core.stock.days();
    expect(days).toHaveLength(before + 1);
    expect(days.at(-1)).toMatchObject({
      accounts: 2,
      disabled: 0,
      withPassword: 2,
      outdatedHashes: 1,
      withTotp: 1,
      withPasskey: 0,
      withSecondFactor: 1,
    });
  });
});
