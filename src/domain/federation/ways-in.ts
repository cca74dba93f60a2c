// What an account can sign in with, and what would lead its person back: nobody is to lose the last way in.

import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { FailedPasswordCounter } from '../passwords/failed-passwords.ts';
import type { Links } from './links.ts';
import type { Upstreams } from './upstreams.ts';

/** What leads back to an account whose password does not sign in; each a locale key under `recovery_means`. */
export type RecoveryMeans = 'passkey' | 'phone';

/** Ways in, as they are at this moment. */
export function createWaysIn(parts: {
  accounts: Accounts;
  passkeys: Pick<Passkeys, 'has'>;
  failedPasswords: Pick<FailedPasswordCounter, 'isUsable'>;
  links: Links;
  upstreams: Upstreams;
}) {
  const { accounts, passkeys, failedPasswords, links, upstreams } = parts;

  /** The upstreams that the account is linked to and that may be used. */
  async function linked(accountId: string): Promise<string[]> {
    const found = await links.ofAccount(accountId);
    return found.filter(({ doc }) => upstreams.isUsable(doc)).map(({ doc }) => upstreams.nameOf(doc));
  }

  return {
    linked,

    /** Whether one of the account's identities may be asked for one of these levels. */
    async canProve(accountId: string, levels: readonly string[]): Promise<boolean> {
      const proving = new Set(upstreams.proving(levels).map(({ name }) => name));
      return proving.size > 0 && (await linked(accountId)).some((name) => proving.has(name));
    },

    /** Whether the account's person can sign in; with the password off by an upstream alone. */
    async hasAny(accountId: string): Promise<boolean> {
      const account = await accounts.get(accountId);
      if (!account) return false;
      if ((await linked(accountId)).length > 0) return true;
      if (account.doc.passwordOff === true) return false;
      return (await failedPasswords.isUsable(account)) || (await passkeys.has(accountId));
    },

    /** What is left when the upstream is lost: another proof, or a phone by which staff know the person. */
    async recoveryMeans({ id, doc }: StoredAccount): Promise<RecoveryMeans[]> {
      const hasPasskey = await passkeys.has(id);
      const hasPhone = doc.phone !== undefined && doc.phoneVerified === true;
      return [...(hasPasskey ? (['passkey'] as const) : []), ...(hasPhone ? (['phone'] as const) : [])];
    },
  };
}

export type WaysIn = ReturnType<typeof createWaysIn>;
