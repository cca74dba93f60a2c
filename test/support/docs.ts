// The documentation as tests read it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.ts';

export const readDoc = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The cells of every table row of a page. */
export const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
