// The steps, made of the rules they stand for: a new one is a line here.

import type { Accounts } from '../src/domain/accounts/accounts.ts';
import type { Clients } from '../src/domain/clients/clients.ts';
import type { Consents } from '../src/domain/clients/consents.ts';
import type { Federation } from '../src/domain/federation/federation.ts';
import type { TakingOver } from '../src/domain/federation/taking-over.ts';
import type { Guard } from '../src/domain/guard.ts';
import type { Registrations } from '../src/domain/registration/registrations.ts';
import type { SignIns } from '../src/domain/sign-ins/sign-ins.ts';
import type { Steps } from './dispatch.ts';
import { createPasskeyOffer, withPasskeyOffer } from './passkey-offer.ts';
import { createCodeJudge } from './second-factor-code.ts';
import { createConsentStep } from './steps/consent.ts';
import { createEmailLinkStep } from './steps/email-link.ts';
import { createLostDeviceStep } from './steps/lost-device.ts';
import { createPairStep } from './steps/pair.ts';
import { createPasskeyStep } from './steps/passkey.ts';
import { createPasswordStep } from './steps/password.ts';
import { createRecoveryCodeStep } from './steps/recovery-code.ts';
import { withRegisterLink } from './register-link.ts';
import { createRegisterStep } from './steps/register.ts';
import { createSelectAccountStep } from './steps/select-account.ts';
import { createTotpStep } from './steps/totp.ts';
import { createUpstreamStep } from './steps/upstream.ts';
import { withUpstreamOffer } from './upstream-offer.ts';

/** Every step there is. */
export function createSteps(parts: {
  accounts: Accounts;
  consents: Consents;
  clients: Pick<Clients, 'find'>;
  guard: Guard;
  registrations: Registrations;
  federation: Federation;
  takingOver: TakingOver;
  signIns: SignIns;
  /** Whether people may register themselves. */
  canRegister: boolean;
}): Steps {
  const { accounts, consents, guard, registrations, federation, signIns, canRegister } = parts;
  const offerPasskey = createPasskeyOffer(guard.passkeySignIn);
  const judgeCode = createCodeJudge({ ...guard, alarm: guard.secondFactorAlarm });
  return {
    password: withUpstreamOffer(
      withRegisterLink(
        withPasskeyOffer(createPasswordStep({ ...guard, accounts, registrations }), offerPasskey),
        canRegister,
      ),
      federation.upstreams,
    ),
    upstream: createUpstreamStep({ ...federation, canRegister }),
    pair: createPairStep({ ...federation, takingOver: parts.takingOver, accounts, signIns }),
    passkey: createPasskeyStep({ ...guard, offerPasskey }),
    totp: createTotpStep({ ...guard, judgeCode }),
    'recovery-code': createRecoveryCodeStep({ ...guard, accounts, judgeCode }),
    'lost-device': createLostDeviceStep({ ...guard, accounts }),
    'email-link': createEmailLinkStep({ ...guard, accounts }),
    consent: createConsentStep({ accounts, consents, clients: parts.clients }),
    'select-account': createSelectAccountStep({ accounts }),
    register: createRegisterStep({ registrations }),
  };
}
