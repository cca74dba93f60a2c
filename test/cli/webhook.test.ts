// `webhook …`, `bans …` and `statistics show` as an operator types them, in the real process.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as bodyOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

let at: Installation;
let receiver: Server;
let url: string;
const bodies: string[] = [];
let status = 204;

beforeAll(async () => {
  receiver = createServer((req, res) => {
    const take = async () => {
      bodies.push(await bodyOf(req));
      res.writeHead(status).end();
    };
    void take();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  at = install({ VRATNY_FETCH_ALLOW: '127.0.0.1/32', VRATNY_TRUSTED_PROXIES: '192.0.2.1' });
});
afterAll(() => {
  receiver.close();
  at.remove();
});

test('a webhook is made, told by the commands that follow, tried and taken away', async () => {
  const made = await at.json<{ id: string; secret: string }>([
    ['webhook', 'create', '--url', url, '--event', 'account.*'],
  ]);
  expect(made.secret).toMatch(/^whsec_/);
  await at.json(['account', 'create', '--email', 'jana@example.cz']);
  expect(bodies.map((body) => (JSON.parse(body) as { type: string }).type)).toEqual(['account.created']);
  expect((await at.run(['webhook', 'show', made.id])).stdout).not.toContain('whsec_');
  status = 500;
  const failed = await at.run(['webhook', 'test', made.id]);
  expect([failed.code, failed.stderr]).toEqual([1, 'not delivered: the receiver answered 500\n']);
  expect(await at.json(['webhook', 'delete', made.id])).toEqual({ id: made.id, deleted: true });
  expectRefusal(await at.run(['webhook', 'show', made.id]), 3, 'no webhook');
  expectRefusal(
    await at.run(['webhook', 'create', '--url', 'http://a.example/', '--event', 'no.such']),
    2,
    /--url[^]*--event/,
  );
});

test('a ban is listed with its end, and what would shut everybody out is refused', async () => {
  const add = (range: string, ...more: string[]) => ['bans', 'add', range, '--reason', 'a test', ...more];
  const ban = await at.json<{ range: string; until: string }>(add('203.0.113.0/24', '--for', '12h'));
  expect(Date.parse(ban.until) - Date.now()).toBeGreaterThan(11 * 3_600_000);
  expect((await at.run(['bans', 'list'])).stdout).toContain('203.0.113.0/24');
  expectRefusal(await at.run(add('192.0.2.0/24')), 2, 'trusted proxy');
  expectRefusal(await at.run(add('203.0.113.9', '--for', 'ever')), 2, '--for');
  expectRefusal(await at.run(['bans', 'remove', '203.0.113.9']), 3, 'is not banned');
  await at.json(['bans', 'remove', '203.0.113.0/24']);
  expect(await at.json(['statistics', 'show'])).toMatchObject({
    range: 'day',
    throttledNetworks: [],
    requests: { supportOpen: 0, closingsChecked: 0, totpRemovals: 0 },
  });
  expect((await at.run(['statistics', 'show'])).stdout).toMatch(/wait for an operator:\nsupportOpen +0\n/);
});
