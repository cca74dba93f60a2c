// Linking and unlinking (S76, S78, S79): who asks has proved both sides, everything else that is open ends, and the
// person is told.

import type { Log } from '../../lib/log.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { ChangedFrom, CredentialNotices } from '../messages/credential-notices.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { EndOlder } from '../sign-ins/end-older.ts';
import type { LinkedIdentity, Links, StoredLink } from './links.ts';
import type { Upstreams } from './upstreams.ts';
import type { WaysIn } from './ways-in.ts';

/** How often an account may be linked to something. */
export const linkingQuota = { limit: 10, windowSeconds: 3600 } as const;

export type LinkingProblem =
  /** The identity belongs to another account, of which nothing is told. */
  | 'taken'
  /** The account has another identity of this upstream. */
  | 'occupied'
  /** Nobody has proved yet that the account's mailbox is theirs: it may have been made for somebody else to link to. */
  | 'email_unverified'
  | 'off'
  /** A credential of the account has changed since it was proved. */
  | 'changed'
  | 'too_often';

export type LinkingOutcome =
  | { readonly kind: 'linked'; readonly account: StoredAccount }
  | { readonly kind: 'refused'; readonly problem: LinkingProblem };

export type UnlinkingOutcome = 'unlinked' | 'gone' | 'last_way_in';

/** Linking over the links. */
export function createLinking(parts: {
  links: Links;
  upstreams: Upstreams;
  waysIn: WaysIn;
  accounts: Accounts;
  endOlder: EndOlder;
  notices: CredentialNotices;
  quotas: Quotas;
  log: Log;
}) {
  const { links, upstreams, waysIn, accounts, endOlder, notices, quotas, log } = parts;

  /** Voids what was begun before; `undefined` when a credential has changed since the account was read. */
  async function renew(account: StoredAccount): Promise<StoredAccount | undefined> {
    let isMine = false;
    const changed = await accounts.change(account.id, (doc) => {
      isMine = doc.credentialVersion === account.doc.credentialVersion && doc.status === 'active';
      return isMine ? { credentialVersion: doc.credentialVersion + 1 } : {};
    });
    return isMine ? changed : undefined;
  }

  const refused = (problem: LinkingProblem): LinkingOutcome => ({ kind: 'refused', problem });

  return {
    /** What stands in the way before anything is asked. */
    obstacle: ({ doc }: StoredAccount): 'email_unverified' | undefined =>
      doc.emailVerified ? undefined : 'email_unverified',

    /**
     * Links the identity to the account: both were proved just now, in this browser, and the person has seen both
     * named. `keptSession` is the session that it is done in; a sign-in under way has none.
     */
    async link(
      account: StoredAccount,
      identity: LinkedIdentity,
      from: ChangedFrom,
      keptSession: string | undefined,
    ): Promise<LinkingOutcome> {
      if (!upstreams.find(identity.upstream)) return refused('off');
      if (!account.doc.emailVerified) return refused('email_unverified');
      if ((await quotas.spend([{ id: `linking:${account.id}`, ...linkingQuota }])) > 0)
        return refused('too_often');
      const detail = upstreams.labelOf(identity.upstream);
      return notices.keep<LinkingOutcome>(
        account,
        'identity_linked',
        from,
        async (tell) => {
          const added = await links.add(account.id, identity);
          if (added === 'already') return { kind: 'linked', account };
          if (added !== 'linked') return refused(added);
          const changed = await renew(account);
          if (!changed) {
            await links.take(account.id, identity.issuer);
            return refused('changed');
          }
          await endOlder(account.id, keptSession);
          log.info({ account: account.id, upstream: identity.upstream }, 'identity linked');
          await tell(changed);
          return { kind: 'linked', account: changed };
        },
        { detail, endsOlder: { keptSession } },
      );
    },

    /** Takes the account's link away, unless nothing would be left to sign in with. */
    async unlink(
      account: StoredAccount,
      { doc }: StoredLink,
      from: ChangedFrom,
      keptSession: string,
    ): Promise<UnlinkingOutcome> {
      const upstream = upstreams.nameOf(doc);
      const detail = upstreams.labelOf(upstream);
      return notices.keep<UnlinkingOutcome>(
        account,
        'identity_unlinked',
        from,
        async (tell) => {
          const taken = await links.take(account.id, doc.issuer);
          if (!taken) return 'gone';
          if (!(await waysIn.hasAny(account.id))) {
            await links.restore(taken);
            return 'last_way_in';
          }
          const changed = await accounts.change(account.id, (doc) => ({
            credentialVersion: doc.credentialVersion + 1,
          }));
          await endOlder(account.id, keptSession);
          log.info({ account: account.id, upstream }, 'identity unlinked');
          await tell(changed);
          return 'unlinked';
        },
        { detail, endsOlder: { keptSession } },
      );
    },
  };
}

export type Linking = ReturnType<typeof createLinking>;
