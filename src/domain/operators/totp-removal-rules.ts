// Who may take an authenticator app off an account, and what stands in the way of it at this moment.

import { digest, secretsEqual } from '../../lib/digest.ts';
import { isOperator, type Accounts, type StoredAccount } from '../accounts/accounts.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { Totp } from '../factors/totp.ts';
import { guardStaff } from './staff-guard.ts';
import { NeedsPerson, WrongState, type Caller } from './caller.ts';
import { permissionsOf, type Permission } from './permissions.ts';
import type { RemovalObstacle, TotpRemoval } from './totp-removal-rows.ts';

const NEEDED: Permission = 'accounts:write';

/** The rules over accounts and factors. */
export function createTotpRemovalRules(parts: {
  accounts: Pick<Accounts, 'get'>;
  totp: Pick<Totp, 'state'>;
  passkeys: Pick<Passkeys, 'list'>;
}) {
  const { accounts, totp, passkeys } = parts;

  /** Whether whoever acted may still do it now: an operator who was shut out has asked for nothing. */
  async function isStillAllowed(actor: Actor, of: StoredAccount): Promise<boolean> {
    // Who has joined the staff meanwhile is guarded like all of it.
    const needed: Permission[] = isOperator(of.doc) ? [NEEDED, 'operators:write'] : [NEEDED];
    if (actor.kind === 'operator') {
      const account = await accounts.get(actor.accountId);
      const has = account && permissionsOf(account.doc);
      return has !== undefined && needed.every((permission) => has.has(permission));
    }
    return actor.kind === 'command';
  }

  /** Whether a code of either kind or a passkey was right since then. */
  async function isProvedSince(id: string, at: string, usedAt: Date): Promise<boolean> {
    const isLater = (time: Date) => time > new Date(at);
    return (
      isLater(usedAt) ||
      (await passkeys.list(id)).some(({ doc: { lastUsedAt } }) => isLater(new Date(lastUsedAt ?? 0)))
    );
  }

  /** Why nobody needs it any more: a factor was proved, or there is another one. */
  async function needless(id: string, removal: TotpRemoval): Promise<RemovalObstacle | undefined> {
    const factor = await totp.state(id);
    if (factor?.activatedAt.toISOString() !== removal.factorSince) return 'factor_changed';
    return (await isProvedSince(id, removal.at, factor.usedAt)) ? 'factor_used' : undefined;
  }

  return {
    needless,

    /** Who may do it to whom: two people decide, and nobody about themselves. */
    guard(by: Caller, account: StoredAccount, deed: string): void {
      if (by.actor.kind !== 'operator' && by.actor.kind !== 'command')
        throw new NeedsPerson(`a person must ${deed} it`);
      guardStaff(by, account);
      if (by.actor.kind === 'operator' && by.actor.accountId === account.id)
        throw new WrongState('nobody decides about their own account');
    },

    /** Why it must not be carried out any more. */
    async obstacle(id: string, removal: TotpRemoval): Promise<RemovalObstacle | undefined> {
      const account = await accounts.get(id);
      if (account?.doc.status !== 'active') return 'account_inactive';
      if (!secretsEqual(digest(account.doc.emailKey), removal.toldAt)) return 'email_changed';
      const why = await needless(id, removal);
      if (why !== undefined) return why;
      const hands = [removal.requestedBy, ...(removal.approvedBy ? [removal.approvedBy] : [])];
      const still = await Promise.all(hands.map((hand) => isStillAllowed(hand, account)));
      return still.includes(false) ? 'not_permitted' : undefined;
    },
  };
}
