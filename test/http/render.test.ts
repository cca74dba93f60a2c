// The renderer: escapes, refuses what is missing, checks addresses, and serves assets and brand beside it.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAssets } from '../../src/http/assets.ts';
import { createBrand, createLogos } from '../../src/http/brand.ts';
import {
  contactUrl,
  hexColour,
  httpUrl,
  initial,
  linkParts,
  ownPath,
  pageUrl,
} from '../../src/http/filters.ts';
import { createRenderer } from '../../src/http/render.ts';
import { assets, render, translator } from '../views/renderer.ts';
import { brand, mailContext, pageContext } from '../views/sample-props.ts';
import { samples } from '../views/samples.ts';

/** A renderer over templates written for one test. */
function rendererOf(templates: Record<string, string>, required: readonly string[] = []) {
  const viewsDir = mkdtempSync(join(tmpdir(), 'vratny-views-'));
  mkdirSync(join(viewsDir, 'mail'));
  for (const [name, text] of Object.entries(templates)) writeFileSync(join(viewsDir, name), text);
  return createRenderer({ viewsDir, translator, assetUrl: assets.url, timeZone: 'Europe/Prague', required });
}

const context = (page: object) => pageContext({ template: '', label: '', page }, 'cs');
const renderText = (text: string, page: object = {}) =>
  rendererOf({ 'a.njk': text }).render('a.njk', context(page));

describe('rendering', () => {
  test('everything is escaped, once', () => {
    const page = { text: `<b>"'&amp;\\`, list: ['<i>'], object: { toString: () => '<u>' } };
    expect(renderText('{{ page.text }}', page)).toBe('&lt;b&gt;&quot;&#39;&amp;amp;&#92;');
    expect(renderText('{{ page.list }}{{ page.object }}', page)).toBe('&lt;i&gt;&lt;u&gt;');
  });

  test('an address breaks after its signs, and nothing written into one becomes markup', () => {
    const shown = (text: unknown) => renderText('{{ page.text | breakable }}', { text });
    expect(shown('Na jana.nova@example.cz pošleme odkaz. Platí 1.5 dne.')).toBe(
      'Na jana.<wbr>nova@<wbr>example.<wbr>cz pošleme odkaz. Platí 1.5 dne.',
    );
    expect(shown(`"<b>"@x.cz <img/src=x.y@z onerror=alert(1)>&lt;wbr&gt;@.`)).toBe(
      '&quot;&lt;b&gt;&quot;@<wbr>x.<wbr>cz &lt;img/src=x.<wbr>y@<wbr>z onerror=alert(1)&gt;&amp;lt;wbr&amp;gt;@<wbr>.',
    );
    expect(shown({ toString: () => '<u>@<i>' })).toBe('&lt;u&gt;@<wbr>&lt;i&gt;');
    expect(() => shown(undefined)).toThrow('null or undefined');
    // A sentence that was cut once is not escaped again where a macro shows it.
    expect(
      renderText('{% macro p(x) %}{{ x | breakable }}{% endmacro %}{{ p(page.text) }}', { text: '<' }),
    ).toBe('&lt;');
  });

  test('a command between backticks is code in whole words, and nothing written beside it becomes markup', () => {
    const shown = (text: unknown) => renderText('{{ page.text | commands }}', { text });
    expect(shown('Dejte `gpg --export` e-mail.')).toBe(
      'Dejte <code><span class="whole">gpg</span> <span class="whole">--export</span></code> e-mail.',
    );
    expect(shown('`<b>"` & ` <i>')).toBe(
      '<code><span class="whole">&lt;b&gt;&quot;</span></code> &amp; ` &lt;i&gt;',
    );
    expect(() => shown(undefined)).toThrow('null or undefined');
  });

  test('the safe filter is off', () => {
    expect(() => renderText('{{ page.text | safe }}', { text: '<b>' })).toThrow('safe filter is off');
  });

  test('a missing value, key, asset or template is a fault', () => {
    expect(() => renderText('{{ page.nothing }}')).toThrow('null or undefined');
    expect(() => renderText("{{ t('no.such.key') }}")).toThrow('no cs text for no.such.key');
    expect(() => renderText("{{ asset('nothing.js') }}")).toThrow('no asset nothing.js');
    const { render } = rendererOf({ 'a.njk': '' });
    for (const name of ['b.njk', '../package.json', 'constructor', '/etc/passwd']) {
      expect(() => render(name, context({}))).toThrow(`no template ${name}`);
    }
  });

  test('a required template that is missing stops the start, one with a mistake fails when it is shown', () => {
    expect(() => rendererOf({}, ['steps/totp.njk'])).toThrow('no template steps/totp.njk');
    expect(() => rendererOf({ 'a.njk': '{% if %}' }).render('a.njk', context({}))).toThrow();
  });

  test('data is never taken for a template', () => {
    expect(renderText('{{ page.text }}', { text: '{{ 7 * 7 }}{% raw %}' })).toBe('{{ 7 * 7 }}{% raw %}');
  });

  test('dates and numbers follow the language and the zone', () => {
    const page = { at: new Date('2026-11-21T21:28:00Z'), amount: 1234.5, share: 50 };
    const text = `{{ page.at | date }}|{{ page.at | date('date') }}|{{ page.amount | number }}|{{ page.share | percent }}`;
    expect(renderText(text, page)).toBe(
      '21.\u00a0listopadu 2026 v\u00a022:28 SEČ|21.\u00a0listopadu 2026|1\u00a0234,5|50\u00a0%',
    );
    expect(() => renderText(`{{ page.at | date('era') }}`, page)).toThrow('no date style era');
    const english = rendererOf({ 'a.njk': text }).render('a.njk', { ...context(page), locale: 'en' });
    expect(english).toBe('21 November 2026 at\u00a022:28 CET|21 November 2026|1,234.5|50%');
  });

  test('a number stays with the word that it counts in Czech; addresses and names of things keep their spaces', () => {
    const text = renderText("{{ t('step.password.problem.wait_seconds', { count: 30 }) }}");
    expect(text).toContain('30\u00a0');
    const hint = renderText("{{ t('account.addresses.range_hint', { v4: 16, v6: 48 }) }}");
    expect(hint).toContain('31.15.10.7 nebo');
  });

  test('“e-mail” of our words stays on one line; addresses and letters in plain text keep their hyphen', () => {
    const words = `{{ t('page.recover_sent.title') }}|{{ t('account.identities.add', { upstream: page.who }) }}`;
    const page = { who: 'E-mail, e-mail@example.cz, https://e-mail.example' };
    const given = rendererOf({
      'a.njk': words,
      'mail/password-changed.njk': words,
      'mail/password-changed.txt.njk': words,
    });
    const bound =
      'Podívejte se do e\u2011mailu|Propojit se službou E\u2011mail, e-mail@example.cz, https://e-mail.example';
    expect(given.render('a.njk', context(page))).toBe(bound);
    const { text } = given.renderMail('password-changed', mailContext(page, 'cs'));
    expect(text).not.toContain('\u2011');
  });

  test('a page that ends says where to go on, also in a house without a site', () => {
    const ends = [
      'pages/error.njk',
      'pages/sign-in-over.njk',
      'pages/ended.njk',
      'pages/invitation.njk',
      'pages/signed-out.njk',
      'pages/support-sent.njk',
      'pages/lost-device-off.njk',
      'pages/lost-device-over.njk',
      'pages/set-password-link.njk',
    ];
    for (const sample of samples.filter(({ template }) => ends.includes(template))) {
      const html = render(sample.template, {
        ...pageContext(sample, 'cs'),
        brand: createBrand({ name: 'Bez webu' }).page,
      });
      const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'));
      if (sample.label !== 'misdirected') expect(main, sample.label).toMatch(/<a class="button[^>]* href="/);
    }
  });

  test('a form of ours without its token fails', () => {
    const sample = samples.find(({ template }) => template === 'steps/password.njk')!;
    const given = pageContext(sample, 'cs');
    expect(() => render(sample.template, { ...given, csrf: undefined })).toThrow('null or undefined');
    expect(render(sample.template, given)).toContain('name="csrf" value="csrf-token"');
  });
});

