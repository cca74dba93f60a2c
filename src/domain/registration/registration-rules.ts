// Registration, joined: the way from the form to the mailed link, and what that makes.

import type { Links } from '../federation/links.ts';
import type { CustomerRules } from '../customers/customer-rules.ts';
import { createRegistrationActivation, type ActivationParts } from './registration-activation.ts';
import { createRegistrations, type RegistrationParts } from './registrations.ts';

/** Forms and the links that end them; who came by an invitation becomes a member in the place of a new customer. */
export function createRegistrationRules(
  parts: Omit<ActivationParts, 'links' | 'admit'> &
    Omit<RegistrationParts, 'activation' | 'invitations'> & {
      identities: { readonly links: Links };
      customerRules: Pick<CustomerRules, 'invitations' | 'membership'>;
    },
) {
  const { identities, customerRules } = parts;
  const { membership, invitations } = customerRules;
  const activation = createRegistrationActivation({
    ...parts,
    links: identities.links,
    admit: membership.admit,
  });
  return { activation, registrations: createRegistrations({ ...parts, activation, invitations }) };
}
