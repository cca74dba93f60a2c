// The secret of an installation that was given none (never in production): made once, kept beside the data,
// readable for its owner only.

import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SQLITE = 'sqlite:';
const IN_MEMORY = 'sqlite::memory:';

const makeSecret = (): string => randomBytes(32).toString('base64url');

/** Where the secret of this storage is kept. */
function placeOf(storage: string): string {
  return join(storage.startsWith(SQLITE) ? dirname(storage.slice(SQLITE.length)) : './data', 'secret');
}

/**
 * The kept secret, made now if there is none. Of processes that start together all get the same one. Throws what
 * the file system says when it can be neither read nor kept.
 */
export function keptSecret(storage: string): string {
  // What is sealed with it ends with the process, too.
  if (storage === IN_MEMORY) return makeSecret();
  const file = placeOf(storage);
  try {
    return read(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Written under another name and then linked, so that nobody reads it half written.
  const draft = `${file}.${process.pid}.${makeSecret().slice(0, 8)}`;
  writeFileSync(draft, `${makeSecret()}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return read(file);
}

function read(file: string): string {
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32)
    throw new Error(`${file} does not hold a secret: delete it, or restore it from a backup`);
  return secret;
}
