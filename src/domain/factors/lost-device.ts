// Getting rid of a second factor whose device is gone (S51–S53): after the password a mailed link, then a code sent to
// the phone and a proof of work. Staff can do it for those who have neither (S59).

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Actor } from '../audit/audit-entry.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import { isContactByStaff } from '../accounts/contacts-by-staff.ts';
import type { ChangedFrom, CredentialNotices } from '../messages/credential-notices.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { PhoneCodeOutcome, PhoneCodes, PhoneCodeSending } from './phone-codes.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { SignOutEverywhere } from '../sign-ins/sign-out-everywhere.ts';
import { missingForTotp, type Totp } from './totp.ts';

/** How many links one account may be mailed. */
export const lostDeviceQuota = { limit: 3, windowSeconds: 3600 } as const;

export type LostDeviceRequest =
  | { readonly kind: 'sent'; readonly expiresAt: Date }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number }
  /** Mail or phone is not verified, or came from staff a short while ago: only staff can help, two of them. */
  | { readonly kind: 'impossible' }
  /** There is no second factor any more. */
  | { readonly kind: 'off' };

type LinkOver = { readonly kind: 'link_over' };

export type LostDeviceOutcome =
  | { readonly kind: 'off' }
  | LinkOver
  | {
      readonly kind: 'refused';
      readonly problem: 'wrong_code' | 'code_over' | 'proof_missing' | 'proof_refused';
    }
  | Extract<PhoneCodeOutcome, { kind: 'throttled' }>;

/** The way out of a second factor that is lost. */
export function createLostDevice(parts: {
  links: OneTimeLinks;
  letters: Letters;
  quotas: Quotas;
  totp: Totp;
  phoneCodes: PhoneCodes;
  proofOfWork: ProofOfWork;
  signOutEverywhere: SignOutEverywhere;
  credentialNotices: CredentialNotices;
  clock: Clock;
  /** How long an address or number that came from staff proves nobody here. */
  staffWaitSeconds: number;
  log: Log;
}) {
  const { links, letters, quotas, totp, phoneCodes, proofOfWork, clock, staffWaitSeconds } = parts;
  const { signOutEverywhere, credentialNotices, log } = parts;
  const useOf = (accountId: string, secret: string) =>
    ({ accountId, purpose: 'lost-device', subject: secret }) as const;

  /** Both ways to the person are proved, and not by staff just now: one operator would be enough to take the factor off. */
  const isPossible = ({ doc }: StoredAccount): boolean =>
    missingForTotp(doc).length === 0 && !isContactByStaff(doc, clock.now(), staffWaitSeconds);

  /** Whose link it is, while there is a second factor to switch off and a phone to prove it by. */
  async function holder(secret: string): Promise<{ account: StoredAccount; phone: string } | undefined> {
    const account = await links.peek('lost-device', secret);
    const phone = account?.doc.phone;
    if (!account || phone === undefined || !isPossible(account)) return undefined;
    return (await totp.isOn(account.id)) ? { account, phone } : undefined;
  }

  /** First what is open ends, then the factor goes: whatever fails in between leaves the account no weaker. */
  async function switchOff(account: StoredAccount): Promise<boolean> {
    await signOutEverywhere(account.id);
    return totp.turnOff(account.id);
  }

  return {
    /** Whether the account has what this way needs. */
    isPossible,

    /** Mails a link to the address on file, after the password was proved; it voids the one before. */
    async request(account: StoredAccount): Promise<LostDeviceRequest> {
      if (!(await totp.isOn(account.id))) return { kind: 'off' };
      if (!isPossible(account)) return { kind: 'impossible' };
      const retryAfterSeconds = await quotas.spend([{ id: `lost-device:${account.id}`, ...lostDeviceQuota }]);
      if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
      const { secret, expiresAt } = await links.issue('lost-device', account);
      await links.voidEarlier('lost-device', account.id);
      const url = letters.url(`/lost-device/${secret}`);
      await letters.send(account, 'security', 'lost-device', {
        url,
        passwordUrl: letters.url('/account/security/password'),
        expiresAt,
      });
      return { kind: 'sent', expiresAt };
    },

    /** The number that a link's code goes to; nothing is used up. `undefined` when the link is no longer good. */
    peek: async (secret: string): Promise<string | undefined> => (await holder(secret))?.phone,

    /** Sends a code to the phone on file. */
    async sendCode(secret: string, address: string | undefined): Promise<PhoneCodeSending | LinkOver> {
      const found = await holder(secret);
      if (!found) return { kind: 'link_over' };
      const { account, phone } = found;
      return phoneCodes.send(account, { purpose: 'lost-device', subject: secret, phone, address });
    },

    /**
     * Switches the second factor off, if the code and the proof of work (about `subject`) are right: everything open
     * ends, and the person is told. A wrong code leaves the link good; of many right ones at once one counts.
     */
    async finish(
      secret: string,
      { code, proof, subject }: { code: string; proof: string | undefined; subject: string },
      from: ChangedFrom,
    ): Promise<LostDeviceOutcome> {
      const found = await holder(secret);
      if (!found) return { kind: 'link_over' };
      const { account, phone } = found;
      const verdict = await proofOfWork.redeem(subject, proof);
      if (verdict !== 'accepted') return { kind: 'refused', problem: `proof_${verdict}` };
      const outcome = await phoneCodes.check(useOf(account.id, secret), code);
      if (outcome.kind === 'throttled') return outcome;
      if (outcome.kind === 'wrong') return { kind: 'refused', problem: 'wrong_code' };
      // A code that went to a number which is no longer theirs proves nothing.
      if (outcome.kind === 'over' || outcome.phone !== phone)
        return { kind: 'refused', problem: 'code_over' };
      return credentialNotices.keep<LostDeviceOutcome>(account, 'totp_off', from, async (tell) => {
        if (!(await links.redeem('lost-device', secret))) return { kind: 'link_over' };
        if (!(await switchOff(account))) return { kind: 'link_over' };
        await tell(account);
        log.info({ account: account.id }, 'second factor switched off by mail and phone');
        return { kind: 'off' };
      });
    },

    /** Staff switch it off for a person whom they have recognised (S59); whether it was on. The reason is mailed. */
    async removeByStaff(account: StoredAccount, reason: string, actor: Actor): Promise<boolean> {
      if (!(await totp.isOn(account.id))) return false;
      const from = { address: undefined, userAgent: '' };
      const how = { detail: reason, actor };
      return credentialNotices.keep(
        account,
        'totp_off_by_support',
        from,
        async (tell) => {
          if (!(await switchOff(account))) return false;
          await tell(account);
          log.info({ account: account.id, reason }, 'second factor switched off by staff');
          return true;
        },
        how,
      );
    },
  };
}

export type LostDevice = ReturnType<typeof createLostDevice>;
