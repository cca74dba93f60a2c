// A local list of breached passwords: lines `<SHA-1>:<count>`, sorted by hash, as the Pwned Passwords downloader
// writes them. Of its tens of gigabytes only a few lines are read at a look-up.

import { closeSync, openSync, readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { BreachedPasswords } from '../../src/ports/breached-passwords.ts';
import { sha1 } from './sha1.ts';

/** Longer than two lines, so that a whole one is in every piece that is read. */
const PIECE_BYTES = 256;
const line = /^([0-9A-F]{40})(?::\d+)?$/i;

/** A list in a file. Throws when it cannot be read or does not begin like one. */
export function openHashFile(path: string): BreachedPasswords {
  const piece = Buffer.alloc(PIECE_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    const length = readSync(descriptor, piece, 0, PIECE_BYTES, 0);
    const [first = ''] = piece.toString('latin1', 0, length).split(/\r?\n/);
    if (!line.test(first))
      throw new Error('its first line is not like <SHA-1 in hexadecimal digits>:<count>');
  } finally {
    closeSync(descriptor);
  }
  return {
    name: 'file',
    // Opened anew each time: a newer list that took the place of this one is the one that is read.
    async has(password) {
      const file = await open(path, 'r');
      try {
        return await isIn(file, sha1(password));
      } finally {
        await file.close();
      }
    },
  };
}

/** Looks for the first line that is not before the hash, by halves. */
async function isIn(file: FileHandle, wanted: string): Promise<boolean> {
  let [low, high] = [0, (await file.stat()).size];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = await hashFrom(file, middle);
    if (found !== undefined && found < wanted) low = middle + 1;
    else high = middle;
  }
  return (await hashFrom(file, low)) === wanted;
}

/** The hash of the first line that begins at the offset or after it; `undefined` past the last one. */
async function hashFrom(file: FileHandle, offset: number): Promise<string | undefined> {
  const start = Math.max(0, offset - 1);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, start);
  const text = buffer.toString('latin1', 0, bytesRead);
  const begin = offset === 0 ? 0 : text.indexOf('\n') + 1;
  if ((offset > 0 && begin === 0) || begin >= text.length) return undefined;
  const [found = ''] = text.slice(begin).split(/\r?\n/, 1);
  const hash = line.exec(found)?.[1];
  if (hash === undefined) throw new Error(`a line at byte ${start + begin} is not like <SHA-1>:<count>`);
  return hash.toUpperCase();
}
