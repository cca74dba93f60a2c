// Signatures of webhooks (Standard Webhooks 1.0): HMAC-SHA256 over id, time and body, so that a receiver knows who sent
// it, that it is whole, and that it is not an old one again.

import { createHmac, randomBytes } from 'node:crypto';
import { secretsEqual } from '../../lib/digest.ts';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
/** How far a receiver's clock may be off. */
const TOLERANCE_SECONDS = 300;

/** A new secret, as receivers are given it. */
export const newWebhookSecret = (): string => `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;

const signatureOf = (secret: string, signed: string): string =>
  createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(signed)
    .digest('base64');

/** The three headers; while a secret is being replaced there is a signature by each. */
export function signatureHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly at: Date; readonly body: string },
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const seconds = String(Math.floor(message.at.getTime() / 1000));
  const signed = `${message.id}.${seconds}.${message.body}`;
  return {
    'webhook-id': message.id,
    'webhook-timestamp': seconds,
    'webhook-signature': secrets.map((secret) => `v1,${signatureOf(secret, signed)}`).join(' '),
  };
}

/** What a receiver does: whether the headers fit the body, were made with the secret, and are fresh. */
export function isSignedBy(
  secret: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: string,
  now: Date,
): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers;
  if (id === undefined || signatures === undefined || !/^\d{1,12}$/.test(seconds ?? '')) return false;
  if (Math.abs(now.getTime() / 1000 - Number(seconds)) > TOLERANCE_SECONDS) return false;
  const expected = `v1,${signatureOf(secret, `${id}.${seconds}.${body}`)}`;
  return signatures.split(' ').some((signature) => secretsEqual(signature, expected));
}
