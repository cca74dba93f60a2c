// The source files as text, and what each imports: with line numbers, so that a broken rule can be pointed at.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export type Import = {
  /** `type` leaves no trace at run time; `dynamic` is loaded when it is asked for, `url` in a thread or process. */
  readonly kind: 'value' | 'type' | 'dynamic' | 'url';
  /** A path from the root, or the name of a package. */
  readonly target: string;
  readonly where: string;
};
export type Source = { readonly file: string; readonly text: string; readonly imports: readonly Import[] };

/** Files that are in git or could be added to it, as paths from the root. */
export const trackedFiles: readonly string[] = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

const patterns = [
  /^(?:import|export)\s+(?<type>type\s)?[^'";]*?\bfrom\s+'(?<from>[^']+)'/gm,
  /^import\s+'(?<from>[^']+)'/gm,
  /\b(?:import|loadPackage|packageFile)\('(?<dynamic>[^']+)'\)/g,
  /new URL\('(?<url>\.[^']+\.ts)', import\.meta\.url\)/g,
];

/** The name of the package in `package/file` or `@scope/package/file`. */
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function readImports(file: string, text: string): Import[] {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)]);
  return found.map(({ index, groups = {} }) => {
    const specifier = groups['from'] ?? groups['dynamic'] ?? groups['url'] ?? '';
    const relative = specifier.startsWith('.') || groups['url'] !== undefined;
    const own = () => posix.normalize(posix.join(posix.dirname(file), specifier));
    return {
      kind: groups['type'] ? 'type' : groups['dynamic'] ? 'dynamic' : groups['url'] ? 'url' : 'value',
      target: relative ? own() : specifier.startsWith('node:') ? specifier : packageOf(specifier),
      where: `${file}:${lineOf(text, index)}`,
    };
  });
}

/** Every source file of the repository: TypeScript, and what is loaded before it. */
export const sources: readonly Source[] = trackedFiles
  .filter((file) => /\.(ts|mjs)$/.test(file))
  .map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return { file, text, imports: readImports(file, text) };
  });

/** The places where a pattern stands, as `file:line text`; comments are looked at too. */
export function findIn(pattern: RegExp, files: readonly { file: string; text: string }[]): string[] {
  return files.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );
}
