// Changes that weaken or move an account: a letter about what changed, where from, with a link that locks it, and the
// entry in the audit log.

import type { Clock } from '../../ports/clock.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { Letters } from './letters.ts';

/** What can change; each has its sentence under `mail.credential_changed.what`. */
export const credentialChanges = [
  'totp_on',
  'totp_off',
  'totp_off_by_support',
  'recovery_codes_renewed',
  'recovery_code_used',
  'passkey_added',
  'passkey_removed',
  'address_added',
  'address_removed',
  'notices_changed',
  'phone_changed',
  'phone_verified',
  'email_verified',
  'email_restored',
  'login_changed',
  'password_changed',
  'password_set',
  'reset_forbidden',
  'reset_allowed',
  'api_token_created',
  'api_token_revoked',
  'identity_linked',
  'identity_unlinked',
  'password_sign_in_off',
  'password_sign_in_on',
  'ssh_key_added',
  'ssh_key_removed',
  'gpg_key_added',
  'gpg_key_removed',
] as const;
export type CredentialChange = (typeof credentialChanges)[number];

/** Where a change was made. */
export type ChangedFrom = { readonly address: string | undefined; readonly userAgent: string };

/** Tells people about changes of their credentials. */
export function createCredentialNotices(parts: {
  letters: Letters;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  describeAgent: (userAgent: string) => string;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
}) {
  const { letters, lockUrl, describeAgent, audit, clock } = parts;

  /** One letter to the address on file; `detail` is shown as it is, such as the range of an address entry. */
  async function mail(
    account: StoredAccount,
    change: CredentialChange,
    from: ChangedFrom,
    detail = '',
  ): Promise<void> {
    await letters.send(account, 'security', 'credential-changed', {
      change,
      detail,
      when: clock.now(),
      address: from.address ?? '',
      browser: describeAgent(from.userAgent),
      lockUrl: await lockUrl(account),
    });
  }

  return {
    /** The letter alone, for what is in the audit log already. */
    mail,

    /** The letter and the entry. The change is the person's own unless `actor` says whose. */
    async tell(
      account: StoredAccount,
      change: CredentialChange,
      from: ChangedFrom,
      detail = '',
      actor: Actor = { kind: 'person', accountId: account.id },
    ): Promise<void> {
      await audit.note({
        action: `credential.${change}`,
        actor,
        accountId: account.id,
        ...(actor.kind === 'person' ? from : {}),
        ...(detail === '' ? {} : { after: { detail } }),
      });
      await mail(account, change, from, detail);
    },
  };
}

export type CredentialNotices = ReturnType<typeof createCredentialNotices>;
