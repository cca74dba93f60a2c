// What the documentation says, held against the code where that can be done.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../src/cli/output.ts';
import { options } from '../src/config/options.ts';
import { linkLives } from '../src/domain/one-time-links.ts';
import { RETIRED_KEPT_SECONDS } from '../src/domain/signing-keys.ts';
import { passwordPolicies } from '../src/domain/throttle.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...['adding-things', 'command-line', 'configuration', 'operations', 'security-model'].map(
    (n) => `docs/${n}.md`,
  ),
  'docs/guide.cs.md',
  'docs/guide.en.md',
];

/** The cells of every table row of a page. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const spell = (seconds: number): string => {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const [unit, size] = units.find(
    ([, size]) => seconds % size === 0 && (size < 86_400 || seconds > size),
  ) ?? ['s', 1];
  return `${seconds / size} ${unit}`;
};

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('leads only to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  test('names only options, commands and files that exist', () => {
    const known: string[] = Object.values(options).flatMap(({ variable }) => [variable, `${variable}_FILE`]);
    const named = [...text.matchAll(/VRATNY_[A-Z_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const files = [...text.matchAll(/`((?:src|interactions|adapters|views|test|docs|bench)\/[\w./-]+)`/g)];
    expect(files.map(([, file]) => file!).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('docs/security-model.md', () => {
  const rows = rowsOf(read('docs/security-model.md'));

  test('has a row for every counter of the throttle, with its numbers and what can be done to others with it', () => {
    for (const [name, policy] of Object.entries(passwordPolicies)) {
      const row = rows.find(([first]) => first === `\`${name}\``);
      expect(row?.slice(2, 5)).toEqual([
        String(policy.free),
        spell(policy.longestDelaySeconds),
        spell(policy.forgetAfterSeconds),
      ]);
      expect(row?.[5]?.length).toBeGreaterThan(20);
    }
  });

  test('tells the life-times that hold without any setting', () => {
    const value = (what: string) => rows.find(([first]) => first?.startsWith(what))?.[1] ?? '';
    const inWords = (text = '') =>
      text.replace(/^(\d+)([a-z]+)$/, (_, n: string, u: string) => `${n} ${u === 'm' ? 'min' : u}`);
    expect(value('access token')).toBe(inWords(options.accessTokenLife.standard));
    expect(value('client-credentials')).toBe(inWords(options.clientTokenLife.standard));
    expect(value('refresh token')).toContain(inWords(options.refreshTokenLife.standard));
    expect(value('refresh token')).toContain(inWords(options.refreshTokenMax.standard));
    expect(value('session')).toContain(inWords(options.sessionLife.standard));
    expect(value('session')).toContain(inWords(options.sessionMax.standard));
    expect(value('sign-in under way')).toBe(inWords(options.interactionLife.standard));
    expect(value('link that sets')).toContain(spell(linkLives['set-password']));
    expect(value('retired signing key')).toContain(spell(RETIRED_KEPT_SECONDS));
  });
});

describe('docs/command-line.md', () => {
  const text = read('docs/command-line.md');

  test('lists every exit code', () => {
    const codes = rowsOf(text).map(([first]) => first);
    for (const code of Object.values(exitCodes)) expect(codes).toContain(String(code));
  });

  test('names every verb and every option of the command line', () => {
    const sources = ['account', 'client', 'config', 'doctor', 'keys', 'run', 'storage'].map((name) =>
      read(`src/cli/${name}.ts`),
    );
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
