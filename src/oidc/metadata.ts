// Discovery and JWKS as prepared answers: the engine makes each once per set of keys, then it is only sent.

import type { KoaContextWithOIDC } from 'oidc-provider';
import { digest } from '../lib/digest.ts';
import { makeReady, type PreparedAnswer, type ReadyAnswer } from '../http/static.ts';

const CACHE_SECONDS = 300;
const routes: ReadonlySet<string> = new Set(['discovery', 'jwks']);

/** Public documents (OpenID Connect Discovery §4, RFC 8414 §3, RFC 7517 §5) of one engine, by path. */
export function createMetadata(https: boolean) {
  const answers = new Map<string, PreparedAnswer>();
  const ready = new Map<string, ReadyAnswer>();
  return {
    find: (path: string): PreparedAnswer | undefined => answers.get(path),
    /** The same for a GET of the path without a query. */
    ready: (target: string): ReadyAnswer | undefined => ready.get(target),

    /** Keeps what the engine has just answered, and gives this first answer the same headers as all later ones. */
    keep(ctx: KoaContextWithOIDC): void {
      if (ctx.method !== 'GET' || ctx.status !== 200 || !routes.has(ctx.oidc.route)) return;
      const body = Buffer.from(JSON.stringify(ctx.body));
      const headers = {
        'Content-Type':
          ctx.oidc.route === 'jwks' ? 'application/jwk-set+json' : 'application/json; charset=utf-8',
        'Cache-Control': `public, max-age=${CACHE_SECONDS}`,
        'Access-Control-Allow-Origin': '*',
        ETag: `"${digest(body.toString()).slice(0, 22)}"`,
      };
      ctx.set(headers);
      ctx.remove('Vary');
      const answer = { status: 200, headers, body };
      answers.set(ctx.path, answer);
      ready.set(ctx.path, makeReady(ctx.path, answer, https));
    },
  };
}

export type Metadata = ReturnType<typeof createMetadata>;
