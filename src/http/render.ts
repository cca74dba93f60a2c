// Pages and letters from templates: escaped by default, compiled when first shown, a missing value is a fault.

import { readFileSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import type nunjucks from 'nunjucks';
import { loadPackage } from '../lib/load-package.ts';
import { once, onceEach } from '../lib/once.ts';
import type { MailBrand, PageBrand } from './brand.ts';
import {
  breakAddresses,
  contactUrl,
  hexColour,
  httpUrl,
  initial,
  linkParts,
  markCommands,
  oneLine,
  otpauthUrl,
  ownPath,
  pageUrl,
} from './filters.ts';
import { locales, type Locale, type TextValues, type Translator } from './locale.ts';

export type Language = {
  readonly code: Locale;
  readonly name: string;
  readonly href: string;
  readonly current: boolean;
};

/** The application a person signs in to, as far as pages show it. */
export type PageClient = {
  readonly name: string;
  /** Asked for by the browser alone; the page's policy must allow its address. */
  readonly logoUri?: string;
  readonly uri?: string;
  readonly host?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
};

export type PageContext = {
  readonly locale: Locale;
  readonly languages: readonly Language[];
  readonly brand: PageBrand;
  readonly client?: PageClient | undefined;
  readonly requestId: string;
  /** Our origin, when the page is shown under another one, so that its styles are found. */
  readonly assetsFrom?: string | undefined;
  /** Goes into every form of ours; a page with such a form fails without it. */
  readonly csrf?: string | undefined;
  /** What this one template is about. */
  readonly page: object;
};

export type MailContext = { readonly locale: Locale; readonly brand: MailBrand; readonly page: object };

/** The parts of a letter that do not depend on whom it goes to. */
export type MailContent = { readonly subject: string; readonly text: string; readonly html: string };

export type Renderer = {
  /** HTML of a page template (`steps/password.njk`). Throws when the template or one of its values is missing. */
  render(template: string, context: PageContext): string;
  /** Subject and both bodies of a letter (`set-password`), from `mail/<name>.njk` and `mail/<name>.txt.njk`. */
  renderMail(name: string, context: MailContext): MailContent;
  /** A day and time as pages and letters tell it. */
  date(locale: Locale, value: Date): string;
};

export type RendererOptions = {
  readonly viewsDir: string;
  readonly translator: Translator;
  /** The address of an asset, from `createAssets`. */
  readonly assetUrl: (name: string) => string;
  /** IANA name of the zone that times are told in; the machine's own when absent. */
  readonly timeZone?: string | undefined;
  /** Templates the caller is going to ask for: one that is missing stops the start. */
  readonly required?: readonly string[];
};

type Sources = ReadonlyMap<string, string>;

const readSources = (viewsDir: string): Sources =>
  new Map(
    readdirSync(viewsDir, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(?:njk|svg)$/.test(file))
      .map((file) => [file.split(sep).join('/'), readFileSync(join(viewsDir, file), 'utf8')]),
  );

const dateStyles = {
  date: { day: 'numeric', month: 'long', year: 'numeric' },
  time: { hour: 'numeric', minute: '2-digit', timeZoneName: 'short' },
  datetime: {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;
type DateStyle = keyof typeof dateStyles;
const isDateStyle = (style: unknown): style is DateStyle => Object.hasOwn(dateStyles, String(style));

/** English is written the European way: 21 November 2026 at 22:28. */
const formatLocales = { cs: 'cs-CZ', en: 'en-GB' } as const satisfies Record<Locale, string>;

/** Keeps a day with its month and a preposition with its word: “21. listopadu 2026 v 22:28”. */
const bindSpaces = (text: string): string => text.replace(/(\d\.|\bv|\bat) /g, '$1\u00a0');

/** Keeps “e-mail” on one line, as no style can; an address that begins so stays what it is. */
const bindHyphens = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}./@_-])([eE])-(?=mail)(?!mail[\w.+-]*@)/gu, '$1\u2011');

/** Keeps a number with the word that it counts, as Czech asks: “30 sekund”. */
const bindNumbers = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}.,:/])(\p{N}{1,4}) (?=\p{Ll}{2})/gu, '$1\u00a0');

/** What no line may break apart in our words on a page. */
const bindWords: Record<Locale, (text: string) => string> = {
  cs: (text) => bindNumbers(bindHyphens(text)),
  en: bindHyphens,
};

