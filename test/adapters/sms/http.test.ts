// Text messages by an HTTP gateway: what it is sent, and which of its answers are final.

import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFetcher } from '../../../adapters/fetch/guarded.ts';
import { createHttpSms, type SmsGateway } from '../../../adapters/sms/http.ts';
import { createRangeSet } from '../../../src/lib/address.ts';
import { DeliveryFailed, PermanentFailure } from '../../../src/ports/delivery.ts';

const sms = { to: '+420601123456', text: '123456 je vas kod & "nic" vic' };
const TOKEN = 'hunter2-token';

let status = 200;
let requests: {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}[] = [];
let gateway: Server;
let url: string;

beforeEach(async () => {
  [status, requests] = [200, []];
  gateway = createServer((req, res) => {
    const answer = async () => {
      const body = await text(req);
      requests.push({ method: req.method, url: req.url, headers: req.headers, body });
      res.writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {}).end(`got ${body}`);
    };
    void answer();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', () => resolve()));
  url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/send?key=hunter2-key`;
});
afterEach(() => {
  gateway.closeAllConnections();
  gateway.close();
});

const sender = (options: Partial<SmsGateway> = {}) =>
  createHttpSms({
    url,
    format: 'json',
    fields: { to: 'to', text: 'text' },
    fetcher: createFetcher({ allowRanges: createRangeSet(['127.0.0.0/8']) }),
    ...options,
  });
const failureOf = (work: Promise<void>): Promise<DeliveryFailed> =>
  work.then(
    () => expect.fail('it was sent'),
    (error: unknown) => error as DeliveryFailed,
  );

test('the number and the text are posted as JSON, with the token and the id of the message', async () => {
  await sender({ token: TOKEN }).send(sms, 'the-id');
  expect(requests).toHaveLength(1);
  const [request] = requests;
  expect([request!.method, request!.url]).toEqual(['POST', '/send?key=hunter2-key']);
  expect(request!.headers).toMatchObject({
    'content-type': 'application/json',
    authorization: `Bearer ${TOKEN}`,
    'idempotency-key': 'the-id',
  });
  expect(JSON.parse(request!.body)).toEqual(sms);
});

test('or as a form under the names that the gateway has for them, and without a token when there is none', async () => {
  await sender({ format: 'form', fields: { to: 'msisdn', text: 'message' } }).send(sms, 'the-id');
  const [request] = requests;
  expect(Object.fromEntries(new URLSearchParams(request!.body))).toEqual({
    msisdn: sms.to,
    message: sms.text,
  });
  expect(request!.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(request!.headers).not.toHaveProperty('authorization');
});

test.each([
  [201, undefined],
  [204, undefined],
  [400, PermanentFailure],
  [404, PermanentFailure],
  [422, PermanentFailure],
  [401, DeliveryFailed],
  [403, DeliveryFailed],
  [429, DeliveryFailed],
  [500, DeliveryFailed],
  [503, DeliveryFailed],
  [302, DeliveryFailed],
])('an answer of %i counts', async (answer, kind) => {
  status = answer;
  const sent = sender({ token: TOKEN }).send(sms, 'the-id');
  if (!kind) return expect(sent).resolves.toBeUndefined();
  const failure = await failureOf(sent);
  expect(failure.constructor).toBe(kind);
  expect(failure.message).not.toMatch(/hunter2|123456|420601/);
});

test('a gateway that is away is not final, and its sentence says nothing of the message or the keys', async () => {
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
  const failure = await failureOf(sender({ token: TOKEN }).send(sms, 'the-id'));
  expect(failure.constructor).toBe(DeliveryFailed);
  expect(failure.message).toMatch(/^the SMS gateway cannot be reached: http:\/\/127\.0\.0\.1:\d+: /);
  expect(failure.message).not.toMatch(/hunter2|123456|420601/);
});
