// The engine's pages, made ours: errors, signing out, and the page that posts a response on to a client.

import type { IncomingMessage } from 'node:http';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { takeBackAnswer, toAppError } from '../http/errors.ts';
import type { Page, Pages } from '../http/pages.ts';
import type { ClientCache } from './client-cache.ts';
import { faceOf } from './client-face.ts';
import { logoutAction } from './support-requests.ts';

type ErrorOut = { readonly error: string; readonly error_description?: string | undefined };

/** Pages for the engine to call. */
export function createEnginePages(parts: {
  pages: Pages;
  clients: ClientCache;
  /** Where the person may still be signed in, as the page of the end says. */
  wayOut: (req: IncomingMessage) => object | undefined;
}) {
  const { pages, clients, wayOut } = parts;

  function show(ctx: KoaContextWithOIDC, page: Page): void {
    const { status, headers, body } = pages.make(ctx.req, page);
    ctx.status = status;
    ctx.set({ ...headers });
    ctx.body = body;
  }

  async function clientOf(ctx: KoaContextWithOIDC) {
    const id = ctx.oidc.client?.clientId;
    const record = id === undefined ? undefined : await clients.record(id);
    return record && faceOf(record.metadata);
  }

  const uiLocales = (ctx: KoaContextWithOIDC): string | undefined => {
    const wanted = ctx.oidc.params?.['ui_locales'];
    return typeof wanted === 'string' ? wanted : undefined;
  };

  /** A page with one form that goes on by itself, or by its button where scripts are off. */
  async function showContinue(
    ctx: KoaContextWithOIDC,
    action: string,
    fields: Record<string, unknown>,
    status: number,
  ) {
    const client = await clientOf(ctx);
    const props = {
      action,
      fields: Object.entries(fields).map(([name, value]) => ({ name, value: String(value) })),
      submitNow: true,
    };
    const addresses = [...(client?.addresses ?? []), action];
    const face = client ? { ...client, addresses } : undefined;
    show(ctx, {
      template: 'pages/continue.njk',
      status,
      props,
      client: face,
      uiLocales: uiLocales(ctx),
      secretUrl: true,
    });
  }

  /** A way back into the request that leads nowhere any more: the sign-in's own page says why, and goes on. */
  async function leadBack(ctx: KoaContextWithOIDC): Promise<void> {
    // What is left of it would only lead here again.
    await ctx.oidc.entities.Interaction?.destroy();
    const { uid = '' } = (ctx as unknown as { params: { uid?: string } }).params;
    ctx.status = 303;
    ctx.set('Cache-Control', 'no-store');
    ctx.set('Location', `/interaction/${encodeURIComponent(uid)}`);
    ctx.body = '';
  }

  const isResume = ({ oidc }: KoaContextWithOIDC): boolean =>
    oidc.route === 'resume' || oidc.route === 'device_resume';

  return {
    show,
    clientOf,
    uiLocales,

    /** An error that cannot be told to the client by a redirect. */
    async renderError(ctx: KoaContextWithOIDC, out: ErrorOut, error: Error): Promise<void> {
      if (error instanceof errors.SessionNotFound && isResume(ctx)) return leadBack(ctx);
      takeBackAnswer(ctx.res);
      const known = toAppError(error);
      const ours = known.code !== 'internal';
      const status = ours ? known.status : ctx.status;
      const props = ours
        ? { code: known.code, status }
        : { code: 'oauth', status, oauthError: out.error, description: out.error_description };
      show(ctx, {
        template: 'pages/error.njk',
        status,
        props,
        client: await clientOf(ctx).catch(() => undefined),
        uiLocales: uiLocales(ctx),
        retryAfterSeconds: known.retryAfterSeconds,
      });
    },

    /** RP-Initiated Logout: asks before it ends anything. */
    async logoutSource(ctx: KoaContextWithOIDC): Promise<void> {
      const action = logoutAction(ctx);
      const xsrf = (ctx.oidc.session!.state as { secret: string }).secret;
      const props = { action, xsrf };
      show(ctx, {
        template: 'pages/sign-out.njk',
        props,
        client: await clientOf(ctx),
        uiLocales: uiLocales(ctx),
        secretUrl: true,
      });
    },

    /** The end of signing out, or of having chosen to stay signed in: it says which. */
    async signedOutSource(ctx: KoaContextWithOIDC): Promise<void> {
      const { accountId } = await ctx.oidc.provider.Session.get(ctx);
      show(ctx, {
        template: accountId === undefined ? 'pages/signed-out.njk' : 'pages/still-signed-in.njk',
        props: { wayOut: wayOut(ctx.req) },
        client: await clientOf(ctx),
        uiLocales: uiLocales(ctx),
      });
    },

    showContinue,

    /** OAuth 2.0 Form Post Response Mode. */
    formPost: (
      ctx: KoaContextWithOIDC,
      redirectUri: string,
      payload: Record<string, unknown>,
    ): Promise<void> => showContinue(ctx, redirectUri, payload, 'error' in payload ? 400 : 200),
  };
}

export type EnginePages = ReturnType<typeof createEnginePages>;
