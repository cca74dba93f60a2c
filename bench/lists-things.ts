// What there is beside people: applications, sessions, messages, webhooks, bans, requests, counts.

import { timeOrderedId } from '../src/lib/random.ts';
import { clientMetadata } from '../src/domain/clients/client-metadata.ts';
import { accountId, born, BUSY, customerId } from './lists-people.ts';
import type { Line } from './lists-storage.ts';

const DAY = 86_400_000;

export function* clients(count: number): Iterable<Line> {
  for (let index = 0; index < count; index += 1) {
    const at = born(index).toISOString();
    const metadata = clientMetadata.parse({
      client_id: `client-${index}`,
      client_name: `Application ${index}`,
      redirect_uris: [`https://app${index}.example/callback`],
    });
    yield { id: metadata.client_id, doc: { metadata, secrets: [], createdAt: at, updatedAt: at } };
  }
}

export function* sessions(count: number, people: number): Iterable<Line> {
  const loginTs = Math.floor(Date.now() / 1000) - 3600;
  for (let index = 0; index < count; index += 1) {
    const accountIndex = index < 200 ? BUSY : index % people;
    yield {
      id: `session-${index}`,
      expiresAt: new Date(Date.now() + 10 * DAY),
      doc: {
        uid: `uid-${index}`,
        accountId: accountId(accountIndex),
        loginTs,
        kind: 'Session',
        device: {
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
          address: '192.0.2.4',
          usedAt: new Date().toISOString(),
        },
        authorizations: { panel: { sid: `sid-${index}`, grantId: `grant-${index}` } },
      },
    };
  }
}

/** Nearly all were delivered; of those that were not, nearly all are mails. */
export function* outbox(count: number): Iterable<Line> {
  const start = Date.now() - 30 * DAY;
  for (let index = 0; index < count; index += 1) {
    const at = new Date(start + index * 10).toISOString();
    const state = index % 5 === 0 ? 'failed' : 'delivered';
    const channel = index % 2000 === 0 ? 'webhook' : 'mail';
    yield {
      id: timeOrderedId(new Date(at)),
      expiresAt: new Date(Date.now() + 20 * DAY),
      doc: {
        channel,
        shelf: `${channel}/${state}`,
        state,
        to: `client${index}@example.cz`,
        attempts: 3,
        createdAt: at,
        since: at,
        nextAt: at,
        endedAt: at,
        ...(state === 'failed' ? { lastError: '550 mailbox full' } : {}),
      },
    };
  }
}

export const WEBHOOK = 'wh_019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de';

export function* deliveries(count: number): Iterable<Line> {
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.now() - DAY + index);
    yield {
      id: timeOrderedId(at),
      expiresAt: new Date(Date.now() + 20 * DAY),
      doc: {
        webhookId: WEBHOOK,
        eventId: `evt_${index}`,
        type: 'account.created',
        at: at.toISOString(),
        outcome: index % 9 === 0 ? 'failed' : 'delivered',
        status: 200,
        milliseconds: 12,
      },
    };
  }
}

export function* bans(count: number): Iterable<Line> {
  for (let index = 0; index < count; index += 1)
    yield {
      id: `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      doc: { reason: 'guessing', by: 'system', createdAt: born(index).toISOString() },
    };
}

export function* supportRequests(count: number): Iterable<Line> {
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.now() - 60 * DAY + index * 1000);
    yield {
      id: timeOrderedId(at),
      doc: {
        kind: 'account',
        state: index % 50 === 0 ? 'open' : 'closed',
        text: 'The invoice of last month is wrong. '.repeat(20),
        contact: 'person@example.cz',
        subject: 'Invoice',
        at: at.toISOString(),
        accountId: accountId(index % 100 === 0 ? BUSY : index % 1000),
        messages: [],
      },
    };
  }
}

export function* throttledNetworks(count: number): Iterable<Line> {
  const day = new Date().toISOString().slice(0, 10);
  for (let index = 0; index < count; index += 1) {
    const network = `198.51.${index >> 8}.${index & 255}`;
    const doc = { day, network, count: index % 500, lastAt: new Date().toISOString() };
    yield { id: `${day}/${network}`, doc: { ...doc, rank: `${day}/${String(999_999_999 - doc.count)}` } };
  }
}

export function* statistics(): Iterable<Line> {
  const now = Date.now();
  const spans: [string, number, number, number][] = [
    ['minute', 60_000, 16, 60],
    ['hour', 3_600_000, 13, 24],
    ['day', DAY, 10, 31],
  ];
  const counts = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`sign_ins:signed_in:method-${index}`, index * 100]),
  );
  for (const [span, length, digits, points] of spans)
    for (let index = 0; index < points; index += 1)
      yield {
        id: `${span}/${new Date(now - index * length).toISOString().slice(0, digits)}`,
        doc: { counts },
      };
}

export function* domains(count: number): Iterable<Line> {
  for (let index = 0; index < count; index += 1)
    yield {
      id: `domain${index}.example`,
      doc: {
        customerId: customerId(index < 1000 ? BUSY : index),
        addedAt: born(index).toISOString(),
      },
    };
}