function addLanguage(
  environment: nunjucks.Environment,
  locale: Locale,
  options: RendererOptions,
  isHtml: boolean,
): void {
  const { translator, timeZone } = options;
  const say = (key: string, values?: TextValues) => translator.translate(locale, key, values);
  const tag = formatLocales[locale];
  const dateFormat = onceEach(
    (style: DateStyle) => new Intl.DateTimeFormat(tag, { ...dateStyles[style], timeZone }),
  );
  const numbers = once(() => new Intl.NumberFormat(tag));
  const percents = once(() => new Intl.NumberFormat(tag, { style: 'percent' }));
  const countries = once(() => new Intl.DisplayNames(tag, { type: 'region' }));
  // Letters in plain text are read by programs, too, and searched.
  environment.addGlobal(
    't',
    isHtml ? (key: string, values?: TextValues) => bindWords[locale](say(key, values)) : say,
  );
  environment.addGlobal('hasText', (key: string) => translator.has(key));
  environment.addFilter('number', (value: number) => numbers().format(value));
  environment.addFilter('percent', (value: number) => percents().format(value / 100));
  // ISO 3166-1 alpha-2; anything else is shown as it is.
  const country = (code: string) => (/^[A-Z]{2}$/.test(code) ? (countries().of(code) ?? code) : code);
  environment.addFilter('country', country);
  // An address in one line, which ends in its country.
  environment.addFilter('addressLine', (line: string) =>
    line.replace(/(^|, )([A-Z]{2})$/, (_end, before: string, code: string) => before + country(code)),
  );
  environment.addFilter('date', (value: Date | string | number, style = 'datetime') => {
    if (!isDateStyle(style)) throw new Error(`no date style ${String(style)}`);
    return bindSpaces(dateFormat(style).format(new Date(value)));
  });
}

function createEnvironment(
  sources: Sources,
  locale: Locale,
  autoescape: boolean,
  options: RendererOptions,
): nunjucks.Environment {
  const getSource = (name: string) => {
    const src = sources.get(name);
    if (src === undefined) throw new Error(`no template ${name}`);
    return { src, path: name, noCache: false };
  };
  const { Environment, runtime } = loadPackage('nunjucks') as typeof nunjucks;
  // A loader of its own for each environment: nunjucks keeps the compiled templates on the loader.
  const environment = new Environment(
    { getSource },
    { autoescape, throwOnUndefined: true, trimBlocks: true, lstripBlocks: true },
  );
  addLanguage(environment, locale, options, autoescape);
  environment.addGlobal('asset', (name: string, from = '') => from + options.assetUrl(name));
  for (const [name, filter] of Object.entries({
    httpUrl,
    pageUrl,
    ownPath,
    contactUrl,
    hexColour,
    initial,
    linkParts,
    otpauthUrl,
  })) {
    environment.addFilter(name, filter);
  }
  // The filters that make markup escape first, and add only their own tags. What is missing stays a fault.
  const escape = environment.getFilter('escape') as (value: unknown) => { toString(): string };
  for (const [name, mark] of Object.entries({ breakable: breakAddresses, commands: markCommands })) {
    environment.addFilter(name, (value: unknown) =>
      value === undefined || value === null ? value : new runtime.SafeString(mark(escape(value).toString())),
    );
  }
  environment.addFilter('safe', () => {
    throw new Error('templates escape everything: the safe filter is off');
  });
  return environment;
}

/** Text letters are not escaped, so nothing said in them may start a line of its own. */
function onOneLine(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value);
  if (Array.isArray(value)) return value.map(onOneLine);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, onOneLine(item)]));
}

/** Reads every template of the folder; each is compiled when it is first asked for: at start that would double the wait. */
export function createRenderer(options: RendererOptions): Renderer {
  const sources = readSources(options.viewsDir);
  const requireTemplate = (template: string): string => {
    if (!sources.has(template)) throw new Error(`no template ${template}`);
    return template;
  };
  options.required?.forEach(requireTemplate);
  const environments = new Map(
    locales.map((locale) => [
      locale,
      {
        html: createEnvironment(sources, locale, true, options),
        text: createEnvironment(sources, locale, false, options),
      },
    ]),
  );
  const find = (locale: Locale) => {
    const environment = environments.get(locale);
    if (environment === undefined) throw new Error(`no language ${locale}`);
    return environment;
  };
  return {
    date: (locale, value) => (find(locale).text.getFilter('date') as (value: Date) => string)(value),
    render: (template, context) => find(context.locale).html.render(requireTemplate(template), context),
    renderMail(name, context) {
      const { html, text } = find(context.locale);
      const brand = oneLine(context.brand.name);
      return {
        subject: options.translator.translate(context.locale, `mail.${name.replaceAll('-', '_')}.subject`, {
          brand,
        }),
        html: html.render(requireTemplate(`mail/${name}.njk`), context),
        text: text.render(requireTemplate(`mail/${name}.txt.njk`), onOneLine(context) as object),
      };
    },
  };
}
