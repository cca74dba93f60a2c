// An upstream behind its port, for tests of what we do with what it says: who comes back is told by the test. What an
// adapter proves (signatures, nonces, issuers) has tests of its own.

import {
  UpstreamRefused,
  type ConfiguredUpstream,
  type UpstreamDemand,
  type UpstreamIdentity,
  type UpstreamProfile,
  type UpstreamRefusal,
  type UpstreamTicket,
} from '../../src/ports/upstream.ts';
import { randomToken } from '../../src/lib/random.ts';
import type { Browser } from './browser.ts';

/** Who somebody is at the upstream, as a test tells it. */
export type FakePerson = {
  readonly subject: string;
  readonly profile?: { readonly [K in keyof UpstreamProfile]?: UpstreamProfile[K] | undefined };
  readonly acr?: string;
  /** Seconds since they signed in there; 0 unless given, `undefined` when the upstream does not tell. */
  readonly signedInAgo?: number | undefined;
};

/** An upstream called `name`, and the people who come back from it. */
export function createFakeUpstream(name: string, more: Partial<ConfiguredUpstream> = {}) {
  const answers = new Map<string, UpstreamIdentity | UpstreamRefusal>();
  const demands: UpstreamDemand[] = [];
  const configured = {
    name,
    kind: 'oidc' as const,
    label: name === 'mojeid' ? 'MojeID' : 'Other House',
    issuer: `https://${name}.example/oidc/`,
    enabled: true,
    trustsEmail: false,
    levelsEnough: [],
    levels: {},
    comparesAtSignIn: false,
    ...more,
    upstream: {
      begin(demand: UpstreamDemand) {
        demands.push(demand);
        const ticket: UpstreamTicket = {
          state: randomToken(),
          nonce: randomToken(),
          codeVerifier: randomToken(),
          redirectUri: demand.redirectUri,
          startedAt: Date.now(),
          ...(demand.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: demand.maxAgeSeconds }),
        };
        const params = new URLSearchParams({ redirect_uri: demand.redirectUri, state: ticket.state });
        return Promise.resolve({ url: `https://upstream.example/authorize?${params.toString()}`, ticket });
      },
      complete(params: URLSearchParams, ticket: UpstreamTicket) {
        if (params.get('error') === 'access_denied') return Promise.reject(new UpstreamRefused('cancelled'));
        const code = params.get('code') ?? '';
        const answer = answers.get(code);
        answers.delete(code);
        if (params.get('state') !== ticket.state || answer === undefined)
          return Promise.reject(new UpstreamRefused('invalid'));
        if (typeof answer === 'string') return Promise.reject(new UpstreamRefused(answer));
        const { maxAgeSeconds } = ticket;
        const age =
          answer.authTime === undefined ? Number.POSITIVE_INFINITY : Date.now() / 1000 - answer.authTime;
        if (maxAgeSeconds !== undefined && age > maxAgeSeconds + 60)
          return Promise.reject(new UpstreamRefused('not_fresh'));
        return Promise.resolve(answer);
      },
    },
  };

  const identityOf = ({ subject, profile, acr, ...person }: FakePerson): UpstreamIdentity => {
    const ago = 'signedInAgo' in person ? person.signedInAgo : 0;
    return {
      issuer: configured.issuer,
      subject,
      clientId: 'ours',
      ...(ago === undefined ? {} : { authTime: Math.floor(Date.now() / 1000) - ago }),
      ...(acr === undefined ? {} : { acr }),
      profile: Object.fromEntries(
        Object.entries({
          username: subject,
          emailVerified: false,
          phoneVerified: false,
          ...profile,
        }).filter(([, value]) => value !== undefined),
      ) as UpstreamProfile,
    };
  };

  return {
    configured,
    /** What was demanded of it, one for each departure. */
    demands,

    /** The address at which somebody comes back to us from where this browser was sent. */
    answerFor(browser: Browser, answer: FakePerson | UpstreamRefusal): string {
      const { redirectUri, state } = departureOf(browser);
      const code = randomToken();
      answers.set(code, typeof answer === 'string' ? answer : identityOf(answer));
      return `${redirectUri}?${new URLSearchParams({ code, state }).toString()}`;
    },

    /** The browser comes back as somebody. */
    comeBack(browser: Browser, answer: FakePerson | UpstreamRefusal): Promise<Browser> {
      return browser.open(this.answerFor(browser, answer));
    },
  };
}

export type FakeUpstream = ReturnType<typeof createFakeUpstream>;

/** Where a browser on the page of departure is about to go. */
export function departureOf(browser: Browser): { to: string; redirectUri: string; state: string } {
  const to = /http-equiv="refresh" content="0; url=([^"]+)"/
    .exec(browser.html)?.[1]
    ?.replaceAll('&amp;', '&');
  if (to === undefined)
    throw new Error(`not on the way to an upstream: "${browser.heading}" at ${browser.url}`);
  const params = new URL(to).searchParams;
  return { to, redirectUri: params.get('redirect_uri') ?? '', state: params.get('state') ?? '' };
}
