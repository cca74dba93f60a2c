// The demo's receiver of webhooks: it checks the signature as a system of the hoster would, and shows what came.

import type { IncomingMessage } from 'node:http';
import type { Core } from '../core.ts';
import { isSignedBy } from '../domain/webhooks/webhook-signature.ts';

const MOST_EVENTS = 50;
const MOST_BYTES = 64 * 1024;
const PATH = '/webhook';

export type ReceivedEvent = {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly body: string;
  /** How often it came; every try has the same id. */
  readonly times: number;
};

async function readBody(req: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += (chunk as Buffer).length;
    if (bytes > MOST_BYTES) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A receiver that subscribes to everything at `origin`; what another demo has left there goes. */
export async function createWebhookReceiver(core: Core, origin: string) {
  const url = `${origin}${PATH}`;
  for (const { id, doc } of await core.webhooks.list()) if (doc.url === url) await core.webhooks.remove(id);
  const { secret } = await core.webhooks.create({ url, events: ['*'], description: 'the demo itself' });
  const received: ReceivedEvent[] = [];

  return {
    /** What came, newest first. */
    list: (): readonly ReceivedEvent[] => received,

    /** Takes one request in; the status to answer with. */
    async receive(req: IncomingMessage): Promise<number> {
      const body = await readBody(req);
      if (body === undefined) return 413;
      const header = (name: string) => {
        const value = req.headers[name];
        return typeof value === 'string' ? value : undefined;
      };
      const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
      const headers = Object.fromEntries(names.map((name) => [name, header(name)]));
      if (!isSignedBy(secret, headers, body, core.clock.now())) return 401;
      const id = headers['webhook-id']!;
      const at = received.findIndex((event) => event.id === id);
      const [before] = at >= 0 ? received.splice(at, 1) : [];
      const { type, timestamp } = JSON.parse(body) as { type: string; timestamp: string };
      received.unshift({ id, type, at: timestamp, body, times: (before?.times ?? 0) + 1 });
      received.length = Math.min(received.length, MOST_EVENTS);
      return 204;
    },
  };
}

export type WebhookReceiver = Awaited<ReturnType<typeof createWebhookReceiver>>;
