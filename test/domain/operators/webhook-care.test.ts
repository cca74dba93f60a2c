// How many webhooks there may be: each of them is told.

import { expect, test } from 'vitest';
import { atTheMachine, WrongState } from '../../../src/domain/operators/caller.ts';
import { createWebhookCare } from '../../../src/domain/operators/webhook-care.ts';
import { createWebhooks } from '../../../src/domain/webhooks/webhooks.ts';
import { silentLog } from '../../../src/lib/log.ts';
import { createSealer } from '../../../src/lib/seal.ts';
import { manualClock, memoryStore } from '../../support/rules.ts';

const by = atTheMachine('olga');
const fields = { url: 'https://hooks.example/vratny', events: ['account.*'] };

test('one more than there may be is refused with the reason, and nothing is written down', async () => {
  const clock = manualClock();
  const told: string[] = [];
  const outbox = {
    enqueue: (_channel: string, { to }: { to: string }) => Promise.resolve(String(told.push(to))),
  };
  const store = await memoryStore(clock);
  const sealer = createSealer(['a secret for tests and for nothing else']);
  const webhooks = createWebhooks({ store, clock, sealer, outbox, log: silentLog });
  const recorded: string[] = [];
  const care = createWebhookCare({
    webhooks,
    record: ({ action }) => Promise.resolve(recorded.push(action)),
  });
  for (let count = 0; count < 100; count += 1) await care.create(by, fields);
  await expect(care.create(by, fields)).rejects.toThrow(WrongState);
  expect(recorded).toHaveLength(100);
  webhooks.tell({ type: 'account.created', data: {} });
  await webhooks.idle();
  expect(new Set(told).size).toBe(100);

  const [{ id } = { id: '' }] = await care.list();
  await care.remove(by, id);
  expect(await care.create(by, fields)).toMatchObject({ webhook: { enabled: true } });
});
