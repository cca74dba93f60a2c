// Languages: which one a request gets, and the texts themselves. A text that is missing is a fault, never a blank.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as i18next from 'i18next';
import { loadPackage } from '../lib/load-package.ts';
import { once } from '../lib/once.ts';

export const locales = ['cs', 'en'] as const;
export type Locale = (typeof locales)[number];

/** What a text's placeholders are filled with; `count` also chooses the plural form. */
export type TextValues = Readonly<Record<string, string | number>>;

export type Translator = {
  /** The text of a key. Throws when the key, or the value of one of its placeholders, is missing. */
  translate(locale: Locale, key: string, values?: TextValues): string;
  /** Whether every language has a text under exactly this key. Safe to ask with a key built from data. */
  has(key: string): boolean;
};

type TextTree = { readonly [key: string]: string | TextTree };

const flatten = (tree: TextTree, prefix = ''): string[] =>
  Object.entries(tree).flatMap(([key, value]) => {
    if (value === '') throw new Error(`the text ${prefix}${key} is blank`);
    return typeof value === 'string' ? [prefix + key] : flatten(value, `${prefix}${key}.`);
  });

/** Loads `<locale>.json` of every language; a blank text stops the start. Plural forms: `key_one`, `key_few`, … */
export function createTranslator(localesDir: string): Translator {
  const read = (locale: Locale): TextTree =>
    JSON.parse(readFileSync(join(localesDir, `${locale}.json`), 'utf8')) as TextTree;
  const languages = locales.map((locale) => {
    const tree = read(locale);
    return { locale, tree, keys: new Set(flatten(tree)), plurals: once(() => new Intl.PluralRules(locale)) };
  });
  const { createInstance } = loadPackage('i18next') as typeof i18next;
  const instance = createInstance();
  void instance.init({
    initAsync: false,
    resources: Object.fromEntries(languages.map(({ locale, tree }) => [locale, { translation: tree }])),
    fallbackLng: false,
    supportedLngs: [...locales],
    interpolation: { escapeValue: false }, // the page templates escape, once and last
    missingInterpolationHandler: (text: string, match: RegExpExecArray) => {
      throw new Error(`no value for ${match[0]} in "${text}"`);
    },
  });
  return {
    translate(locale, key, values = {}) {
      const { count } = values;
      const language = languages.find((one) => one.locale === locale);
      const form = typeof count === 'number' ? `${key}_${language?.plurals().select(count)}` : key;
      // Asked of our own list: i18next answers an unknown key with the key itself.
      if (!language?.keys.has(form) && !language?.keys.has(key))
        throw new Error(`no ${locale} text for ${key}`);
      // Values go under `replace`, so that none of them can be read as an option of i18next.
      const options = { lng: locale, replace: { ...values }, nest: false };
      return instance.t(key, typeof count === 'number' ? { ...options, count } : options);
    },
    has: (key) => languages.every(({ keys }) => keys.has(key)),
  };
}

const supported = (tag: string): Locale | undefined => {
  const primary = tag.toLowerCase().split('-', 1)[0];
  return locales.find((locale) => locale === primary);
};

const languageTag = /^[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,8}$/i;

/** OIDC Core §3.1.2.1 `ui_locales`: tags in order of preference, separated by spaces. */
function fromUiLocales(value: string): Locale | undefined {
  if (value.length > 200) return undefined;
  const tags = value.split(' ').filter((tag) => languageTag.test(tag));
  return tags.map(supported).find((locale) => locale !== undefined);
}

const languageRange =
  /^(\*|[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,8})(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/** RFC 9110 §12.5.4: ranges with weights; a weight of 0 rules a language out, `*` stands for our first choice. */
function fromAcceptLanguage(value: string, fallback: Locale): Locale | undefined {
  if (value.length > 500) return undefined;
  const ranges = value
    .split(',')
    .map((part) => languageRange.exec(part.trim()))
    .filter((match) => match !== null)
    .map(([, range = '', weight = '1']) => ({
      locale: range === '*' ? fallback : supported(range),
      quality: Number(weight),
    }));
  return ranges
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .find(({ locale }) => locale !== undefined)?.locale;
}

export type LocaleWishes = {
  /** The language cookie, as the browser sent it. */
  readonly chosen?: string | undefined;
  /** The `ui_locales` parameter of the authorization request. */
  readonly uiLocales?: string | undefined;
  /** The Accept-Language header. */
  readonly acceptLanguage?: string | undefined;
  readonly fallback: Locale;
};

/** What the person chose comes first, then what the client asked for, then what the browser prefers. */
export function chooseLocale({ chosen, uiLocales, acceptLanguage, fallback }: LocaleWishes): Locale {
  return (
    locales.find((locale) => locale === chosen) ??
    (uiLocales === undefined ? undefined : fromUiLocales(uiLocales)) ??
    (acceptLanguage === undefined ? undefined : fromAcceptLanguage(acceptLanguage, fallback)) ??
    fallback
  );
}
