// The letter that invites somebody (S22), and how many of them go out.

import { digest } from '../../lib/digest.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import type { Customers } from './customers.ts';
import type { StoredInvitation } from './invitation-rows.ts';
import type { Roles } from './roles.ts';

/** How many mails go out: for one customer, from one inviter, to one address, from one network. */
export const invitationQuotas = {
  customer: { limit: 30, windowSeconds: 86_400 },
  inviter: { limit: 30, windowSeconds: 86_400 },
  target: { limit: 3, windowSeconds: 86_400 },
  network: { limit: 60, windowSeconds: 86_400 },
} as const;

/** Who invites, and from where. */
export type Inviter = {
  readonly account: StoredAccount;
  readonly locale: 'cs' | 'en';
  readonly address: string | undefined;
};

/** Letters that invite. */
export function createInvitationLetters(parts: {
  customers: Pick<Customers, 'get'>;
  roles: Roles;
  quotas: Quotas;
  letters: Pick<Letters, 'toAddress' | 'url'>;
}) {
  const { customers, roles, quotas, letters } = parts;
  return {
    /** Counts one; how many seconds it has to wait, 0 when it may go. */
    spend: (customerId: string, emailKey: string, { account, address }: Inviter): Promise<number> =>
      quotas.spend([
        { id: `invitations:customer:${customerId}`, ...invitationQuotas.customer },
        { id: `invitations:inviter:${account.id}`, ...invitationQuotas.inviter },
        { id: `invitations:target:${digest(emailKey)}`, ...invitationQuotas.target },
        { id: `invitations:network:${originOf(address)}`, ...invitationQuotas.network },
      ]),

    async mail({ doc }: StoredInvitation, inviter: string, secret: string, expiresAt: Date): Promise<void> {
      const customer = await customers.get(doc.customerId);
      if (!customer) return;
      await letters.toAddress(
        doc.email,
        'account',
        'invitation',
        {
          customer: { name: customer.doc.name, number: customer.doc.number },
          inviter,
          role: roles.face(doc.role, doc.locale),
          url: letters.url(`/invitation/${secret}`),
          expiresAt,
        },
        doc.locale,
      );
    },
  };
}
