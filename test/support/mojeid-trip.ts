// Somebody's way to the simulated MojeID and back, through the adapter and over real HTTP.

import { createFetcher } from '../../adapters/fetch/guarded.ts';
import { createMojeid } from '../../adapters/upstream/mojeid.ts';
import type { OidcUpstreamOptions } from '../../adapters/upstream/oidc.ts';
import type { Simulator } from '../../src/demo/mojeid/start.ts';
import { createRangeSet } from '../../src/lib/address.ts';
import type { Facts, Log } from '../../src/lib/log.ts';
import type { Upstream, UpstreamDemand, UpstreamIdentity, UpstreamTicket } from '../../src/ports/upstream.ts';
import type { Browser } from './browser.ts';
import { answerAtMojeid, type AtMojeid, browserAt, service } from './mojeid.ts';

export const [redirectUri = ''] = service.redirectUris;
const loopback = createRangeSet(['127.0.0.0/8']);

export type Trip = Partial<UpstreamDemand> & {
  readonly person?: string;
  readonly at?: AtMojeid;
  readonly upstream?: Upstream;
  readonly browser?: Browser;
  /** What becomes of the answer on its way. */
  readonly change?: ((params: URLSearchParams, ticket: UpstreamTicket) => UpstreamTicket | void) | undefined;
};

/** An adapter for a simulator whose clock can be put forward, and what it has logged. */
export function createTraveller(simulator: Simulator) {
  const logs: unknown[] = [];
  const keep = (facts: Facts, message: string) => void logs.push({ ...facts, message });
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, writes: () => true, flush: () => {} };
  let skew = 0;

  const mojeid = (options: Partial<OidcUpstreamOptions> = {}, timeoutMs = 10_000): Upstream =>
    createMojeid({
      name: 'mojeid',
      issuer: simulator.issuer,
      clientId: service.id,
      clientSecret: service.secret,
      authMethod: 'client_secret_basic',
      signingAlg: 'RS256',
      scopes: ['openid', 'email', 'phone', 'address'],
      requiredClaims: [],
      optionalClaims:
        'given_name family_name mojeid_username mojeid_organization mojeid_ident_vat mojeid_vat mojeid_address_def mojeid_address_bill'.split(
          ' ',
        ),
      claimsParameter: true,
      hosts: [],
      fetcher: createFetcher({ allowRanges: loopback, timeoutMs }),
      clock: { now: () => new Date(Date.now() + skew), sleep: () => Promise.resolve() },
      log,
      ...options,
    });

  return {
    logs,
    mojeid,
    /** Puts the adapter's clock so many milliseconds before the others. */
    putForward: (milliseconds: number): void => void (skew = milliseconds),

    /** There and back: the identity, or the refusal. */
    async travel({
      person = 'a',
      at,
      upstream = mojeid(),
      browser,
      change,
      ...demand
    }: Trip = {}): Promise<UpstreamIdentity> {
      const { url, ticket } = await upstream.begin({ redirectUri, uiLocale: 'cs', ...demand });
      const { searchParams } = await answerAtMojeid(browser ?? browserAt(simulator), url, person, at);
      return upstream.complete(searchParams, change?.(searchParams, ticket) ?? ticket);
    },
  };
}

export type Traveller = ReturnType<typeof createTraveller>;

/** Why it was refused, or that it was not. */
export const reasonOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'signed in',
    (error: { reason?: string; name: string }) => error.reason ?? error.name,
  );