describe('letters', () => {
  test('the text is not escaped, and nothing in it starts a line of its own', () => {
    const { renderMail } = rendererOf({
      'mail/password-changed.njk': '<p>{{ page.name }}</p>',
      'mail/password-changed.txt.njk': '{{ page.name }}',
    });
    const letter = renderMail('password-changed', mailContext({ name: 'A & B\r\n\r\nPay <here>' }, 'en'));
    expect(letter).toEqual({
      subject: 'Hvězdný hosting: your password was changed',
      html: '<p>A &amp; B\r\n\r\nPay &lt;here&gt;</p>',
      text: 'A & B Pay <here>',
    });
  });
});

const hostile = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\tscript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>',
  'vbscript:x',
  'blob:https://a/b',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '',
  undefined,
  null,
  7,
  {},
];

describe('addresses', () => {
  test.each(hostile)('%j is no address', (value) => {
    for (const filter of [httpUrl, pageUrl, contactUrl, ownPath]) expect(filter(value)).toBe('');
  });

  test('each filter lets through its own kind', () => {
    expect(httpUrl('https://a.example/x?y=1')).toBe('https://a.example/x?y=1');
    expect(httpUrl('HTTP://A.example')).toBe('http://a.example/');
    expect(httpUrl('mailto:a@b.example')).toBe('');
    expect(httpUrl('/path')).toBe('');
    expect(pageUrl('/path?x=1#y')).toBe('/path?x=1#y');
    expect(pageUrl('?lang=cs')).toBe('?lang=cs');
    expect(ownPath('?lang=cs')).toBe('');
    expect(pageUrl('path')).toBe('');
    expect(ownPath('https://a.example/x.png')).toBe('');
    expect(contactUrl('mailto:a@b.example')).toBe('mailto:a@b.example');
    expect(contactUrl('tel:+420601234567')).toBe('tel:+420601234567');
  });

  test('colours, monograms and links in texts', () => {
    expect([hexColour('#12aBcD'), hexColour('red;x'), hexColour(undefined)]).toEqual([
      '#12aBcD',
      '#000000',
      '#000000',
    ]);
    expect([initial(' řeka'), initial('👩‍💻 dev'), initial('')]).toEqual(['Ř', '👩‍💻', '']);
    expect(linkParts('a https://b.example/c d')).toEqual([
      { text: 'a ', url: '' },
      { text: 'https://b.example/c', url: 'https://b.example/c' },
      { text: ' d', url: '' },
    ]);
  });
});

