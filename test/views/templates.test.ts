// Templates as a reader of their text and of their output sees them: nothing inline, nothing unescaped.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accentStylesheet, accentTokens, contrast, defaultAccent, surfaces } from '../../src/http/accent.ts';
import { pageUrl } from '../../src/http/filters.ts';
import { locales } from '../../src/http/locale.ts';
import { mailSamples } from './mail-samples.ts';
import { polyglots } from './polyglots.ts';
import { render, renderMail, viewsDir } from './renderer.ts';
import { mailContext, pageContext } from './sample-props.ts';
import { samples } from './samples.ts';

const templates = readdirSync(viewsDir, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.njk'))
  .map((file) => ({ file, text: readFileSync(join(viewsDir, file), 'utf8') }));

const isPart = (file: string) => /(?:^|\/)(?:layout|macros|signature)(?:\.txt)?\.njk$/.test(file);
const withoutTags = (text: string) => text.replaceAll(/\{#[^]*?#\}|\{%[^]*?%\}/g, '');

/** A page that waits may load itself anew, and one leads on to an upstream; nothing else. */
const refreshes = [
  '<meta http-equiv="refresh" content="{{ page.refreshSeconds }}; url={{ page.pageUrl | ownPath }}">',
  '<meta http-equiv="refresh" content="0; url={{ page.to | httpUrl }}">',
];
const withoutRefresh = (text: string) => refreshes.reduce((left, refresh) => left.replace(refresh, ''), text);

describe.each(templates)('the text of $file', ({ file, text }) => {
  test('holds no safe filter, inline script, inline style or event handler', () => {
    expect(withoutRefresh(text)).not.toMatch(
      /\|\s*safe\b|autoescape|<style|javascript:|srcdoc|http-equiv|renderString/i,
    );
    expect(withoutTags(text)).not.toMatch(/\son[a-z]+\s*=/i);
    expect(text).not.toMatch(/<script(?![^>]*\ssrc="\{\{ asset\('[\w.-]+'\) \}\}" defer><\/script>)/);
    if (!file.startsWith('mail/')) expect(text).not.toMatch(/\sstyle\s*=/i);
  });

  test('quotes every attribute', () => {
    const blanked = withoutTags(text)
      .replaceAll(/\{\{[^]*?\}\}/g, 'x')
      .replaceAll(/"[^"]*"/g, '""');
    expect(blanked).not.toMatch(/<[^>]*\s[\w-]+=[^"]/);
    expect(withoutTags(withoutRefresh(text))).not.toMatch(/=\s*\{\{/);
  });

  test('puts no address into a link without a check of its scheme', () => {
    const checked = text.matchAll(
      /\{%\s*set (\w+) = [^%]*\|\s*(?:httpUrl|pageUrl|contactUrl|ownPath|otpauthUrl)/g,
    );
    const names = new Set([...checked].map(([, name]) => name));
    for (const [attribute, value = ''] of text.matchAll(/\s(?:href|src|action|formaction)="([^"]*)"/g)) {
      const expression = /^\{\{ (.+) \}\}$/.exec(value)?.[1];
      const fine =
        // A place on the same page.
        /^#[a-z-]+$/.test(value) ||
        // A page of ours, written out in the template.
        /^\/[a-z-]+(?:\/[a-z-]+)*$/.test(value) ||
        (expression !== undefined &&
          (/^asset\('[\w.-]+'(?:, assetsFrom)?\)$/.test(expression) ||
            /\| (?:httpUrl|pageUrl|contactUrl|ownPath|otpauthUrl)$/.test(expression) ||
            names.has(expression) ||
            // The macro's callers pass checked names only, see below.
            (file === 'macros.njk' && expression === 'url') ||
            // The parts come from `linkParts`, which checks them.
            (file === 'demo/inbox.njk' && expression === 'part.url')));
      expect([attribute, fine]).toEqual([attribute, true]);
    }
    for (const [call, name] of text.matchAll(/buttonLink\((\w+),/g)) {
      expect([call, file === 'macros.njk' || names.has(name ?? '')]).toEqual([call, true]);
    }
  });

  test('refers to templates that are there', () => {
    for (const [, name = ''] of text.matchAll(/\{%\s*(?:extends|import|include|from)\s+"([^"]+)"/g)) {
      expect([name, existsSync(join(viewsDir, name))]).toEqual([name, true]);
    }
  });

  test('has sample props, unless it is a part of others', () => {
    const sampled =
      samples.some(({ template }) => template === file) ||
      mailSamples.some(({ name }) => file === `mail/${name}.njk` || file === `mail/${name}.txt.njk`);
    expect(sampled || isPart(file)).toBe(true);
  });
});

/** Values that choose a text or a state; a stranger never writes them. */
const choosers = new Set([
  'locale',
  'code',
  'problem',
  'refused',
  'obstacle',
  'item',
  'means',
  'notice',
  'signInMail',
  'change',
  'key',
  'reason',
  'kind',
  'at',
  'expiresAt',
  'when',
  'current',
  'state',
  'result',
  'addedAt',
  'createdAt',
  'closedAt',
  'fromAt',
  'untilAt',
  'updatedAt',
  'signedInAt',
  'usedAt',
  'nextAt',
  'activeFrom',
  'removedAt',
  'since',
  'totpSince',
  'lastUsedAt',
  'endsAt',
  'level',
  'levels',
  'source',
  'rows.action',
  'actions.name',
  'rows.by',
  'messages.by',
  'page.field',
  'page.access',
  'typed.access',
  // What another step is called; elsewhere an `id` is data.
  'alternatives.id',
  // A role of the house is called by a text, one of the operator's by its label.
  'role.name',
]);

/** The same props with every string that could come from a stranger replaced. */
function poison(value: unknown, text: string, key = '', parent = ''): unknown {
  if (typeof value === 'string') return choosers.has(key) || choosers.has(`${parent}.${key}`) ? value : text;
  if (Array.isArray(value)) return value.map((item) => poison(item, text, key, parent));
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, poison(item, text, name, key)]),
  );
}

/** The tags of a page with the names of their attributes: what data must not change, but for where an address breaks. */
const skeleton = (html: string): string[] =>
  [...html.replaceAll(/"[^"]*"/g, '""').matchAll(/<[^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => tag !== '<wbr>');

function expectHarmless(html: string, plain: string, polyglot: string): void {
  expect(skeleton(html)).toEqual(skeleton(plain));
  if (/[<>"']/.test(polyglot)) expect(html.replaceAll('<wbr>', '')).not.toContain(polyglot);
  for (const [, address = ''] of html.matchAll(/\s(?:href|src|action)="([^"]*)"/g)) {
    expect(address).toMatch(/^(?:https?:\/\/|mailto:|tel:|otpauth:|\/(?![/\\])|\?|#[a-z-]+$|$)/);
  }
}

/** What comes of a harmless text that makes the same links appear as the polyglot does. */
function plainLike<R>(renderWith: (text: string) => R): (polyglot: string) => R {
  let [plain, linked]: R[] = [];
  return (polyglot) =>
    pageUrl(polyglot) === ''
      ? (plain ??= renderWith('plain'))
      : (linked ??= renderWith('https://plain.example/'));
}

describe.each(locales)('in %s', (locale) => {
  test.each(samples)('$template ($label) renders, and polyglots in its props do nothing', (sample) => {
    const context = pageContext(sample, locale);
    expect(render(sample.template, context)).toMatch(/^<!doctype html>[^]*<h1[ >][^]*<\/html>\s*$/);
    const renderWith = (text: string) => render(sample.template, poison(context, text) as typeof context);
    const plain = plainLike(renderWith);
    for (const polyglot of polyglots) expectHarmless(renderWith(polyglot), plain(polyglot), polyglot);
  });

  test.each(mailSamples)(
    'the letter $name renders, and polyglots in its props do nothing',
    ({ name, page }) => {
      const context = mailContext(page, locale);
      const letter = renderMail(name, context);
      expect(letter.html).toMatch(/^<!doctype html>/);
      expect(letter.text).not.toMatch(/&(?:amp|lt|quot|#39);|<|\n{3}/);
      const renderWith = (text: string) => renderMail(name, poison(context, text) as typeof context);
      const plainOf = plainLike(renderWith);
      for (const polyglot of polyglots) {
        const poisoned = renderWith(polyglot);
        const plain = plainOf(polyglot);
        expectHarmless(poisoned.html, plain.html, polyglot);
        expect(poisoned.text.split('\n').length).toBe(plain.text.split('\n').length);
        expect(poisoned.subject).not.toMatch(/\p{Cc}/u);
      }
    },
  );
});

test.each(samples)(
  '$template ($label) leads to where the password is changed, if it advises that',
  (sample) => {
    const html = render(sample.template, pageContext(sample, 'en'));
    if (/change your password/.test(html)) expect(html).toContain('href="/account/security/password"');
  },
);

describe('the accent', () => {
  const hex = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);

  test.each(['light', 'dark'] as const)('is readable in %s, whatever the colour', (theme) => {
    const { surface, page } = surfaces[theme];
    fc.assert(
      fc.property(hex, (colour) => {
        const tokens = accentTokens(colour, theme);
        expect(tokens.accent).toBe(colour);
        expect(contrast(tokens.onAccent, tokens.accent)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(tokens.onAccent, tokens.accentStrong)).toBeGreaterThanOrEqual(4.5);
        for (const background of [surface, page]) {
          expect(contrast(tokens.accentLine, background)).toBeGreaterThanOrEqual(3);
          expect(contrast(tokens.accentText, background)).toBeGreaterThanOrEqual(4.5);
        }
        expect(contrast(tokens.accentText, tokens.accentSoft)).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 500 },
    );
  });

  test('the stylesheet knows the surfaces and the default colour by the same values', () => {
    const css = readFileSync(join(viewsDir, 'assets/vratny.css'), 'utf8');
    const [light = '', dark = ''] = css.split(/@media \(prefers-color-scheme: dark\)/, 2);
    for (const [text, theme] of [
      [light, 'light'],
      [dark, 'dark'],
    ] as const) {
      expect(text).toContain(`--surface: ${surfaces[theme].surface};`);
      expect(text).toContain(`--page: ${surfaces[theme].page};`);
    }
    for (const declaration of accentStylesheet(defaultAccent).match(/--[\w-]+: #[0-9a-f]{6};/g) ?? []) {
      expect(css).toContain(declaration);
    }
  });
});
