// What templates do with data before it is shown: addresses are checked by scheme, texts are cut or joined.

import { once } from '../lib/once.ts';

const schemeOf = (value: string): string | undefined =>
  URL.canParse(value) ? new URL(value).protocol : undefined;

// Tabs and line ends are dropped by URL parsers, so what is checked is what the parser made of the text.
const withScheme = (value: unknown, schemes: readonly string[]): string => {
  if (typeof value !== 'string') return '';
  const scheme = schemeOf(value);
  return scheme !== undefined && schemes.includes(scheme) ? new URL(value).href : '';
};

/** The address when it is http or https, else an empty text. */
export const httpUrl = (value: unknown): string => withScheme(value, ['http:', 'https:']);

/** The address when it is a web page, an e-mail address or a phone number, else an empty text. */
export const contactUrl = (value: unknown): string =>
  withScheme(value, ['http:', 'https:', 'mailto:', 'tel:']);

/** The address when it is a key for an authenticator app, else an empty text. */
export const otpauthUrl = (value: unknown): string => withScheme(value, ['otpauth:']);

const isOwnPath = (value: string): boolean =>
  /^\/(?![/\\])[\x21-\x7e]*$/.test(value) && !value.includes('\\');

/**
 * The address when it is a path of ours, a query of the current page (`?lang=cs`) or http(s), else an empty text.
 * `//host` and `/\host` are no paths: browsers take them for another host.
 */
export const pageUrl = (value: unknown): string =>
  typeof value === 'string' && (isOwnPath(value) || isOwnPath(value.replace(/^\?/, '/?')))
    ? value
    : httpUrl(value);

/** The path when it is one of ours, else an empty text. */
export const ownPath = (value: unknown): string =>
  typeof value === 'string' && isOwnPath(value) ? value : '';

/** The colour when it is `#rrggbb`, else black: nothing else may get into a style of a letter. */
export const hexColour = (value: unknown): string =>
  typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value) ? value : '#000000';

const graphemes = once(() => new Intl.Segmenter(undefined, { granularity: 'grapheme' }));

/** The first character a person would see, as a capital: the monogram of a name. */
export function initial(value: unknown): string {
  const [first] = graphemes().segment(String(value).trim().slice(0, 64));
  return first === undefined ? '' : first.segment.toLocaleUpperCase();
}

/** The text with line ends and other control characters turned to single spaces. */
export const oneLine = (value: string): string => value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

/** A text cut at the http(s) addresses in it, so that a template can make links of them. */
export function linkParts(value: unknown): { text: string; url: string }[] {
  return String(value)
    .split(/(https?:\/\/[^\s<>"']+)/)
    .filter((text) => text !== '')
    .map((text) => ({ text, url: /^https?:\/\//.test(text) ? httpUrl(text) : '' }));
}

/**
 * HTML in which a line breaks after the `@` and the dots of an e-mail address before it breaks anywhere else. Takes
 * text that is escaped already: no entity holds either sign, so only the text between entities is cut.
 */
export const breakAddresses = (escaped: string): string =>
  escaped
    .split(/(\s+)/)
    .map((word) => (word.includes('@') ? word.replaceAll(/[@.](?=.)/g, '$&<wbr>') : word))
    .join('');

/**
 * HTML in which what stands between backticks is a command, each word of it in one piece: a line that broke after a
 * hyphen would show another option. Takes text that is escaped already.
 */
export const markCommands = (escaped: string): string =>
  escaped.replaceAll(
    /`([^`]+)`/g,
    (_, command: string) => `<code>${command.replaceAll(/\S+/g, '<span class="whole">$&</span>')}</code>`,
  );
