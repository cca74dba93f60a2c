// Reading a form: urlencoded, small, each field once.

import type { IncomingMessage } from 'node:http';
import { AppError } from '../lib/app-error.ts';

/** Room for the longest text that a page takes, in whatever script: a letter is up to nine bytes when it is encoded. */
export const FORM_LIMIT_BYTES = 128 * 1024;

/** The fields of a form, texts only; a missing field is `undefined`. */
export type Form = Readonly<Record<string, string | undefined>>;

/**
 * Reads the body as a form. Rejects with `unsupported_form`, `form_too_large`, or `bad_request` for a body that
 * is not UTF-8 or names a field twice.
 */
export async function readForm(req: IncomingMessage): Promise<Form> {
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') throw new AppError('unsupported_form');
  if (Number(req.headers['content-length'] ?? 0) > FORM_LIMIT_BYTES) throw new AppError('form_too_large');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > FORM_LIMIT_BYTES) throw new AppError('form_too_large');
    chunks.push(chunk);
  }
  return parseForm(Buffer.concat(chunks));
}

function parseForm(body: Buffer): Form {
  const form: Record<string, string> = Object.create(null) as Record<string, string>;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new AppError('bad_request', { detail: 'the form is not UTF-8', cause });
  }
  for (const [name, value] of new URLSearchParams(text)) {
    if (name in form) throw new AppError('bad_request', { detail: 'a field is sent twice' });
    // A line end comes as CR LF and counts as one character where `maxlength` is counted, so it is one here.
    form[name] = value.replaceAll('\r\n', '\n');
  }
  return form;
}
