// What the documentation says, held against the code where that can be done.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../src/cli/output.ts';
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

describe.each(pages)('%s', (page) => {
  const text = readDoc(page);

  test('leads only to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
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

describe('docs/command-line.md', () => {
  const text = readDoc('docs/command-line.md');

  test('lists every exit code', () => {
    const codes = rowsOf(text).map(([first]) => first);
    for (const code of Object.values(exitCodes)) expect(codes).toContain(String(code));
  });

  test('names every verb and every option of the command line', () => {
    const sources = [
      'account',
      'account-care',
      'client',
      'client-options',
      'config',
      'doctor',
      'keys',
      'mail',
      'outbox',
      'run',
      'storage',
      'support',
      'upstream',
    ].map((name) => readDoc(`src/cli/${name}.ts`));
    const flags = sources.flatMap((source) =>
      [...source.matchAll(/'(--[a-z][a-z-]*)[ ']/g)].map(([, flag]) => flag!),
    );
    expect(flags.length).toBeGreaterThan(30);
    expect(flags.filter((flag) => !text.includes(flag))).toEqual([]);
    const verbs = sources.flatMap((source) =>
      [...source.matchAll(/(?:\.command\(|one\(|verb\()\s*'([a-z-]+)/g)].map(([, verb]) => verb!),
    );
    expect(verbs.length).toBeGreaterThan(15);
    expect(verbs.filter((verb) => !new RegExp(`\\b${verb}\\b`).test(text))).toEqual([]);
  });
});
