// Invitations that wait for the person who is signed in (S22): those to the verified address of their account.

import type { ChosenCustomer } from '../../src/domain/customers/chosen-customer.ts';
import type { Invitations } from '../../src/domain/customers/invitations.ts';
import type { Membership } from '../../src/domain/customers/membership.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/invitations';

/** The pages under /account/invitations. */
export function createInvitationPages(parts: {
  invitations: Invitations;
  membership: Membership;
  chosenCustomer: ChosenCustomer;
}) {
  const { invitations, membership, chosenCustomer } = parts;
  return {
    /** GET /account/invitations */
    async list({ account, locale, show }: AccountVisit): Promise<void> {
      show('account/invitations.njk', {
        email: account.doc.email,
        isVerified: account.doc.emailVerified,
        invitations: await invitations.waitingFor(account, locale),
      });
    },

    /** POST /account/invitations/:id/accept */
    async accept({ account, session, goTo }: AccountVisit, id: string): Promise<void> {
      const outcome = await membership.accept(id, account);
      // One of others, one that was withdrawn and one that was used look alike.
      if (outcome.kind === 'over') return goTo(PAGE, 'invitation_over');
      if (outcome.kind === 'full') return goTo(PAGE, 'invitation_full');
      await chosenCustomer.choose(account.id, outcome.invitation.customerId, session.uid);
      goTo('/account/customers', 'invitation_accepted');
    },

    /** POST /account/invitations/:id/decline */
    async decline({ account, goTo }: AccountVisit, id: string): Promise<void> {
      goTo(PAGE, (await invitations.decline(id, account)) ? 'invitation_declined' : 'invitation_over');
    },
  };
}

export type InvitationPages = ReturnType<typeof createInvitationPages>;
