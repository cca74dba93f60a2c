// What the documentation says, held against the code where that can be done.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../src/cli/output.ts';
import { createProgram } from '../src/cli/run.ts';
import { options } from '../src/config/options.ts';
import { delays } from '../src/domain/limits/backoff.ts';
import { readDoc, rowsOf } from './support/docs.ts';
import { root } from './support/sources.ts';

const pages = [
  'README.md',
  'CHANGELOG.md',
  ...[
    'adding-things',
    'api',
    'api-tokens',
    'command-line',
    'configuration',
    'cookbook',
    'operations',
    'security-model',
  ].map((n) => `docs/${n}.md`),
  'docs/guide.cs.md',
  'docs/guide.en.md',
];

/** What a page's headings are linked by, as GitHub writes it. */
const headingsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(pages)('%s', (page) => {
  const text = readDoc(page);

  test('leads only to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  test('leads only to headings that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
    const missing = links.filter(
      ([, target, heading]) =>
        !headingsOf(readDoc(target === '' ? page : join(dirname(page), target!))).includes(heading!),
    );
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  test('names only options, commands and files that exist', () => {
    const known: string[] = Object.values(options).flatMap(({ variable }) => [variable, `${variable}_FILE`]);
    const named = [...text.matchAll(/VRATNY_[A-Z0-9_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const files = [...text.matchAll(/`((?:src|interactions|adapters|views|test|docs|bench)\/[\w./-]+)`/g)];
    expect(files.map(([, file]) => file!).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('docs/operations.md', () => {
  test('tells when a message is tried again', () => {
    expect(delays.map((milliseconds) => milliseconds / 1000)).toEqual([10, 60, 300, 900, 3600]);
    const text = readDoc('docs/operations.md').replaceAll(/\s+/g, ' ');
    expect(text).toContain('after 10 seconds, 1, 5 and 15 minutes, 1 hour and then hourly for 24 hours');
  });
});

describe('the guides', () => {
  const words = (text: string) =>
    text
      .replaceAll(/[\s\u00a0]+/g, ' ')
      .trim()
      .replace(/:$/, '');
  const textsOf = (value: unknown): string[] =>
    typeof value === 'string'
      ? [words(value.replaceAll(/\{\{.*?\}\}/g, '…'))]
      : Object.values(value as object).flatMap(textsOf);

  test.each(['en', 'cs'])(
    'S82: docs/guide.%s.md calls pages and buttons what they are called there',
    (locale) => {
      const texts = new Set(textsOf(JSON.parse(readDoc(`views/locales/${locale}.json`))));
      const named = [...readDoc(`docs/guide.${locale}.md`).matchAll(/\*\*(.+?)\*\*/gs)].map(([, name]) =>
        words(name!),
      );
      expect(named.length).toBeGreaterThan(60);
      expect(named.filter((name) => !texts.has(name))).toEqual([]);
    },
  );

  test('S82: have the same parts in both languages', () => {
    const shapeOf = (locale: string) =>
      [...readDoc(`docs/guide.${locale}.md`).matchAll(/^(#+|-|\d\.) /gm)].map(([, mark]) => mark);
    expect(shapeOf('cs')).toEqual(shapeOf('en'));
  });
});

function eachCommand(command: Command, path: string, visit: (command: Command, path: string) => void): void {
  visit(command, path);
  for (const child of command.commands) eachCommand(child, `${path} ${child.name()}`.trim(), visit);
}

describe('docs/command-line.md', () => {
  const commands: { path: string; options: string[] }[] = [];
  eachCommand(createProgram({}), '', (command, path) => {
    if (command.commands.length === 0)
      commands.push({ path, options: command.options.map(({ long, flags }) => long ?? flags) });
  });
  const text = readDoc('docs/command-line.md');

  test('lists every exit code', () => {
    const codes = rowsOf(text).map(([first]) => first);
    for (const code of Object.values(exitCodes)) expect(codes).toContain(String(code));
  });

  test('names every command and every option of the command line', () => {
    expect(commands.length).toBeGreaterThan(80);
    const verbs = commands.map(({ path }) => path.split(' ').at(-1)!);
    expect(verbs.filter((verb) => !new RegExp(`\\b${verb}\\b`).test(text))).toEqual([]);
    const flags = commands.flatMap(({ options }) => options);
    expect(flags.filter((flag) => !new RegExp(`${flag}(?![\\w-])`).test(text))).toEqual([]);
  });

  test('gives no command an option that it has not', () => {
    const foreign = rowsOf(text).flatMap((row) => {
      const named = [...row[0]!.matchAll(/`([a-z-]+(?: [a-z-]+)*)/g)].map(([, name]) => name!);
      const meant = commands.filter(({ path }) =>
        named.some((name) => path === name || path.startsWith(`${name} `)),
      );
      if (meant.length === 0) return [];
      const flags = [...row.join(' ').matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag);
      return flags
        .filter((flag) => !meant.some(({ options }) => options.includes(flag)))
        .map((flag) => `${row[0]} ${flag}`);
    });
    expect(foreign).toEqual([]);
  });
});

test.each(pages)('the command line takes every example in %s', async (page) => {
  const lines = readDoc(page).replaceAll(/\\\n\s*/g, ' ');
  const examples = [...lines.matchAll(/npm run -s cli -- ((?!<)[^\n`]+)/g)].map(([, example]) => example!);
  const refusals = await Promise.all(
    examples.map(async (example) => {
      const program = createProgram({});
      eachCommand(program, '', (command) => {
        command.configureOutput({ writeErr: () => {} });
        if (command.commands.length === 0) command.action(() => {});
      });
      return program.parseAsync(wordsOf(example), { from: 'user' }).then(
        () => [],
        (error: Error) => [`${example}: ${error.message}`],
      );
    }),
  );
  expect(refusals.flat()).toEqual([]);
});

/** The words of a line of shell without what it does beside running one command: redirections, pipes, a remark. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/\s(?:#|[<>|]|&&).*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare!,
  );
