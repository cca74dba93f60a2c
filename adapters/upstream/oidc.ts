// Any OpenID Connect provider as an upstream, by configuration alone.

import type { Clock } from '../../src/ports/clock.ts';
import type { Fetcher } from '../../src/ports/fetcher.ts';
import type { Log } from '../../src/lib/log.ts';
import { type Upstream, UpstreamRefused } from '../../src/ports/upstream.ts';

export type OidcUpstreamOptions = {
  /** What the log calls it. */
  readonly name: string;
  /** Compared character by character; a final slash belongs to it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Exactly as it is registered there. */
  readonly authMethod: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt';
  /** The one algorithm of its ID tokens. */
  readonly signingAlg: string;
  readonly subjectType?: string | undefined;
  readonly scopes: readonly string[];
  readonly requiredClaims: readonly string[];
  readonly optionalClaims: readonly string[];
  /** Whether the `claims` parameter is sent (OpenID Connect Core §5.5); by its metadata unless given. */
  readonly claimsParameter?: boolean | undefined;
  /** Hosts besides the issuer's that its endpoints may be at. */
  readonly hosts: readonly string[];
  /** Takes requests to this upstream only. */
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly log: Log;
};

/** The upstream over OpenID Connect. */
export function createOidcUpstream(options: OidcUpstreamOptions): Upstream {
  const unavailable = () =>
    Promise.reject(new UpstreamRefused('unavailable', `${options.name} is not connected yet`));
  return { begin: unavailable, complete: unavailable };
}
