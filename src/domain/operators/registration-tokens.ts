// Initial access tokens in the hands of operators. Permission: `clients:*`.

import { AppError } from '../../lib/app-error.ts';
import { actorKey } from '../audit/audit-entry.ts';
import type { RegistrationPolicies } from '../client-registration/policies.ts';
import {
  registrationTokenBounds,
  type RegistrationToken,
  type RegistrationTokens,
  type StoredRegistrationToken,
} from '../client-registration/registration-tokens.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';

/** What operators see: everything but the hash. */
export type ShownRegistrationToken = Omit<RegistrationToken, 'hash'> & { readonly id: string };

const shown = ({ id, doc: { hash: _hash, ...rest } }: StoredRegistrationToken): ShownRegistrationToken => ({
  id,
  ...rest,
});

/** The acts over tokens; without policies there are none to be made. */
export function createRegistrationTokenActs(parts: {
  registrationTokens: RegistrationTokens;
  registrationPolicies: RegistrationPolicies;
  record: RecordAct;
}) {
  const { registrationTokens: tokens, registrationPolicies: policies, record } = parts;
  return {
    /** The names of the policies; none where dynamic registration is off. */
    policies: Object.keys(policies),

    list: async (page: { after?: string; limit: number }): Promise<ShownRegistrationToken[]> =>
      (await tokens.list(page)).map(shown),

    /** Makes one; the token is shown this once. */
    async create(
      by: Caller,
      { policy, note, uses, days }: { policy: string; note: string; uses: number; days: number },
    ): Promise<{ shown: ShownRegistrationToken; token: string }> {
      if (Object.keys(policies).length === 0)
        throw new WrongState('dynamic registration is off: VRATNY_CLIENT_REGISTRATION names no policy');
      if (!Object.hasOwn(policies, policy))
        throw new AppError('bad_request', { detail: `policy: there is no policy ${policy}` });
      const { uses: mostUses, days: mostDays } = registrationTokenBounds;
      const isFit = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;
      if (!isFit(uses, mostUses))
        throw new AppError('bad_request', { detail: `uses: must be 1 to ${mostUses}` });
      if (!isFit(days, mostDays))
        throw new AppError('bad_request', { detail: `days: must be 1 to ${mostDays}` });
      const made = await tokens.create({ policy, note: note.trim(), uses, days, by: actorKey(by.actor) });
      await record({
        ...actOf(by),
        action: 'registration_token.created',
        target: made.stored.id,
        after: { name: policy, count: uses, until: made.stored.doc.expiresAt, detail: note.trim() },
      });
      return { shown: shown(made.stored), token: made.token };
    },

    /** Takes one back; the clients that were registered by it stay. */
    async revoke(by: Caller, id: string): Promise<void> {
      const revoked = await tokens.revoke(id);
      if (!revoked) throw new AppError('not_found', { detail: `no registration token ${id}` });
      await record({
        ...actOf(by),
        action: 'registration_token.revoked',
        target: id,
        before: { name: revoked.doc.policy, count: revoked.doc.usesLeft },
      });
    },
  };
}

export type RegistrationTokenActs = ReturnType<typeof createRegistrationTokenActs>;
