// Texts in columns, as wide as a terminal shows them. Control characters are shown, never sent: names come from
// people, and a terminal obeys what is in them.

import { once } from '../lib/once.ts';

const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}])/u;
const graphemes = once(() => new Intl.Segmenter('und', { granularity: 'grapheme' }));

/** How many columns a text takes: a letter with its accents is one, an ideograph or an emoji two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes().segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** The text on one line, its control and invisible characters written as escapes. */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\u200d' ? character : `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );

const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - displayWidth(text)));

/** Rows as aligned columns under their names. */
export function table(rows: readonly Readonly<Record<string, string>>[]): string[] {
  const [first] = rows;
  if (!first) return ['(none)'];
  const names = Object.keys(first);
  const lines = [names, ...rows.map((row) => names.map((name) => printable(row[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...lines.map((cells) => displayWidth(cells[column]!))));
  return lines.map((cells) =>
    cells
      .map((cell, column) => pad(cell, widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Names and values, a line each; of a list, a line for each value. */
export function fields(values: Readonly<Record<string, unknown>>): string[] {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  const width = Math.max(...entries.map(([name]) => displayWidth(name)));
  return entries.flatMap(([name, value]) => {
    const texts = Array.isArray(value) ? value.map(textOf) : [textOf(value)];
    return (texts.length > 0 ? texts : ['(none)']).map((text, index) =>
      `${pad(index === 0 ? name : '', width)}  ${text}`.trimEnd(),
    );
  });
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}
