// Reading a JSON body strictly: small, UTF-8, shallow, each name once and none that programs give a meaning to.

import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

export const BODY_LIMIT_BYTES = 512 * 1024;
const MOST_DEPTH = 20;
const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether a request says that it has a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** The bytes of the body. Rejects with `unsupported_media_type` or `too_large`. */
export async function readBytes(req: IncomingMessage): Promise<Buffer> {
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(req.headers['content-type'] ?? ''))
    throw new Problem('unsupported_media_type');
  if (req.headers['content-encoding'] !== undefined) throw new Problem('unsupported_media_type');
  if (Number(req.headers['content-length'] ?? 0) > BODY_LIMIT_BYTES) throw new Problem('too_large');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Problem('too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The value that the bytes write; throws `malformed` for whatever two parsers could read in two ways. */
export function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new Problem('malformed', { detail: 'the body is no JSON in UTF-8', cause });
  }
  checkNames(text);
  return value;
}

/** Walks over a text that is JSON: how deep it goes, and the names in each of its objects. */
function checkNames(json: string): void {
  const open: (Set<string> | undefined)[] = [];
  const token = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/gs;
  for (const [found, text, colon] of json.matchAll(token)) {
    // A half of a character cannot be stored.
    if (text?.includes('\\u') && !(JSON.parse(text) as string).isWellFormed())
      throw new Problem('malformed', { detail: 'a text holds half a character' });
    if (found === '{' || found === '[') {
      open.push(found === '{' ? new Set() : undefined);
      if (open.length > MOST_DEPTH)
        throw new Problem('malformed', { detail: `the body is nested deeper than ${MOST_DEPTH}` });
    } else if (found === '}' || found === ']') open.pop();
    else if (text !== undefined && colon !== undefined) {
      const name = JSON.parse(text) as string;
      const names = open.at(-1)!;
      if (names.has(name) || forbidden.has(name)) {
        const why = forbidden.has(name) ? 'is no name for a field' : 'is there twice';
        throw new Problem('malformed', { detail: `${JSON.stringify(name)} ${why}` });
      }
      names.add(name);
    }
  }
}
