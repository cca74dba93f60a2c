// One entry of the audit log: who did what to whom, from where. How it is written, hashed and sealed.

import { hash } from 'node:crypto';
import { authenticate, digestsEqual } from '../../lib/digest.ts';
import { auditFields, type AuditAction, type AuditField } from './audit-actions.ts';

/** Who acts. A command is named by the machine's user who typed it. */
export type Actor =
  | { readonly kind: 'person'; readonly accountId: string }
  | { readonly kind: 'operator'; readonly accountId: string }
  | { readonly kind: 'client'; readonly clientId: string }
  | { readonly kind: 'command'; readonly name?: string }
  | { readonly kind: 'system' };

export type AuditValue = string | number | boolean | null | readonly string[];
export type AuditValues = { readonly [F in AuditField]?: AuditValue | undefined };

/** Where a request came from, and its id in the log. */
export type Whence = {
  readonly address?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly requestId?: string | undefined;
};

/** What is told of an act. Where it came from is taken from the request under way unless it is given. */
export type AuditEvent = Whence & {
  readonly action: AuditAction;
  readonly actor: Actor;
  /** Whom or what it was done to. */
  readonly accountId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly clientId?: string | undefined;
  /** Any other thing by its id: a key, a message, a range. */
  readonly target?: string | undefined;
  readonly before?: AuditValues | undefined;
  readonly after?: AuditValues | undefined;
  /** What the operator gave as the reason. */
  readonly reason?: string | undefined;
};

/** An entry as it is stored; its id is its number. */
export type AuditEntry = {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: string;
  /** `person:<id>`, `operator:<id>`, `client:<id>`, `command`, `system`. */
  readonly actor: string;
  readonly actorName?: string;
  readonly accountId?: string;
  readonly customerId?: string;
  readonly clientId?: string;
  readonly target?: string;
  readonly before?: AuditValues;
  readonly after?: AuditValues;
  readonly reason?: string;
  readonly address?: string;
  readonly userAgent?: string;
  readonly requestId?: string;
  /** The hash of the entry before; empty in the first one. */
  readonly previous: string;
  /** `<key id>.<HMAC>` of this entry's hash: nobody without our secret can write one. */
  readonly seal: string;
};

/** A key that seals, and its public name. */
export type SealingKey = { readonly id: string; readonly key: Buffer };

const LONGEST = 1000;
const DIGITS = 12;
/** Password hashes, sealed values and signed tokens, by their looks: the last net under the table of fields. */
const SECRET = /^\$[\w-]+\$|(?:^|\W)v1\.[0-9a-f]{12}\.|\beyJ[\w-]{8,400}\.[\w-]+\./;

/** The id of entry `number`: in the order of numbers by its text. */
export const idOf = (number: number): string => String(number).padStart(DIGITS, '0');
/** The number of an id; undefined when no entry of ours has such an id. */
export const numberOf = (id: string): number | undefined => (/^\d{12}$/.test(id) ? Number(id) : undefined);

/** The one text of a value: keys in order, nothing that is absent. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const texts = entries
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${texts.join(',')}}`;
}

/** SHA-256 over the entry and its number, base64url. */
export function hashOf(number: number, entry: Omit<AuditEntry, 'seal'> & { seal?: string }): string {
  const { seal: _seal, ...content } = entry;
  return hash('sha256', canonical({ ...content, number }), 'base64url');
}

/** Seals a hash with the first key. */
export function sealWith([current]: readonly SealingKey[], text: string): string {
  if (!current) throw new TypeError('the audit log needs a key');
  return `${current.id}.${authenticate(current.key, text)}`;
}

/** Whether the seal is ours; `unknown` when its key is no longer configured. */
export function checkSeal(
  keys: readonly SealingKey[],
  text: string,
  seal: unknown,
): 'good' | 'bad' | 'unknown' {
  if (typeof seal !== 'string') return 'bad';
  const [id, mac = ''] = seal.split('.', 2);
  const found = keys.find((key) => key.id === id);
  if (!found) return /^[0-9a-f]{12}$/.test(id ?? '') ? 'unknown' : 'bad';
  return digestsEqual(authenticate(found.key, text), mac) ? 'good' : 'bad';
}

/** Whether an entry, which may be anybody's, names this hash as that of the one before. */
export const follows = ({ previous }: { readonly previous: unknown }, hash: string): boolean =>
  typeof previous === 'string' && digestsEqual(previous, hash);

export const actorKey = (actor: Actor): string => {
  switch (actor.kind) {
    case 'person':
    case 'operator':
      return `${actor.kind}:${actor.accountId}`;
    case 'client':
      return `client:${actor.clientId}`;
    case 'command':
    case 'system':
      return actor.kind;
    default:
      return actor satisfies never;
  }
};

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

function checked(values: AuditValues): AuditValues | undefined {
  const entries = Object.entries(values).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (!(auditFields as readonly string[]).includes(name))
      throw new TypeError(`the audit log keeps no values of the field ${name}`);
    const texts = Array.isArray(value) ? (value as readonly string[]) : [value];
    if (texts.some((text) => typeof text === 'string' && SECRET.test(text)))
      throw new TypeError(`the value of ${name} looks like a secret: it is not kept`);
    if (Array.isArray(value)) return [[name, (value as string[]).map(cut)] as const];
    return [[name, typeof value === 'string' ? cut(value) : value] as const];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The entry of an event, without its place in the log. Throws a TypeError when it tells what must not be kept. */
export function entryOf(event: AuditEvent, at: Date): Omit<AuditEntry, 'previous' | 'seal'> {
  const { action, actor, accountId, customerId, clientId, target, reason } = event;
  const { address, userAgent, requestId } = event;
  const actorName = actor.kind === 'command' ? actor.name : undefined;
  const [before, after] = [checked(event.before ?? {}), checked(event.after ?? {})];
  const texts = { actorName, accountId, customerId, clientId, target, reason, address, userAgent, requestId };
  return {
    at: at.toISOString(),
    action,
    actor: actorKey(actor),
    ...Object.fromEntries(
      Object.entries(texts).flatMap(([name, text]) => (text ? [[name, cut(text)] as const] : [])),
    ),
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
  };
}
