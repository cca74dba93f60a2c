// Changes that weaken or move an account: a letter about what changed, where from, with a link that locks it, and the
// entry in the audit log.

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { EndOlder } from '../sign-ins/end-older.ts';
import type { Unfinished } from '../unfinished.ts';
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

/** A change that was begun, as it is told when it was cut off. */
type BegunChange = {
  readonly accountId: string;
  readonly change: CredentialChange;
  readonly from: { readonly address?: string | undefined; readonly userAgent: string };
  readonly actor: Actor;
  readonly detail: string;
  /** With it goes what was open before, but this session. */
  readonly endsOlder?: { readonly keptSession?: string | undefined };
};

/** Tells of the change that was begun: to its person as they are now. */
export type TellChange = (account: StoredAccount, detail?: string) => Promise<void>;

/** Tells people about changes of their credentials. */
export function createCredentialNotices(parts: {
  letters: Letters;
  accounts: Pick<Accounts, 'get'>;
  /** A link that ends everything and has a new password set. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  describeAgent: (userAgent: string) => string;
  endOlder: EndOlder;
  audit: Pick<Audit, 'record' | 'note'>;
  unfinished: Unfinished;
  clock: Clock;
  log: Log;
}) {
  const { letters, accounts, lockUrl, describeAgent, endOlder, audit, unfinished, clock, log } = parts;

  /** One letter to the address on file; `detail` is shown as it is, such as the range of an address entry. */
  async function post(
    account: StoredAccount,
    change: CredentialChange,
    from: BegunChange['from'],
    { detail = '', isInterrupted = false } = {},
  ): Promise<void> {
    await letters.post(account, 'security', 'credential-changed', {
      change,
      detail,
      isInterrupted,
      when: clock.now(),
      address: from.address ?? '',
      browser: describeAgent(from.userAgent),
      lockUrl: await lockUrl(account),
    });
  }

  const entryOf = (
    { accountId, change, from, actor, detail }: BegunChange,
    { isInterrupted = false } = {},
  ) => ({
    action: `credential.${change}` as const,
    actor,
    accountId,
    ...(actor.kind === 'person' ? from : {}),
    after: {
      ...(detail === '' ? {} : { detail }),
      ...(isInterrupted ? { interrupted: true } : {}),
    },
  });

  /** Whether it is done nobody knows any more: entry and letter say so, and what should have ended ends. */
  const during = unfinished.kind<BegunChange>('credential', async (begun) => {
    if (begun.endsOlder) await endOlder(begun.accountId, begun.endsOlder.keptSession);
    await audit.record(entryOf(begun, { isInterrupted: true }));
    const account = await accounts.get(begun.accountId);
    const { change, from, detail } = begun;
    if (account) await post(account, change, from, { detail, isInterrupted: true });
  });

  async function mail(
    account: StoredAccount,
    change: CredentialChange,
    from: ChangedFrom,
    detail = '',
  ): Promise<boolean> {
    try {
      await post(account, change, from, { detail });
      return true;
    } catch (error) {
      log.error({ account: account.id, change, error }, 'mail not sent');
      return false;
    }
  }

  return {
    /** The letter alone, for what is in the audit log already; whether it is on its way. It never rejects. */
    mail,

    /**
     * The letter and the entry of the person's own change, for what cannot be begun with `keep`; whether both are there. It never rejects, and a
     * process that dies first tells nobody.
     */
    async tell(
      account: StoredAccount,
      change: CredentialChange,
      { address, userAgent }: ChangedFrom,
    ): Promise<boolean> {
      const { id: accountId } = account;
      const from = { address, userAgent };
      const isNoted = await audit.note(
        entryOf({ accountId, change, from, actor: { kind: 'person', accountId }, detail: '' }),
      );
      return (await mail(account, change, from)) && isNoted;
    },

    /**
     * Makes a change whose letter and entry are not lost with the process. `make` changes, calls `tell` if it has, and
     * gives its result. The change is the person's own unless `actor` says whose. Where `make` ends what is older,
     * `endsOlder` says so: it ends then also when the change was cut off.
     */
    keep<R>(
      account: StoredAccount,
      change: CredentialChange,
      { address, userAgent }: ChangedFrom,
      make: (tell: TellChange) => Promise<R>,
      {
        detail = '',
        actor = { kind: 'person', accountId: account.id },
        endsOlder,
      }: { detail?: string; actor?: Actor; endsOlder?: BegunChange['endsOlder'] | undefined } = {},
    ): Promise<R> {
      const begun: BegunChange = {
        accountId: account.id,
        change,
        from: { address, userAgent },
        actor,
        detail,
        ...(endsOlder && { endsOlder }),
      };
      return during(begun, (leave) =>
        make(async (now, said = detail) => {
          const told = await Promise.allSettled([
            audit.record(entryOf({ ...begun, detail: said })),
            post(now, change, begun.from, { detail: said }),
          ]);
          // It is done: nobody is kept out because it cannot be told yet, and one does not wait for the other.
          for (const failed of told.filter((one) => one.status === 'rejected')) {
            const { reason: error } = failed as { reason: unknown };
            log.error(
              { account: account.id, change, error },
              'a mail or an entry of the audit log is missing yet',
            );
            leave();
          }
        }),
      );
    },
  };
}

export type CredentialNotices = ReturnType<typeof createCredentialNotices>;