describe('assets', () => {
  test('are served under the hash of their content, for good', () => {
    const url = assets.url('vratny.css');
    expect(url).toMatch(/^\/assets\/[\w-]{16}\/vratny\.css$/);
    const answer = assets.serve(url);
    expect(answer?.headers).toMatchObject({
      'Content-Type': 'text/css; charset=utf-8',
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
    });
    expect(answer?.body.length).toBeGreaterThan(1000);
  });

  test('nothing else is served', () => {
    const url = assets.url('vratny.css');
    for (const path of [
      '/assets/vratny.css',
      url.replace('vratny', '../layout'),
      `${url}/`,
      '/assets/',
      url + '?',
    ]) {
      expect(assets.serve(path)).toBeUndefined();
    }
  });

  test('a file of an unknown kind stops the start', () => {
    const dir = mkdtempSync(join(tmpdir(), 'vratny-assets-'));
    writeFileSync(join(dir, 'page.html'), '');
    expect(() => createAssets(dir)).toThrow('no content type for page.html');
  });
});

describe('the brand', () => {
  const logoFile = (name: string, content: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'vratny-logo-')), name);
    writeFileSync(file, content, 'latin1');
    return file;
  };

  test('the accent stylesheet is served for six lower-case digits only', () => {
    expect(brand.page.accentUrl).toMatch(/^\/brand\/[0-9a-f]{6}\.css$/);
    expect(brand.serve('/brand/e30613.css')?.body.toString()).toContain('--accent: #e30613;');
    for (const path of [
      '/brand/E30613.css',
      '/brand/e3061.css',
      '/brand/e30613.css/',
      '/brand/x.css',
      '/brand/',
    ]) {
      expect(brand.serve(path)).toBeUndefined();
    }
    expect(() => createBrand({ name: 'x', accent: 'red' })).toThrow('not a colour');
  });

  test('a logo is served with its type, an SVG as a powerless document', () => {
    const svg = createBrand({ name: 'x', logoFile: logoFile('logo.svg', '<svg/>') });
    expect(svg.page.logoUrl).toMatch(/^\/brand\/logo\?v=/);
    expect(svg.serve('/brand/logo')?.headers).toMatchObject({
      'Content-Type': 'image/svg+xml',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
      'X-Content-Type-Options': 'nosniff',
    });
    const png = createBrand({ name: 'x', logoFile: logoFile('logo.PNG', '\u0089PNG\r\n\u001a\n') });
    expect(png.serve('/brand/logo')?.headers['Content-Type']).toBe('image/png');
    expect(brand.serve('/brand/logo')).toBeUndefined();
  });

  test('logos of upstreams have addresses of ours, and one that will not do stops the start', () => {
    const logos = createLogos(new Map([['mojeid', logoFile('mojeid.svg', '<svg/>')]]));
    expect(logos.urlOf('mojeid')).toMatch(/^\/brand\/of\/mojeid\?v=[\w-]{8}$/);
    expect(logos.serve('/brand/of/mojeid')?.headers['Content-Type']).toBe('image/svg+xml');
    expect([logos.urlOf('other'), logos.serve('/brand/of/other')]).toEqual([undefined, undefined]);
    expect(() => createLogos(new Map([['a', logoFile('a.svg', 'MZ')]]))).toThrow(
      'content is of another kind',
    );
  });

  test('a logo of another kind, too large or missing stops the start', () => {
    const load = (file: string) => () => createBrand({ name: 'x', logoFile: file });
    expect(load(logoFile('logo.gif', 'GIF89a'))).toThrow('not an SVG, PNG, WebP or JPEG file');
    expect(load(logoFile('logo.png', '<html>'))).toThrow('content is of another kind');
    expect(load(logoFile('logo.svg', '<'.repeat(600_000)))).toThrow('larger than');
    expect(load('/nowhere/logo.svg')).toThrow('ENOENT');
  });
});
