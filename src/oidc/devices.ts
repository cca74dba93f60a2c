// What is remembered of the device that a session lives in: for the person's list of sessions, and for the policy.

import Engine, { type KoaContextWithOIDC } from 'oidc-provider';
import type { Device } from '../domain/sign-ins/sessions.ts';
import type { Cookies } from '../http/cookies.ts';
import { factsOf } from '../http/request-facts.ts';
import { digest } from '../lib/digest.ts';
import { boundedAgent } from '../lib/user-agent.ts';
import type { Clock } from '../ports/clock.ts';
import { markOfSession } from './support-mark.ts';

type SessionClass = { IN_PAYLOAD: string[]; prototype: { save: (ttl: number) => Promise<string> } };
type SignInFacts = Pick<Device, 'listedBy' | 'provedAt' | 'isTimeUntold'>;
type SavedSession = { accountId?: string; loginTs?: number; device?: Device };

/** The device of a session that the engine has loaded. */
export const deviceOf = (session: object | undefined): Device | undefined =>
  session && 'device' in session ? (session.device as Device | undefined) : undefined;

/** Makes the engine keep a device with every session of a signed-in person, brought up to date when it is used. */
export function rememberDevices(provider: Engine, parts: { cookies: Cookies; clock: Clock }): void {
  const Session = provider.Session as unknown as SessionClass;
  const fields = [...Session.IN_PAYLOAD, 'device'];
  Object.defineProperty(Session, 'IN_PAYLOAD', { get: () => fields });
  const { save } = Session.prototype;
  Session.prototype.save = function saveWithDevice(this: SavedSession, ttl) {
    const { ctx } = Engine;
    // Where staff sits, and with what, is nothing that a person sees among their devices.
    if (this.accountId !== undefined && ctx && !markOfSession(this))
      this.device = currentDevice(ctx, this, parts);
    return save.call(this, ttl);
  };
}

function currentDevice(
  ctx: KoaContextWithOIDC,
  session: SavedSession,
  { cookies, clock }: { cookies: Cookies; clock: Clock },
): Device {
  const { listedBy, provedAt, isTimeUntold } = signInOf(ctx, session);
  const browserId = cookies.knownBrowserId(ctx.req);
  const { address } = factsOf(ctx.req);
  return {
    ...(browserId === undefined ? {} : { browser: digest(browserId) }),
    ...(address === undefined ? {} : { address }),
    userAgent: boundedAgent(ctx.req.headers['user-agent'] ?? ''),
    usedAt: clock.now().toISOString(),
    ...(listedBy === undefined ? {} : { listedBy }),
    ...(provedAt === undefined ? {} : { provedAt }),
    ...(isTimeUntold ? { isTimeUntold } : {}),
  };
}

/** What is known of the sign-in behind a session: of one that this request has brought to its end, else of the last. */
export function signInOf(ctx: KoaContextWithOIDC, session: object | undefined): SignInFacts {
  const login = ctx.oidc?.result?.login as SignInFacts | undefined;
  return login ?? deviceOf(session) ?? {};
}
