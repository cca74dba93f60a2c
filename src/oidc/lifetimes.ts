// How long what the engine gives out lives, in seconds.

import type { Configuration } from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import type { Config } from '../config/options.ts';
import type { RegistrationPolicies } from '../domain/client-registration/policies.ts';
import { DEVICE_CODE_SECONDS } from '../domain/sign-ins/device-codes.ts';
import { grantLife } from './grants.ts';
import { createLifeBound } from './registration.ts';
import { markOfGrant, markOfSession, type SupportMark } from './support-mark.ts';
import { UNTOLD_SECONDS } from './support-sessions.ts';

/** A JWT cannot be taken back before its end: of support it lives no longer than this, in seconds. */
const MARKED_JWT_LIFE = 300;

/** The lives of the configuration; those of clients that registered themselves end no later than their policy says. */
export function createLifetimes(
  config: Config,
  clock: Clock,
  policies: RegistrationPolicies,
): Configuration['ttl'] {
  const now = (): number => Math.floor(clock.now().getTime() / 1000);
  const left = (mark: SupportMark): number => Math.max(1, mark.until - now());
  /** Of support nothing lives longer than its use. */
  const bounded = (life: number, grantId: string | undefined): number => {
    const mark = markOfGrant(grantId);
    return mark ? Math.min(life, left(mark)) : life;
  };
  const allow = createLifeBound(policies);
  return {
    AccessToken(_ctx, token, client) {
      const { grantId, resourceServer } = token;
      const life = allow(resourceServer?.accessTokenTTL ?? config.accessTokenLife, client, 'accessTokenLife');
      const isJwt = markOfGrant(grantId) !== undefined && resourceServer?.accessTokenFormat === 'jwt';
      return bounded(isJwt ? Math.min(life, MARKED_JWT_LIFE) : life, grantId);
    },
    ClientCredentials: (_ctx, token, client) =>
      allow(token.resourceServer?.accessTokenTTL ?? config.clientTokenLife, client, 'accessTokenLife'),
    AuthorizationCode: 60,
    DeviceCode: DEVICE_CODE_SECONDS,
    IdToken: ({ oidc }) => bounded(config.accessTokenLife, oidc.entities.Grant?.jti),
    Interaction: config.interactionLife,
    // Ends when unused, and in any case some time after the sign-in (NIST SP 800-63B-4 §2.1.3).
    Session: (_ctx, session) => {
      // Nobody is signed in: it only carries the question whether to sign out.
      if (session.accountId === undefined) return config.interactionLife;
      const mark = markOfSession(session);
      if (mark) return left(mark) + UNTOLD_SECONDS;
      const age = session.loginTs === undefined ? 0 : now() - session.loginTs;
      return Math.max(1, Math.min(config.sessionLife, config.sessionMax - age));
    },
    Grant: grantLife(config.refreshTokenMax),
    RefreshToken(_ctx, token, client) {
      const life = Math.min(config.refreshTokenLife, config.refreshTokenMax - token.totalLifetime());
      return bounded(Math.max(1, allow(life, client, 'refreshTokenLife')), token.grantId);
    },
  };
}
