// The regular expressions that stand in source files, as the parser reads them.

import { parseAst } from 'vitest/node';
import type { Source } from './sources.ts';

export type RegexLiteral = {
  /** As it is written, with slashes and flags. */
  readonly text: string;
  readonly source: string;
  readonly flags: string;
  /** The first place where it stands. */
  readonly where: string;
};

type Literal = {
  readonly regex: { readonly pattern: string; readonly flags: string };
  readonly start: number;
};

function literalsIn(node: unknown): Literal[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('regex' in node) return [node as Literal];
  return Object.values(node).flatMap(literalsIn);
}

/** Each of them once. */
export function regexLiterals(files: readonly Pick<Source, 'file' | 'text'>[]): readonly RegexLiteral[] {
  const found = files.flatMap(({ file, text }) =>
    literalsIn(parseAst(text, { lang: 'ts' })).map(({ regex: { pattern, flags }, start }) => ({
      text: `/${pattern}/${flags}`,
      source: pattern,
      flags,
      where: `${file}:${text.slice(0, start).split('\n').length}`,
    })),
  );
  return [...new Map(found.toReversed().map((literal) => [literal.text, literal])).values()].toReversed();
}
