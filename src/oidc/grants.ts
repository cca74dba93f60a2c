// Which grant a request finds: first-party clients are granted what they ask for, others what the person allowed
// before. Each session has a grant of its own, so that signing out in one browser ends nothing in another.

import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import type { Consented, Consents } from '../domain/clients/consents.ts';
import type { ChosenCustomer } from '../domain/customers/chosen-customer.ts';
import type { Endings } from '../domain/sign-ins/endings.ts';
import { bindToCustomer, createCustomerFinder, customerOf } from './acting.ts';
import type { ClientCache } from './client-cache.ts';
import { isDeviceRoute } from './device-flow.ts';
import { markedGrantId, markOfGrant, markOfSession, type SupportMark } from './support-mark.ts';

type Grant = NonNullable<KoaContextWithOIDC['oidc']['grant']>;

const DAY_SECONDS = 86_400;

/** How long a grant is kept: longer than the last refresh token that could hang on it, and prolonged once a day. */
export const grantLife = (refreshTokenMax: number): number => refreshTokenMax + DAY_SECONDS;

/** The engine's `loadExistingGrant`. */
export function createGrantLoader(parts: {
  consents: Consents;
  clients: ClientCache;
  clock: Clock;
  chosenCustomer: ChosenCustomer;
  endGrant: Endings['endGrant'];
  refreshTokenMax: number;
}) {
  const { consents, clients, clock, endGrant, refreshTokenMax } = parts;
  const findCustomer = createCustomerFinder(parts.chosenCustomer);

  /** A session may outlive the grant it began with: what is issued from now on must not end before its time. */
  function prolong(grant: Grant): boolean {
    const now = Math.floor(clock.now().getTime() / 1000);
    if (grant.exp === undefined || grant.exp >= now + refreshTokenMax) return false;
    grant.exp = now + grantLife(refreshTokenMax);
    return true;
  }

  return async function loadGrant(ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
    const { oidc } = ctx;
    const clientId = oidc.client!.clientId;
    const accountId = oidc.account!.accountId;
    const firstParty = (await clients.record(clientId))?.metadata.first_party === true;
    const mark = markOfSession(oidc.session);
    // What the person has with others is no affair of the house.
    if (mark && !firstParty) throw new errors.AccessDenied('support has no access to this application');
    const allowed = firstParty ? requestedBy(ctx) : await consents.find(accountId, clientId);
    // Without a consent there is no grant, whatever the session had before it was withdrawn.
    if (!allowed) return undefined;

    const grantId = oidc.result?.consent?.grantId ?? begunGrant(oidc) ?? oidc.session!.grantIdFor(clientId);
    const found = grantId === undefined ? undefined : await oidc.provider.Grant.find(grantId);
    const isOwn = found?.accountId === accountId && markOfGrant(found.jti)?.use === mark?.use;
    const own = isOwn ? found : undefined;
    const customerId = (await findCustomer(ctx, requestedBy(ctx)))?.customer.id;
    const bound = customerOf(own);
    const isForAnother = bound !== undefined && customerId !== undefined && bound !== customerId;
    if (own && isForAnother) await endGrant(own.jti);
    const existing = isForAnother ? undefined : own;
    const grant = existing ?? new oidc.provider.Grant(newGrant(accountId, clientId, mark));
    const before = JSON.stringify([grant.openid, grant.resources, bound]);
    if (customerId !== undefined) bindToCustomer(grant, customerId);
    if (allowed.scopes.length > 0) grant.addOIDCScope(allowed.scopes.join(' '));
    if (allowed.claims.length > 0) grant.addOIDCClaims([...allowed.claims]);
    for (const [indicator, scopes] of Object.entries(allowed.resources)) {
      if (scopes.length > 0) grant.addResourceScope(indicator, scopes.join(' '));
    }
    const prolonged = prolong(grant);
    const grown = JSON.stringify([grant.openid, grant.resources, customerOf(grant)]) !== before;
    if (!existing || prolonged || grown) await grant.save();
    return grant;
  };
}

/** Of a device, which has a grant of its own: the one that an earlier leg of its sign-in has begun. */
const begunGrant = ({ route, entities }: KoaContextWithOIDC['oidc']): string | undefined =>
  isDeviceRoute(route) ? (entities.Interaction as { grantId?: string } | undefined)?.grantId : undefined;

/** The type knows nothing of an id that is given. */
const newGrant = (accountId: string, clientId: string, mark: SupportMark | undefined) => ({
  accountId,
  clientId,
  ...(mark ? { jti: markedGrantId(mark) } : {}),
});

/** Everything that a request asks for. */
export function requestedBy({ oidc }: KoaContextWithOIDC): Consented {
  const scopes = [...oidc.requestParamScopes];
  return {
    scopes: [...oidc.requestParamOIDCScopes],
    claims: [...oidc.requestParamClaims],
    resources: Object.fromEntries(
      Object.entries(oidc.resourceServers ?? {}).map(([indicator, server]) => [
        indicator,
        scopes.filter((scope) => server.scopes.has(scope)),
      ]),
    ),
  };
}
