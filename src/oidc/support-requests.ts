// Requests of a browser in which an operator is in somebody's account as support. Beside the operator's own session it
// carries a second one under a name of its own, and only what leads to relying parties, and signing out of them, goes by
// that: the console, signing in and all that belongs to it stay the operator's own.

import Engine, { errors, type KoaContextWithOIDC, type interactionPolicy } from 'oidc-provider';
import { consolePlace } from '../domain/clients/own-client.ts';
import type { Cookies } from '../http/cookies.ts';
import { readTarget } from '../http/target.ts';
import type { SupportAccess } from '../domain/support-access/support-access.ts';
import type { SupportSessions } from './support-sessions.ts';
import { markOfGrant, markOfSession } from './support-mark.ts';

/** In the address that the question whether to sign out is answered at. */
const MARK = 'support';

type Ended = { readonly accountId?: string | undefined; readonly destroyed?: boolean };

const standing = Symbol('support');
type Marked = { [standing]?: 'stands' | 'over' };

/** What names a relying party in a request to sign out; one that names none is of our own pages. */
const partyNames = ['client_id', 'id_token_hint', 'post_logout_redirect_uri', 'logout_hint'];

/** The path as the engine takes it: with a slash at its end or without. */
const pathOf = (target: string): string => readTarget(target).path.replace(/(?<=.)\/$/, '');

function goesBySupport(target: string, { authorization, logout }: { authorization: string; logout: string }) {
  const { query } = readTarget(target);
  const path = pathOf(target);
  const params = new URLSearchParams(query);
  const isForConsole = params.get('client_id') === consolePlace.clientId;
  if (path === authorization) return !isForConsole;
  if (path === logout) return !isForConsole && partyNames.some((name) => params.has(name));
  return path === `${logout}/confirm` && params.has(MARK);
}

/** Whether the request under way goes by the session of support, which may be over. */
const isSupport = (ctx: object): boolean => (ctx as Marked)[standing] !== undefined;

/** The cookie of the session for the request under way. */
export function sessionCookieName(own: string, cookies: Cookies): string {
  const state = (Engine.ctx as Marked | undefined)?.[standing];
  if (state === undefined) return own;
  // One that is over is as good as none, and none is begun in its place.
  return state === 'stands' ? cookies.supportName : `${cookies.supportName}_over`;
}

/** Where the question whether to sign out is answered, in the session that was asked. */
export const logoutAction = (ctx: KoaContextWithOIDC): string =>
  new URL(ctx.oidc.urlFor('end_session_confirm')).pathname + (isSupport(ctx) ? `?${MARK}` : '');

/** Runs around the engine: tells which session a request goes by, and adds who acts to what is said of a refresh token. */
export function createSupportRequests(parts: {
  cookies: Cookies;
  sessions: Pick<SupportSessions, 'find' | 'actorOf'>;
  access: Pick<SupportAccess, 'leave' | 'leaveAll'>;
  endpoints: { authorization: string; end_session: string };
}) {
  const { cookies, sessions, access, endpoints } = parts;
  const paths = { authorization: endpoints.authorization, logout: endpoints.end_session };

  /** With a session of support its use ends; with an operator's own whatever they are in. */
  async function endWith(session: Ended | undefined): Promise<void> {
    if (session?.accountId === undefined || session.destroyed !== true) return;
    const mark = markOfSession(session);
    if (mark) await access.leave(mark.use);
    else await access.leaveAll(session.accountId);
  }

  return async function goBySupport(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
    const isMeant = cookies.supportSession(ctx.req) !== undefined && goesBySupport(ctx.req.url ?? '', paths);
    if (isMeant) {
      const found = await sessions.find(ctx.req);
      if (typeof found === 'object') (ctx as Marked)[standing] = 'stands';
      else {
        cookies.clearSupportSession(ctx.res);
        if (pathOf(ctx.req.url ?? '') === paths.authorization) (ctx as Marked)[standing] = 'over';
      }
    }
    await next();
    if (ctx.oidc?.route === 'end_session_confirm') await endWith(ctx.oidc.session);
    const { RefreshToken } = ctx.oidc?.entities ?? {};
    if (ctx.oidc?.route !== 'introspection' || RefreshToken === undefined) return;
    const mark = markOfGrant(RefreshToken.grantId);
    if (!mark || (ctx.body as { active?: boolean }).active !== true) return;
    const act = await sessions.actorOf(mark);
    ctx.body = act ? { ...(ctx.body as object), act } : { active: false };
  };
}

type SessionClass = {
  new (): object;
  get: (ctx: KoaContextWithOIDC) => Promise<object>;
};

/** Keeps sessions of support to their own cookie: under the name of a person's they are none. */
export function keepSupportApart(provider: Engine): void {
  const Session = provider.Session as unknown as SessionClass;
  const get = Session.get.bind(Session);
  Session.get = async (ctx) => {
    const found = await get(ctx);
    if (!markOfSession(found) || isSupport(ctx)) return found;
    const none = new Session();
    const context = ctx.oidc as { entity?: (name: string, value: object) => void } | undefined;
    context?.entity?.('Session', none);
    return none;
  };
}

/**
 * Nothing is asked of support: it has none of the person's proofs, and allows nothing in their name. Where a person would
 * be asked, the relying party gets the error that `prompt=none` would have given it.
 */
export function askNothingOfSupport(policy: interactionPolicy.DefaultPolicy): void {
  for (const { checks } of policy) {
    for (const one of checks) {
      const { check } = one;
      one.check = async (ctx) => {
        const isDue = await check(ctx);
        if (isDue && (isSupport(ctx) || markOfSession(ctx.oidc.session)))
          throw new errors.CustomOIDCProviderError(
            one.error ?? 'interaction_required',
            'asked of the person, not of support',
          );
        return isDue;
      };
    }
  }
}
