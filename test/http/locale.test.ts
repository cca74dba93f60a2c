// The choice of language, and texts that fail loudly when something is missing.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseLocale, createTranslator, locales } from '../../src/http/locale.ts';

const fallback = 'cs';

describe('the choice of language', () => {
  test('what the person chose comes before the client and the browser', () => {
    expect(chooseLocale({ chosen: 'en', uiLocales: 'cs', acceptLanguage: 'cs', fallback })).toBe('en');
  });

  test('a cookie that is no language of ours is passed over', () => {
    expect(chooseLocale({ chosen: 'de', uiLocales: 'en', fallback })).toBe('en');
    expect(chooseLocale({ chosen: 'EN', fallback })).toBe('cs');
    expect(chooseLocale({ chosen: '__proto__', fallback })).toBe('cs');
  });

  test('ui_locales comes before the browser, first known tag wins', () => {
    expect(chooseLocale({ uiLocales: 'fr-CA en-GB cs', acceptLanguage: 'cs', fallback })).toBe('en');
    expect(chooseLocale({ uiLocales: 'fr de', acceptLanguage: 'en', fallback })).toBe('en');
  });

  test.each([
    ['en', 'en'],
    ['en-US,en;q=0.9,cs;q=0.8', 'en'],
    ['de, en;q=0.5, cs;q=0.7', 'cs'],
    ['cs;q=0.1, en ; q=0.2', 'en'],
    ['en;q=0, *', 'cs'],
    ['fr, *;q=0.1', 'cs'],
    ['EN-gb', 'en'],
    ['en;q=2, cs;q=0.1', 'cs'],
    ['en;level=1', 'cs'],
    ['', 'cs'],
    [`${'de,'.repeat(400)}en`, 'cs'],
  ])('Accept-Language %j gives %s', (acceptLanguage, expected) => {
    expect(chooseLocale({ acceptLanguage, fallback })).toBe(expected);
  });

  test('any input gives a language of ours, quickly', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (chosen, uiLocales, acceptLanguage) => {
        expect(locales).toContain(chooseLocale({ chosen, uiLocales, acceptLanguage, fallback: 'en' }));
      }),
    );
    const started = process.threadCpuUsage();
    for (const bad of ['en-'.repeat(150), `en;q=${'0'.repeat(480)}`, ' '.repeat(499), '-'.repeat(199)]) {
      chooseLocale({ uiLocales: bad, acceptLanguage: bad, fallback });
    }
    expect(process.threadCpuUsage(started).user / 1000).toBeLessThan(100);
  });
});

function translatorOf(texts: object) {
  const dir = mkdtempSync(join(tmpdir(), 'vratny-locales-'));
  for (const locale of locales) writeFileSync(join(dir, `${locale}.json`), JSON.stringify(texts));
  return createTranslator(dir);
}

describe('texts', () => {
  const { translate, has } = translatorOf({
    plain: 'text',
    greeting: 'Hello {{name}}',
    days_one: '{{count}} den',
    days_few: '{{count}} dny',
    days_many: '{{count}} dne',
    days_other: '{{count}} dní',
    part: { inner: 'inner' },
  });

  test.each([
    [1, '1 den'],
    [2, '2 dny'],
    [4, '4 dny'],
    [1.5, '1.5 dne'],
    [5, '5 dní'],
    [0, '0 dní'],
  ])('Czech counts %s as %s', (count, expected) => {
    expect(translate('cs', 'days', { count })).toBe(expected);
  });

  test.each(['missing', 'part', 'part.missing', 'constructor', '__proto__', 'plain.length', ''])(
    'the key %j is a fault',
    (key) => {
      expect(() => translate('en', key)).toThrow(`no en text for ${key}`);
      expect(has(key)).toBe(false);
    },
  );

  test('a blank text stops the start', () => {
    expect(() => translatorOf({ part: { blank: '' } })).toThrow('part.blank is blank');
  });

  test('a placeholder without a value is a fault', () => {
    expect(() => translate('en', 'greeting')).toThrow('no value for {{name}}');
    expect(() => translate('en', 'greeting', { nam: 'x' })).toThrow('no value for {{name}}');
  });

  test.each(['<b>&amp;', '{{count}}', '$t(plain)', '$& $1 $$', '{{- name}}', '__proto__'])(
    'the value %j comes out as it went in',
    (name) => {
      expect(translate('en', 'greeting', { name })).toBe(`Hello ${name}`);
    },
  );

  test('a value cannot act as an option of the library', () => {
    const name = 'x';
    expect(translate('en', 'greeting', { name, lng: 'cs', defaultValue: 'y', context: 'z' })).toBe('Hello x');
  });
});
