// What a page needs to ask for a passkey: where its answer goes, and what the browser is to be asked. The sign-in
// page offers it beside the password, and browsers among the names they fill in.

import type { PasskeySignIn } from '../src/domain/factors/passkey-sign-in.ts';
import type { Outcome, Step, Visit } from './step.ts';

export type PasskeyOffer = {
  readonly action: string;
  /** `PublicKeyCredentialRequestOptionsJSON`, as text. */
  readonly options: string;
};

/** Which passkeys will do: any that tells who it is, or one of the account that is being proved. */
export const wantedPasskey = ({ facts, uid }: Visit) => ({
  uid,
  accountId: facts.accountId,
  // Shown again after it has told who it is, it adds something only if it checks who holds it.
  mustVerify: facts.proofs.has('passkey'),
});

/** Makes the offer of a visit. */
export const createPasskeyOffer =
  (passkeySignIn: PasskeySignIn) =>
  async (visit: Visit): Promise<PasskeyOffer> => ({
    action: `/interaction/${visit.uid}/passkey`,
    options: await passkeySignIn.options(wantedPasskey(visit)),
  });

export type OfferPasskey = ReturnType<typeof createPasskeyOffer>;

/** The same step, with the offer on every page that it shows (as `page.passkey`). */
export function withPasskeyOffer(step: Step, offerPasskey: OfferPasskey): Step {
  const offering =
    (answer: Step['start']): Step['start'] =>
    async (visit): Promise<Outcome> => {
      const outcome = await answer(visit);
      if (outcome.kind !== 'show') return outcome;
      return { ...outcome, props: { ...outcome.props, passkey: await offerPasskey(visit) } };
    };
  return { ...step, start: offering(step.start), submit: offering(step.submit) };
}
