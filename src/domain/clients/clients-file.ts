// Clients kept as code: a JSON file with an array of registrations, read at start and never written.

import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import { digest } from '../../lib/digest.ts';
import { clientMetadata, usesSecret } from './client-metadata.ts';
import type { ClientRecord } from './clients.ts';

const SHORTEST_SECRET = 32;
const EPOCH = new Date(0).toISOString();

/** Either the secret, or its SHA-256 in base64url, so that the file need not hold a secret. */
const fileEntry = z.looseObject({
  client_secret: z
    .string()
    .min(SHORTEST_SECRET, { error: `must have at least ${SHORTEST_SECRET} characters` })
    .regex(/^[\x20-\x7e]*$/, { error: 'must hold nothing but visible ASCII and spaces (RFC 6749 §2.3.1)' })
    .optional(),
  client_secret_sha256: z
    .string()
    .regex(/^[\w-]{43}$/, { error: 'must be 43 characters of base64url' })
    .optional(),
});

/**
 * The clients of a file's text, by id. Throws `bad_request` with every problem of every client, each with the
 * client's id (or its place in the array).
 */
export function readClientsFile(text: string): Map<string, ClientRecord> {
  const problems: string[] = [];
  const records = new Map<string, ClientRecord>();
  for (const [index, entry] of entriesOf(text).entries()) {
    const given = (entry as { client_id?: unknown } | null)?.client_id;
    const name = typeof given === 'string' ? `client ${given}` : `client number ${index + 1}`;
    const record = readEntry(entry, (problem) => problems.push(`${name}: ${problem}`));
    if (!record) continue;
    if (records.has(record.metadata.client_id)) problems.push(`${name}: is there twice`);
    records.set(record.metadata.client_id, record);
  }
  if (problems.length > 0) throw fileProblem(problems);
  return records;
}

function entriesOf(text: string): unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw fileProblem([`is not JSON: ${(cause as Error).message}`]);
  }
  if (!Array.isArray(parsed)) throw fileProblem(['must hold an array of clients']);
  return parsed;
}

function readEntry(entry: unknown, tell: (problem: string) => void): ClientRecord | undefined {
  const secrets = fileEntry.safeParse(entry);
  const {
    client_secret: secret,
    client_secret_sha256: hash,
    ...registration
  } = (entry ?? {}) as Record<string, unknown>;
  const metadata = clientMetadata.safeParse(registration);
  for (const { error } of [secrets, metadata]) {
    for (const { path, message } of error?.issues ?? []) tell(`${path.join('.') || 'entry'} ${message}`);
  }
  if (!secrets.success || !metadata.success) return undefined;
  const known =
    secrets.data.client_secret_sha256 ?? (typeof secret === 'string' ? digest(secret) : undefined);
  if (secret !== undefined && hash !== undefined) tell('give either client_secret or client_secret_sha256');
  if (usesSecret(metadata.data) !== (known !== undefined)) {
    tell(
      known === undefined
        ? 'client_secret or client_secret_sha256 is needed'
        : 'has a secret that it does not use',
    );
  }
  const stored = known === undefined ? [] : [{ hash: known, createdAt: EPOCH }];
  return { metadata: metadata.data, secrets: stored, createdAt: EPOCH, updatedAt: EPOCH };
}

const fileProblem = (problems: readonly string[]): AppError =>
  new AppError('bad_request', { detail: problems.join('; ') });
