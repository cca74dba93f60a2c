// The authenticator app (S13, S14, S47–S50, S54, S55, S73, S81): switching it on with a key that is shown once,
// setting it up anew, switching it off.

import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import { timeCodes } from '../../src/domain/factors/time-codes.ts';
import { missingForTotp, type Totp } from '../../src/domain/factors/totp.ts';
import type { EndOlder } from '../../src/domain/sign-ins/end-older.ts';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import { qrCode } from '../../src/http/qr-code.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';
import { removalFor } from './totp-removal.ts';

const PAGE = '/account/security/totp';

/** The pages under /account/security/totp. */
export function createTotpPages(parts: {
  totp: Totp;
  freshProof: FreshProof;
  credentialNotices: CredentialNotices;
  totpRemovals: Pick<TotpRemovals, 'underWay'>;
  endOlder: EndOlder;
  /** What apps list the account under. */
  brandName: string;
}) {
  const { totp, freshProof, credentialNotices, endOlder, brandName } = parts;

  /** The page that asks for password and code, before one or the other. */
  async function ask(visit: AccountVisit, kind: 'off' | 'anew', problem?: Problem): Promise<void> {
    if (!(await totp.isOn(visit.account.id))) return visit.goTo(PAGE);
    visit.show('account/totp-proof.njk', { kind, ...(await freshProof.fields(visit)) }, problem);
  }

  /** A new key, each time that the page is shown: what was on the screen before is void (S50, T6). */
  async function showKey(visit: AccountVisit, problem?: Problem): Promise<void> {
    const { account, session } = visit;
    const key = await totp.begin(account, session.uid);
    if (key === undefined) return visit.goTo(PAGE);
    const { keyUri } = await timeCodes();
    const uri = keyUri(key, { issuer: brandName, label: account.doc.login ?? account.doc.email });
    const props = { uri, qr: await qrCode(uri), keyText: key.match(/.{4}/g)!.join(' ') };
    const { asksPassword } = await freshProof.fields(visit);
    visit.show('account/totp-setup.njk', { ...props, asksPassword }, problem);
  }

  /** What is to end with the change: everything older, when the box is ticked. */
  const endsOlderOf = ({ session, form }: AccountVisit) =>
    form['end_others'] === 'yes' ? { keptSession: session.uid } : undefined;

  return {
    /** GET /account/security/totp */
    async show(visit: AccountVisit): Promise<void> {
      const state = await totp.state(visit.account.id);
      const missing = missingForTotp(visit.account.doc);
      visit.show('account/totp.njk', {
        isOn: state !== undefined,
        activatedAt: state?.activatedAt ?? '',
        codesLeft: state?.codesLeft ?? 0,
        removal: await removalFor(visit, parts.totpRemovals),
        phoneMissing: missing.includes('phone'),
        emailMissing: missing.includes('email'),
      });
    },

    /** A page with a key is worth nothing, and is not shown, when that key no longer waits for its code. */
    shownKey: ({ account, session }: Pick<AccountVisit, 'account' | 'session'>): Promise<string> =>
      totp.shown(account, session.uid),

    /** GET /account/security/totp/setup */
    showSetUp: (visit: AccountVisit): Promise<void> => showKey(visit),

    /** POST /account/security/totp/setup: whatever is wrong, the next page has another key. */
    async setUp(visit: AccountVisit): Promise<void> {
      const { account, session, form } = visit;
      // The code is one of the key on the page; that of a key in use was asked before this one was shown.
      const problem = await freshProof.judge(visit, { path: `${PAGE}/setup`, needsCode: false });
      if (problem === 'answered') return;
      if (problem !== undefined) return showKey(visit, problem);
      const endsOlder = endsOlderOf(visit);
      const outcome = await credentialNotices.keep(
        account,
        'totp_on',
        visit,
        async (tell) => {
          const activated = await totp.activate(account, session.uid, form['code'] ?? '');
          if (activated.kind === 'wrong' || activated.kind === 'over') return activated;
          if (endsOlder) await endOlder(account.id, session.uid);
          await tell(account);
          return activated;
        },
        { endsOlder },
      );
      if (outcome.kind === 'wrong') return showKey(visit, { problem: 'wrong_code' });
      if (outcome.kind === 'over') return showKey(visit, { problem: 'key_over' });
      visit.show('account/recovery-codes-new.njk', { codes: outcome.recoveryCodes, isFirst: true });
    },

    /** GET /account/security/totp/anew */
    askAnew: (visit: AccountVisit): Promise<void> => ask(visit, 'anew'),

    /** POST /account/security/totp/anew */
    async anew(visit: AccountVisit): Promise<void> {
      const problem = await freshProof.judge(visit, { path: `${PAGE}/anew`, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return ask(visit, 'anew', problem);
      await totp.allowRenewal(visit.account.id, visit.session.uid);
      return visit.goTo(`${PAGE}/setup`);
    },

    /** GET /account/security/totp/off */
    askOff: (visit: AccountVisit): Promise<void> => ask(visit, 'off'),

    /** POST /account/security/totp/off */
    async off(visit: AccountVisit): Promise<void> {
      const problem = await freshProof.judge(visit, { path: `${PAGE}/off`, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return ask(visit, 'off', problem);
      const { account, session } = visit;
      const endsOlder = endsOlderOf(visit);
      await credentialNotices.keep(
        account,
        'totp_off',
        visit,
        async (tell) => {
          if (!(await totp.turnOff(account.id))) return;
          if (endsOlder) await endOlder(account.id, session.uid);
          await tell(account);
        },
        { endsOlder },
      );
      return visit.goTo(PAGE, 'totp_off');
    },
  };
}

export type TotpPages = ReturnType<typeof createTotpPages>;
