// A password hash in columns of its own, as home-made account tables have it, put together into a PHC string.

import { formatPhc } from './phc.ts';

/** The columns as they stand in the old table, each a text. */
export type HashColumns = {
  readonly hash_scheme: string;
  readonly hash?: string | undefined;
  readonly salt?: string | undefined;
  readonly iterations?: string | undefined;
  /** How many bytes the hash has; only to be checked. */
  readonly key_length?: string | undefined;
  /** How hash and salt are written: `hex` or `base64`. */
  readonly encoding?: string | undefined;
  /** How the salt is written where that is different; `text` takes its characters as they are. */
  readonly salt_encoding?: string | undefined;
};

/** The schemes that are known by columns; others come as whole texts. */
export const columnSchemes = ['pbkdf2-sha1', 'pbkdf2-sha256', 'pbkdf2-sha512'] as const;

const names: ReadonlyMap<string, (typeof columnSchemes)[number]> = new Map(
  columnSchemes.flatMap((scheme) => [
    [scheme, scheme],
    [scheme.replace('-', '-hmac-'), scheme],
  ]),
);
const encodings = ['hex', 'base64'] as const;
type Encoding = (typeof encodings)[number];

/** The PHC string of the columns, not yet judged by its cost; or what is wrong with them. */
export function joinHashColumns(columns: HashColumns): { phc: string } | { problem: string } {
  const { hash, salt, iterations, key_length: length, encoding = 'hex' } = columns;
  const scheme = names.get(columns.hash_scheme.toLowerCase());
  if (scheme === undefined) return wrong(`hash_scheme: must be one of ${columnSchemes.join(', ')}`);
  if (!isEncoding(encoding)) return wrong('encoding: must be hex or base64');
  const saltEncoding = columns.salt_encoding ?? encoding;
  if (!isEncoding(saltEncoding) && saltEncoding !== 'text')
    return wrong('salt_encoding: must be hex, base64 or text');
  const hashBytes = decode(hash, encoding);
  if (hashBytes === undefined) return wrong(`hash: is not ${encoding}`);
  const saltBytes = decode(salt, saltEncoding);
  if (saltBytes === undefined) return wrong(`salt: is not ${saltEncoding}`);
  if (!/^[1-9]\d{0,8}$/.test(iterations ?? '')) return wrong('iterations: must be a whole number');
  if (length !== undefined && Number(length) !== hashBytes.length)
    return wrong(`key_length: the hash has ${hashBytes.length} bytes`);
  const cost = { scheme, iterations: Number(iterations) };
  return { phc: formatPhc({ cost, salt: saltBytes, hash: hashBytes }) };
}

const wrong = (problem: string) => ({ problem });

const isEncoding = (text: string): text is Encoding => (encodings as readonly string[]).includes(text);

function decode(text: string | undefined, encoding: Encoding | 'text'): Buffer | undefined {
  if (text === undefined || text.length > 512) return undefined;
  if (encoding === 'text') return Buffer.from(text);
  const pattern = encoding === 'hex' ? /^(?:[0-9a-f]{2})+$/i : /^[A-Za-z0-9+/]+={0,2}$/;
  return pattern.test(text) ? Buffer.from(text, encoding) : undefined;
}
