// The phone number (S44, S48): a new one counts once a code that was sent to it has been entered here.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import { provedContact } from '../../src/domain/accounts/contacts-by-staff.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type { PhoneCodes, PhoneCodeUse } from '../../src/domain/factors/phone-codes.ts';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { PhonePolicy } from '../../src/domain/factors/phone-policy.ts';
import { wait, type FreshProof, type Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/phone';
const CODE_PAGE = `${PAGE}/code`;

/** The pages under /account/security/phone. */
export function createPhonePages(parts: {
  accounts: Accounts;
  phoneCodes: PhoneCodes;
  phones: PhonePolicy;
  freshProof: FreshProof;
  credentialNotices: CredentialNotices;
}) {
  const { accounts, phoneCodes, phones, freshProof, credentialNotices } = parts;

  const useOf = ({ account, session }: AccountVisit): PhoneCodeUse => ({
    accountId: account.id,
    purpose: 'verify-phone',
    subject: session.uid,
  });

  async function show(visit: AccountVisit, typed: string, problem?: Problem): Promise<void> {
    const { phone, phoneVerified = false } = visit.account.doc;
    visit.show(
      'account/phone.njk',
      {
        phone: phone === undefined ? '' : shownPhone(phone),
        isVerified: phone !== undefined && phoneVerified,
        typed,
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  async function showCode(visit: AccountVisit, problem?: Problem): Promise<void> {
    const pending = await phoneCodes.pending(useOf(visit));
    if (pending === undefined && problem === undefined) return visit.goTo(PAGE);
    const phone = pending === undefined ? '' : shownPhone(pending);
    visit.show('account/phone-code.njk', { phone }, problem);
  }

  /** Sends a code, and leads to where it is entered. */
  async function send(visit: AccountVisit, phone: string, notice?: string): Promise<Problem | undefined> {
    const { account, session, address } = visit;
    const sent = await phoneCodes.send(account, {
      purpose: 'verify-phone',
      subject: session.uid,
      phone,
      address,
    });
    if (sent.kind === 'throttled') return wait('too_many_messages', sent.retryAfterSeconds);
    visit.goTo(CODE_PAGE, notice);
    return undefined;
  }

  /** The number is the person's: on the account from now on, and everybody concerned is told. */
  async function keep(visit: AccountVisit, phone: string): Promise<void> {
    const before = visit.account.doc.phone;
    const isOther = before !== undefined && before !== phone;
    const change = isOther ? 'phone_changed' : 'phone_verified';
    await credentialNotices.keep(
      visit.account,
      change,
      visit,
      async (tell) => {
        const account = await accounts.change(visit.account.id, (doc) => ({
          phone,
          phoneVerified: true,
          ...provedContact(doc, 'phone'),
          // A way back from a lost device (S52) has moved: what was begun with the old number is void.
          ...(isOther ? { credentialVersion: doc.credentialVersion + 1 } : {}),
        }));
        await tell(account);
      },
      { detail: shownPhone(phone) },
    );
    visit.goTo(PAGE, 'phone_verified');
  }

  return {
    /** GET /account/security/phone */
    show(visit: AccountVisit): Promise<void> {
      const { phone, phoneVerified = false } = visit.account.doc;
      return show(visit, phone !== undefined && !phoneVerified ? shownPhone(phone) : '');
    },

    /** POST /account/security/phone */
    async submit(visit: AccountVisit): Promise<void> {
      const typed = (visit.form['phone'] ?? '').trim().slice(0, 40);
      const judged = phones.judge(typed);
      if (judged.kind === 'refused') return show(visit, typed, { problem: judged.problem });
      const { phone } = judged;
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      const unsent = problem ?? (await send(visit, phone));
      if (unsent !== undefined) return show(visit, typed, unsent);
    },

    /** GET /account/security/phone/code */
    showCode: (visit: AccountVisit): Promise<void> => showCode(visit),

    /** POST /account/security/phone/code */
    async check(visit: AccountVisit): Promise<void> {
      const outcome = await phoneCodes.check(useOf(visit), visit.form['code'] ?? '');
      switch (outcome.kind) {
        case 'proved':
          return keep(visit, outcome.phone);
        case 'wrong':
          return showCode(visit, { problem: 'wrong_code' });
        case 'over':
          return showCode(visit, { problem: 'code_over' });
        case 'throttled':
          return showCode(visit, wait('too_many_attempts', outcome.retryAfterSeconds));
        default:
          return outcome satisfies never;
      }
    },

    /** POST /account/security/phone/again: another message to the number that waits for its code. */
    async again(visit: AccountVisit): Promise<void> {
      const phone = await phoneCodes.pending(useOf(visit));
      if (phone === undefined) return visit.goTo(PAGE);
      const unsent = await send(visit, phone, 'code_sent');
      if (unsent !== undefined) return showCode(visit, unsent);
    },
  };
}

export type PhonePages = ReturnType<typeof createPhonePages>;
