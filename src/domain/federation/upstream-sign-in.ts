// Signing in with a linked identity (S74): what the upstream has said becomes a proof of the account that it is linked
// to, and says no more than was really proved.

import type { Clock } from '../../ports/clock.ts';
import type { ConfiguredUpstream, UpstreamIdentity } from '../../ports/upstream.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { standsFor } from '../accounts/standing.ts';
import type { AddressLists } from '../sign-ins/address-lists.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { ProofDetails } from '../sign-ins/sign-ins.ts';
import type { Links, StoredLink } from './links.ts';
import { ourLevels } from './upstreams.ts';
import { shownIdentity } from './waiting-identities.ts';

/** What a sign-in with an upstream is called in `amr`: RFC 8176 has no name for a federated one. */
export const UPSTREAM_METHOD = 'fed';

export type UpstreamProof =
  | {
      readonly kind: 'proved';
      readonly accountId: string;
      readonly credentialVersion: number;
      readonly details: ProofDetails;
    }
  | {
      readonly kind: 'refused';
      readonly accountId: string;
      /** `stale_sign_in`: the person has signed everything out since they signed in there, or it was too long ago. */
      readonly problem: 'account_disabled' | 'stale_sign_in';
    };

/** The levels of ours that a sign-in there proves, for a proof. */
export function levelsProved(
  upstream: Pick<ConfiguredUpstream, 'levels'>,
  acr: string | undefined,
): Pick<ProofDetails, 'levels'> {
  const levels = ourLevels(upstream, acr);
  return levels.length === 0 ? {} : { levels };
}

/** Proofs by linked identities. */
export function createUpstreamSignIn(parts: {
  accounts: Accounts;
  links: Pick<Links, 'noteSignIn'>;
  addressLists: Pick<AddressLists, 'match'>;
  browsers: Pick<Browsers, 'remember'>;
  clock: Clock;
  /** How long ago a sign-in may be that a session of ours begins with, in seconds. */
  longestSeconds: number;
}) {
  const { accounts, links, addressLists, browsers, clock, longestSeconds } = parts;
  return {
    /** Whose proof it is; `address` is that of the request which brought the answer. */
    async prove(
      { id, doc }: StoredLink,
      upstream: Pick<ConfiguredUpstream, 'label' | 'levels' | 'levelsEnough'>,
      identity: UpstreamIdentity,
      { address, browserId }: { address: string | undefined; browserId: string },
    ): Promise<UpstreamProof> {
      const { accountId } = doc;
      const { authTime, acr } = identity;
      const account = await accounts.get(accountId);
      if (account?.doc.status !== 'active')
        return { kind: 'refused', accountId, problem: 'account_disabled' };
      const oldest = clock.now().getTime() / 1000 - longestSeconds;
      if (authTime !== undefined && (authTime < oldest || !standsFor(account.doc, authTime)))
        return { kind: 'refused', accountId, problem: 'stale_sign_in' };
      // After the account was read: whoever unlinks it from here on makes the proof void by the account's version.
      const isLinked = await links.noteSignIn(id, {
        accountId,
        acr,
        username: identity.profile.username,
        called: shownIdentity(identity),
      });
      if (!isLinked) return { kind: 'refused', accountId, problem: 'stale_sign_in' };
      await browsers.remember(accountId, browserId);
      const listedBy = await addressLists.match(accountId, address);
      const details: ProofDetails = {
        upstream: upstream.label,
        link: id,
        ...(authTime === undefined ? {} : { authTime }),
        ...(acr !== undefined && upstream.levelsEnough.includes(acr) ? { multiFactor: true } : {}),
        ...levelsProved(upstream, acr),
        ...(listedBy === undefined ? {} : { listedBy }),
      };
      return { kind: 'proved', accountId, credentialVersion: account.doc.credentialVersion, details };
    },
  };
}

export type UpstreamSignIn = ReturnType<typeof createUpstreamSignIn>;
