// What leaves the house as it is configured: where a text message may be posted to, and where not.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { silentLog } from '../src/lib/log.ts';
import { createConfiguredSms } from '../src/outside.ts';
import { DeliveryFailed } from '../src/ports/delivery.ts';

const senderFor = (url: string) =>
  createConfiguredSms(
    loadConfig({ VRATNY_SECRET: 'a secret for tests and for nobody else', VRATNY_SMS_URL: url }),
    silentLog,
  );
const message = { to: '+420601123456', text: '123456 is your code' };

test.each(['http://203.0.113.7/send', 'http://8.8.8.8/send', 'http://[2001:db8::1]/send'])(
  'a code is not posted in the clear to %s',
  async (url) => {
    const failure: unknown = await senderFor(url)
      .send(message, 'id')
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeliveryFailed);
    expect((failure as Error).message).toMatch(/^the SMS gateway must not be asked: .*plain http/);
  },
);

test('it is posted to a gateway on this machine', async () => {
  let posted = 0;
  const gateway = createServer((_req, res) => {
    posted += 1;
    res.end();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', () => resolve()));
  await senderFor(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}/send`).send(message, 'id');
  gateway.close();
  expect(posted).toBe(1);
});
