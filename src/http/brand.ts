// The hoster's face: accent colour and logo, read once at start and served from our own address.

import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { accentStylesheet, accentTokens, defaultAccent } from './accent.ts';
import { immutable, staticHeaders, type StaticAnswer } from './assets.ts';

export type BrandOptions = {
  readonly name: string;
  /** `#rrggbb`; our own colour when absent. */
  readonly accent?: string | undefined;
  /** Path of an SVG, PNG, WebP or JPEG file. */
  readonly logoFile?: string | undefined;
  readonly homeUrl?: string | undefined;
  readonly supportUrl?: string | undefined;
};

/** What pages know of the brand. */
export type PageBrand = {
  readonly name: string;
  readonly accentUrl: string;
  readonly logoUrl?: string;
  readonly homeUrl?: string;
  readonly supportUrl?: string;
};

/** What letters know of the brand: colours instead of a stylesheet. */
export type MailBrand = {
  readonly name: string;
  readonly accent: string;
  readonly onAccent: string;
  readonly homeUrl?: string;
  readonly supportUrl?: string;
};

export type Brand = {
  readonly page: PageBrand;
  readonly mail: MailBrand;
  /** The answer for `/brand/<6 hex>.css` and `/brand/logo`, or undefined when the path is neither. */
  serve(path: string): StaticAnswer | undefined;
};

const largestLogoBytes = 512 * 1024;

/** File name ending → content type and how such a file begins. */
const logoKinds = new Map<string, { contentType: string; begins: RegExp }>([
  ['.svg', { contentType: 'image/svg+xml', begins: /^(?:\u00ef\u00bb\u00bf)?\s*</ }],
  ['.png', { contentType: 'image/png', begins: /^\u0089PNG\r\n/ }],
  ['.webp', { contentType: 'image/webp', begins: /^RIFF[^]{4}WEBP/ }],
  ['.jpg', { contentType: 'image/jpeg', begins: /^\u00ff\u00d8\u00ff/ }],
  ['.jpeg', { contentType: 'image/jpeg', begins: /^\u00ff\u00d8\u00ff/ }],
]);

function loadLogo(file: string): StaticAnswer {
  const kind = logoKinds.get(extname(file).toLowerCase());
  if (kind === undefined) throw new Error(`logo ${file}: not an SVG, PNG, WebP or JPEG file`);
  if (statSync(file).size > largestLogoBytes)
    throw new Error(`logo ${file}: larger than ${largestLogoBytes} bytes`);
  const body = readFileSync(file);
  if (!kind.begins.test(body.toString('latin1', 0, 64)))
    throw new Error(`logo ${file}: content is of another kind`);
  const headers = {
    ...staticHeaders,
    'Content-Type': kind.contentType,
    'Cache-Control': 'public, max-age=86400',
  };
  return { status: 200, headers, body };
}

/** Logos of others, each at an address of ours; throws when one cannot be used. */
export function createLogos(files: ReadonlyMap<string, string>) {
  const answers = new Map<string, StaticAnswer>();
  for (const [name, file] of files) answers.set(`/brand/of/${name}`, loadLogo(file));
  return {
    urlOf(name: string): string | undefined {
      const found = answers.get(`/brand/of/${name}`);
      return found && `/brand/of/${name}?v=${versionOf(found)}`;
    },
    serve: (path: string): StaticAnswer | undefined => answers.get(path),
  };
}

export type Logos = ReturnType<typeof createLogos>;

/** Lets a browser that holds an old logo ask for the new one at once. */
const versionOf = ({ body }: StaticAnswer): string => hash('sha256', body ?? '', 'base64url').slice(0, 8);

const stylesheetAnswer = (hex: string): StaticAnswer => ({
  status: 200,
  headers: { ...staticHeaders, 'Content-Type': 'text/css; charset=utf-8', 'Cache-Control': immutable },
  body: Buffer.from(accentStylesheet(hex)),
});

/** Checks and loads everything at start; throws when the colour or the logo cannot be used. */
export function createBrand({
  name,
  accent = defaultAccent,
  logoFile,
  homeUrl,
  supportUrl,
}: BrandOptions): Brand {
  const { accent: fill, onAccent } = accentTokens(accent, 'light');
  const logo = logoFile === undefined ? undefined : loadLogo(logoFile);
  const links = { ...(homeUrl && { homeUrl }), ...(supportUrl && { supportUrl }) };
  return {
    page: {
      name,
      accentUrl: `/brand/${accent.slice(1).toLowerCase()}.css`,
      ...(logo && { logoUrl: `/brand/logo?v=${versionOf(logo)}` }),
      ...links,
    },
    mail: { name, accent: fill, onAccent, ...links },
    serve(path) {
      if (path === '/brand/logo') return logo;
      const hex = /^\/brand\/([0-9a-f]{6})\.css$/.exec(path)?.[1];
      return hex === undefined ? undefined : stylesheetAnswer(`#${hex}`);
    },
  };
}
