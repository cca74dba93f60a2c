// What the registration takes from an invitation (S22): the address that it went to, and whom one becomes a member of.

import type { ShownInvitation } from '../src/domain/customers/invitation-answers.ts';
import type { Invitations } from '../src/domain/customers/invitations.ts';
import type { Form } from '../src/http/form.ts';
import type { Locale } from '../src/http/locale.ts';

/** Invitations for the registration form, which carries the secret of the link in `invitation`. */
export function createRegisterInvitations({ invitations }: { invitations: Invitations }) {
  const secretIn = ({ invitation = '' }: Form): string => (/^[\w-]{43}$/.test(invitation) ? invitation : '');
  return {
    /** What the form may show of it. */
    shown: async (form: Form, locale: Locale): Promise<ShownInvitation | undefined> =>
      secretIn(form) === '' ? undefined : invitations.peek(secretIn(form), locale),

    /** What is registered with; `over` when the form carries one that stands no more. */
    async found(form: Form) {
      if ((form['invitation'] ?? '') === '') return undefined;
      return (secretIn(form) && (await invitations.find(secretIn(form)))) || 'over';
    },

    /** The fields of a form that an invitation settles: there is no customer of its own to describe. */
    settled: (form: Form): Form => ({ ...form, kind: 'person', company: '' }),

    props: (shown: ShownInvitation | undefined, form: Form) => ({
      invitation: shown,
      invitationSecret: shown ? secretIn(form) : '',
    }),
  };
}
