// Both languages complete and in step: the same keys and placeholders, every key used and every used key there.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { auditActions } from '../../src/domain/audit/audit-actions.ts';
import { errorTable } from '../../src/lib/app-error.ts';
import { translator, viewsDir } from './renderer.ts';

type Tree = { [key: string]: string | Tree };

const flatten = (tree: Tree, prefix = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[prefix + key, value] as [string, string]]
      : flatten(value, `${prefix}${key}.`),
  );

const load = (locale: string) =>
  new Map(flatten(JSON.parse(readFileSync(join(viewsDir, 'locales', `${locale}.json`), 'utf8')) as Tree));

const texts = { cs: load('cs'), en: load('en') };
const pluralForm = /_(?:zero|one|two|few|many|other)$/;
const baseKey = (key: string) => key.replace(pluralForm, '');
const baseKeys = (map: Map<string, string>) => [...new Set([...map.keys()].map(baseKey))].sort();
const placeholders = (text: string) =>
  [...text.matchAll(/\{\{(.+?)\}\}/g)].map(([, name = '']) => name).sort();

const filesUnder = (dir: string, ending: RegExp): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((file) => ending.test(file))
    .map((file) => readFileSync(join(dir, file), 'utf8'));

const root = join(viewsDir, '..');
const templates = filesUnder(viewsDir, /\.njk$/);
const code = ['src', 'interactions'].flatMap((room) => filesUnder(join(root, room), /\.ts$/));

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** The keys a call can mean: `t('a.' ~ x ~ '.b')` is any `a.….b`. */
const asPattern = (call: string): RegExp => {
  const parts = call.split('~').map((part) => /^\s*'([^']*)'\s*$/.exec(part)?.[1]);
  return new RegExp(`^${parts.map((part) => (part === undefined ? '.+' : escapeRegExp(part))).join('')}$`);
};

const calls = templates.flatMap((text) =>
  [...text.matchAll(/\b(?:t|hasText)\(('[^',)]*'(?:\s*~\s*[^,()]+)?)\s*[,)]/g)].map(([, call = '']) => call),
);
const usedPatterns = [...new Set(calls)].map((call) => ({ call, pattern: asPattern(call) }));

describe('languages', () => {
  test('have the same keys', () => {
    expect(baseKeys(texts.cs)).toEqual(baseKeys(texts.en));
  });

  test('have the same placeholders in every text', () => {
    for (const [key, text] of texts.cs) {
      const other = texts.en.get(key) ?? texts.en.get(`${baseKey(key)}_other`) ?? '';
      expect([key, placeholders(text)]).toEqual([key, placeholders(other)]);
    }
  });

  test('leave nothing empty or untrimmed', () => {
    for (const map of Object.values(texts)) {
      for (const [key, text] of map) expect([key, text.trim(), text === '']).toEqual([key, text, false]);
    }
  });

  test.each(['cs', 'en'] as const)('%s has every plural form', (locale) => {
    const forms = new Intl.PluralRules(locale).resolvedOptions().pluralCategories.sort();
    const counted = [...texts[locale].keys()].filter((key) => pluralForm.test(key)).map(baseKey);
    expect(counted.length).toBeGreaterThan(0);
    for (const base of counted) {
      const found = [...texts[locale].keys()].filter((key) => key !== baseKey(key) && baseKey(key) === base);
      expect([base, found.sort()]).toEqual([base, forms.map((form) => `${base}_${form}`)]);
    }
  });

  test('Czech binds one-letter prepositions and conjunctions to the next word', () => {
    const loose = [...texts.cs].filter(([, text]) => /(?<![\p{L}\p{N}])[ksvzouai] /iu.test(text));
    expect(loose).toEqual([]);
  });

  test('Czech has one name for the login name, and calls nobody a user', () => {
    const other = [...texts.cs].filter(([, text]) => /uživatel/iu.test(text));
    expect(other).toEqual([]);
  });

  test('typewriter quotes, apostrophes and dots are not used', () => {
    for (const map of Object.values(texts)) {
      expect([...map].filter(([, text]) => /["']|\.\.\./.test(text))).toEqual([]);
    }
    expect([...texts.cs].filter(([, text]) => /[“”]/.test(text.replaceAll(/„[^“]*“/g, '')))).toEqual([]);
  });
});

describe('keys', () => {
  const known = baseKeys(texts.en);

  test('every key in a template exists', () => {
    expect(usedPatterns.length).toBeGreaterThan(80);
    const missing = usedPatterns.filter(({ pattern }) => !known.some((key) => pattern.test(key)));
    expect(missing.map(({ call }) => call)).toEqual([]);
  });

  test('every call is one this test can read', () => {
    const all = templates.flatMap((text) => [...text.matchAll(/(?<![\w.])(?:t|hasText)\(/g)]).length;
    expect(calls.length).toBe(all);
  });

  test('every key is used, in a template or in code', () => {
    const inCode = (key: string) => code.some((text) => text.includes(`'${key}'`));
    const subject = /^mail\.\w+\.subject$/; // chosen by the name of the letter
    const unused = known.filter(
      (key) => !subject.test(key) && !usedPatterns.some(({ pattern }) => pattern.test(key)) && !inCode(key),
    );
    expect(unused).toEqual([]);
  });

  test('every error code has its title and text', () => {
    for (const errorCode of Object.keys(errorTable)) {
      expect([errorCode, translator.has(`error.${errorCode}.title`)]).toEqual([errorCode, true]);
      expect([errorCode, translator.has(`error.${errorCode}.text`)]).toEqual([errorCode, true]);
    }
  });

  test('every act of the audit log has its words', () => {
    const wordless = Object.keys(auditActions).filter((action) => !translator.has(`audit.action.${action}`));
    expect(wordless).toEqual([]);
  });

  test('every letter has its subject', () => {
    const letters = readdirSync(join(viewsDir, 'mail')).filter((file) =>
      /^(?!layout|macros|signature)[^.]+\.njk$/.test(file),
    );
    for (const file of letters) {
      const key = `mail.${file.replace('.njk', '').replaceAll('-', '_')}.subject`;
      expect([key, translator.has(key)]).toEqual([key, true]);
    }
  });
});
