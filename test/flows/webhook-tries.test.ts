// The tries at a webhook as an operator sees them: what a failed one means in words, and when the next one is.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset), sleep: () => Promise.resolve() };
  let world: World;
  let receiver: Server;
  const answers: number[] = [404];
  beforeAll(async () => {
    receiver = createServer((_req, res) => void res.writeHead(answers.shift() ?? 204).end());
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', () => resolve()));
    world = await openWorld({ storage, clock, env: { VRATNY_FETCH_ALLOW: '127.0.0.1/32' } });
  });
  afterAll(async () => {
    receiver.closeAllConnections();
    receiver.close();
    await closeWorld(world, storage);
  });

  test('a failed try is told in words, and the next one as long as there is one', async () => {
    const { webhooks } = world.core.acts;
    const by = atTheMachine('olga');
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const { webhook } = await webhooks.create(by, { url, events: ['account.*'] });
    const browser = await atConsole(world, await createOperator(world, 'owner'));
    await webhooks.test(by, webhook.id);
    for (const [status, wait, hint, mentions] of [
      [404, 0, 'nothing at this address', 1],
      // Of two tries the last alone has a next.
      [503, 11_000, 'The fault is at the receiver', 1],
      [401, 61_000, 'The receiver refused us', 1],
      [410, 3_600_000, 'The receiver wants no more', 0],
    ] as const) {
      answers.splice(0, answers.length, status);
      offset += wait;
      await world.core.webhooks.idle();
      await world.core.outbox.deliverDue();
      await world.core.outbox.idle();
      const { html } = await browser.open(`/admin/webhooks/${webhook.id}`);
      const told = [html.includes(hint), html.split('Next try').length - 1];
      expect([status, ...told]).toEqual([status, true, mentions]);
    }
  });
});
