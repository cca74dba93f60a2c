// Asked to register (`prompt=create`): leads to the form, or on to signing in. It proves nothing itself: whoever has
// registered comes back and signs in.

import type { Registrations } from '../../src/domain/registration/registrations.ts';
import { registerUrl } from '../register-link.ts';
import type { Outcome, Step } from '../step.ts';

/** The register step; not offered to a browser that has registered just now. */
export function createRegisterStep(parts: { registrations: Pick<Registrations, 'find'> }): Step {
  const show: Outcome = { kind: 'show' };
  return {
    id: 'register',
    isOffered: async ({ browserId }) => (await parts.registrations.find(browserId))?.state !== 'done',
    start: () => Promise.resolve(show),
    submit: ({ form, uid }): Promise<Outcome> =>
      Promise.resolve(form['act'] === 'register' ? { kind: 'redirect', to: registerUrl(uid) } : show),
  };
}
