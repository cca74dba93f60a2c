// Our own styles, scripts and pictures: read once at start, served under the hash of their content, cached for good.

import { hash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

/** An answer made ahead of time. */
export type StaticAnswer = {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type Assets = {
  /** The address of a file. Throws when there is no such file. */
  url(name: string): string;
  /** The answer for a request path, or undefined when it is none of ours. */
  serve(path: string): StaticAnswer | undefined;
};

/** The kinds of files we have; a file of any other kind stops the start. */
const contentTypes = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/**
 * What holds for every file of ours, wherever it is shown. Styles and pictures are the same for everybody and tell
 * nothing, so any page may load them: the one that refuses a foreign `Host` is shown under that host.
 */
export const staticHeaders = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  // An SVG opened on its own is a document: it may style itself and nothing else.
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
} as const;

/** A script may run as a worker, which takes its policy from here, and in a full sandbox would not start (CSP 3 §6.3). */
const scriptHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-same-origin",
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

export const immutable = 'public, max-age=31536000, immutable';

/** Reads every file of the folder; a request path is looked up among them, so it never reaches the disk. */
export function createAssets(assetsDir: string): Assets {
  const urls = new Map<string, string>();
  const answers = new Map<string, StaticAnswer>();
  for (const name of readdirSync(assetsDir)) {
    const contentType = contentTypes.get(extname(name));
    if (contentType === undefined) throw new Error(`views/assets: no content type for ${name}`);
    const body = readFileSync(join(assetsDir, name));
    const path = `/assets/${hash('sha256', body, 'base64url').slice(0, 16)}/${name}`;
    urls.set(name, path);
    answers.set(path, {
      status: 200,
      headers: {
        ...staticHeaders,
        ...(name.endsWith('.js') ? scriptHeaders : {}),
        'Content-Type': contentType,
        'Cache-Control': immutable,
      },
      body,
    });
  }
  return {
    url(name) {
      const path = urls.get(name);
      if (path === undefined) throw new Error(`no asset ${name}`);
      return path;
    },
    serve: (path) => answers.get(path),
  };
}
