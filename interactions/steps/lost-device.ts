// "I lost my device" (S51): mails the link that leads out of the second factor. It proves nothing itself.

import type { Accounts, StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { LostDevice } from '../../src/domain/factors/lost-device.ts';
import { maskEmail, maskPhone } from '../../src/lib/mask.ts';
import type { Facts } from '../facts.ts';
import type { Outcome, Step } from '../step.ts';

/** The lost-device step. Only the password opens it: whoever signs in by a passkey has a device at hand. */
export function createLostDeviceStep(parts: { lostDevice: LostDevice; accounts: Accounts }): Step {
  const { lostDevice, accounts } = parts;
  const isDue = ({ account, proofs }: Facts) => account?.hasTotp === true && proofs.has('password');

  async function accountOf(facts: Facts): Promise<StoredAccount | undefined> {
    return isDue(facts) && facts.accountId !== undefined ? accounts.get(facts.accountId) : undefined;
  }

  function show(account: StoredAccount, expiresAt?: Date): Outcome {
    const { email, phone } = account.doc;
    return {
      kind: 'show',
      props: {
        possible: lostDevice.isPossible(account),
        email: maskEmail(email),
        phone: phone === undefined ? '' : maskPhone(phone),
        expiresAt: expiresAt ?? '',
        supportHref: '/support/second-factor',
      },
    };
  }

  return {
    id: 'lost-device',
    isOffered: ({ facts }) => Promise.resolve(isDue(facts)),

    async start({ facts }): Promise<Outcome> {
      const account = await accountOf(facts);
      return account ? show(account) : { kind: 'again' };
    },

    async submit({ facts, form }): Promise<Outcome> {
      const account = await accountOf(facts);
      if (!account) return { kind: 'again' };
      if (form['act'] !== 'send') return show(account);
      const outcome = await lostDevice.request(account);
      switch (outcome.kind) {
        case 'sent':
          return show(account, outcome.expiresAt);
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return { ...show(account), kind: 'show', problem: 'too_many_mails', retryAfterSeconds };
        }
        case 'impossible':
          return show(account);
        case 'off':
          return { kind: 'again' };
        default:
          return outcome satisfies never;
      }
    },
  };
}
