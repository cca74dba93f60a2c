// What the engine refuses or fails at: logged with the request id, and answered without its own words or details.

import type Engine from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { toAppError } from '../http/errors.ts';
import { factsOf, routeOf, setRoute } from '../http/request-facts.ts';
import type { Log } from '../lib/log.ts';

const refusals = [
  'authorization.error',
  'code_verification.error',
  'device_authorization.error',
  'device_resume.error',
  'end_session.error',
  'end_session_confirm.error',
  'end_session_success.error',
  'grant.error',
  'introspection.error',
  'pushed_authorization_request.error',
  'registration_create.error',
  'registration_delete.error',
  'registration_read.error',
  'registration_update.error',
  'revocation.error',
  'userinfo.error',
] as const;

type OAuthError = Error & { error?: string; error_description?: string; error_detail?: string };

/** Writes a line for every error of the engine, and gives faults our own answer. */
export function watchErrors(provider: Engine, log: Log): void {
  const on = provider.on.bind(provider) as (
    event: string,
    listener: (ctx: KoaContextWithOIDC, error: OAuthError) => void,
  ) => void;

  const factsIn = (ctx: KoaContextWithOIDC) => {
    setRoute(ctx.req, ctx.oidc.route);
    const client = ctx.oidc.client?.clientId;
    return { request: factsOf(ctx.req).id, route: routeOf(ctx.req), ...(client ? { client } : {}) };
  };

  for (const event of refusals) {
    on(event, (ctx, error) => {
      log.info(
        { ...factsIn(ctx), code: error.error ?? error.message, detail: reasonsOf(error) },
        'request refused',
      );
    });
  }
  on('server_error', (ctx, error) => {
    const known = toAppError(error);
    log.error({ ...factsIn(ctx), code: known.code, error }, 'request failed');
    if ((ctx.body as { error?: string } | undefined)?.error !== 'server_error') return;
    ctx.status = known.status;
    if (known.retryAfterSeconds !== undefined) ctx.set('Retry-After', String(known.retryAfterSeconds));
    ctx.body = {
      error: 'server_error',
      error_description: 'the request failed on our side',
      request_id: factsOf(ctx.req).id,
    };
  });
}

/** What is behind an error, down to its cause: a key set that could not be fetched says why. */
function reasonsOf(error: OAuthError): string {
  const reasons: string[] = [];
  for (let one: unknown = error; one instanceof Error && reasons.length < 5; one = one.cause) {
    const { error_detail: detail, error_description: description } = one as OAuthError;
    // A parser's message quotes what it was given.
    reasons.push(one instanceof SyntaxError ? one.name : (detail ?? description ?? one.message));
  }
  return [...new Set(reasons)].join(': ');
}
