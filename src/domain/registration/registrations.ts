// Registration (S3, S62–S65): form, code by SMS, mailed link; only then there is an account. A registration belongs to
// the browser that began it and vanishes after a day. Whether an address has an account already is told by mail to
// that address alone: everything else is the same, and takes the same time, for both.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Store } from '../../ports/store.ts';
import { waitForFloor } from '../limits/answer-floor.ts';
import { networkOf } from '../../lib/address.ts';
import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { randomToken } from '../../lib/random.ts';
import { comparableName, type Accounts } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { FoundInvitation } from '../customers/invitation-answers.ts';
import type { Invitations } from '../customers/invitations.ts';
import type { Letters } from '../messages/letters.ts';
import type { PhoneCodes } from '../factors/phone-codes.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import { createFreshEmails } from './fresh-email.ts';
import {
  REGISTRATION_LIFE_SECONDS,
  registrationIdOf,
  type RegisteredIdentity,
  type Registration,
} from './stored-registration.ts';
import type { RegistrationActivation } from './registration-activation.ts';
import {
  judgeRegistration,
  type FieldProblems,
  type RegistrationFields,
  type RegistrationRules,
} from './registration-form.ts';
import { createUpdater } from '../update.ts';

/** How many forms are taken from one /32 or /64, from a /24 or /48, and from all together; and mails to one address. */
export const registrationQuotas = {
  network: { limit: 10, windowSeconds: 86_400 },
  wide: { limit: 30, windowSeconds: 3600 },
  all: { limit: 300, windowSeconds: 3600 },
  mail: { limit: 3, windowSeconds: 3600 },
} as const;

export type RegistrationBeginning =
  | { readonly kind: 'begun' }
  | { readonly kind: 'wrong'; readonly problems: FieldProblems }
  | { readonly kind: 'refused'; readonly problem: 'proof_missing' | 'proof_refused' }
  | {
      readonly kind: 'throttled';
      readonly problem: 'too_many_requests' | 'too_many_messages';
      readonly retryAfterSeconds: number;
    };

type Throttled = { readonly kind: 'throttled'; readonly retryAfterSeconds: number };
/** `moved` when the registration waits for something else, or is not there. */
export type RegistrationSending = { readonly kind: 'sent' } | { readonly kind: 'moved' } | Throttled;
export type RegistrationCode =
  { readonly kind: 'proved' } | { readonly kind: 'moved' } | { readonly kind: 'wrong' | 'over' } | Throttled;

/** What registrations stand on. */
export type RegistrationParts = {
  store: Store;
  clock: Clock;
  hasher: Hasher;
  accounts: Accounts;
  quotas: Quotas;
  phoneCodes: PhoneCodes;
  proofOfWork: ProofOfWork;
  letters: Letters;
  activation: Pick<RegistrationActivation, 'complete' | 'activateTrusted'>;
  invitations: Pick<Invitations, 'isAsFound'>;
  rules: RegistrationRules;
  log: Log;
};

/** Registrations over the store. */
export function createRegistrations(parts: RegistrationParts) {
  const { store, clock, hasher, accounts, quotas, phoneCodes, proofOfWork, letters, activation, rules, log } =
    parts;
  const registrations = store.collection(collections.registrations);
  const update = createUpdater(registrations);

  const expiry = (): Date => new Date(clock.now().getTime() + REGISTRATION_LIFE_SECONDS * 1000);
  const find = async (browserId: string): Promise<Registration | undefined> =>
    (await registrations.get(registrationIdOf(browserId)))?.doc;
  /** Codes are counted by the browser, and good for one form. */
  const useOf = (id: string, serial: string) =>
    ({ accountId: `registration:${id}`, purpose: 'register', subject: serial }) as const;

  async function sendCode(
    id: string,
    serial: string,
    { phone, locale }: Pick<NonNullable<Registration['person']>, 'phone' | 'locale'>,
    address: string | undefined,
  ) {
    const { accountId, ...use } = useOf(id, serial);
    return phoneCodes.send({ id: accountId, doc: { phone, locale } }, { ...use, phone, address });
  }

  /** Whether the address was verified where we trust it, or has the mail with the invitation that brought them here. */
  async function isProved(person: NonNullable<Registration['person']>): Promise<boolean> {
    const { email, identity, invitation } = person;
    if (identity?.trustedEmail === comparableName(email)) return true;
    return invitation?.emailKey === comparableName(email) && (await parts.invitations.isAsFound(invitation));
  }

  /** Mails the link; or, where there is an account, that there is one. */
  async function mail(browserId: string): Promise<RegistrationSending> {
    const startedAt = clock.now().getTime();
    const id = registrationIdOf(browserId);
    const seen = await find(browserId);
    if (seen?.state !== 'mail' || !seen.person) return { kind: 'moved' };
    const { email, locale } = seen.person;
    // Proved already, and nobody has an account with it: there is nothing that a letter would add.
    if ((await isProved(seen.person)) && !(await accounts.findByIdentifier(email))) {
      await activation.activateTrusted(id, seen.serial);
      return { kind: 'moved' };
    }
    const retryAfterSeconds = await quotas.spend([
      { id: `register:mail:${digest(comparableName(email))}`, ...registrationQuotas.mail },
    ]);
    if (retryAfterSeconds > 0) return { kind: 'throttled', retryAfterSeconds };
    const secret = randomToken();
    const expiresAt = expiry();
    const isMine = await update(id, (doc) =>
      doc?.serial === seen.serial && doc.state === 'mail'
        ? { result: true, write: { doc: { ...doc, link: digest(secret) }, expiresAt } }
        : { result: false },
    );
    if (!isMine) return { kind: 'moved' };
    const account = await accounts.findByIdentifier(email);
    const props = { email, expiresAt };
    if (account) {
      const signInUrl = letters.url('/account');
      await letters.send(account, 'account', 'registration-exists', { ...props, signInUrl });
    } else {
      const url = letters.url(`/activate/${secret}`);
      await letters.toAddress(email, 'account', 'activate', { ...props, url }, locale);
    }
    // One letter takes longer to write than the other.
    await waitForFloor(clock, startedAt);
    return { kind: 'sent' };
  }

  return {
    rules,
    mail,

    /** How the registration of this browser stands. */
    find,

    /**
     * Takes a form: a code is sent to the phone, and what was filled in waits for it. It takes the place of whatever
     * this browser has begun before. `subject` is what the proof of work is about.
     */
    async begin(
      { proof, ...fields }: RegistrationFields & { proof?: string | undefined },
      visit: {
        browserId: string;
        address: string | undefined;
        locale: 'cs' | 'en';
        subject: string;
        from?: string | undefined;
        /** Proved in this browser just now. */
        identity?: RegisteredIdentity | undefined;
        /** Found just now by the secret of its link. */
        invitation?: FoundInvitation | undefined;
      },
    ): Promise<RegistrationBeginning> {
      const { browserId, address, locale, subject, from, identity, invitation } = visit;
      const asksPassword = rules.asksPassword && identity === undefined;
      const judged = await judgeRegistration(fields, { ...rules, asksPassword });
      if (judged.kind === 'refused') return { kind: 'wrong', problems: judged.problems };
      if (invitation && invitation.emailKey !== comparableName(judged.registrant.email))
        return { kind: 'wrong', problems: { email: 'not_invited' } };
      const verdict = await proofOfWork.redeem(subject, proof);
      if (verdict !== 'accepted') return { kind: 'refused', problem: `proof_${verdict}` };
      const far = address === undefined ? 'unknown' : networkOf(address, { v4: 24, v6: 48 });
      const wait = await quotas.spend([
        { id: `register:network:${originOf(address)}`, ...registrationQuotas.network },
        { id: `register:wide:${far ?? 'unknown'}`, ...registrationQuotas.wide },
        { id: 'register:all', ...registrationQuotas.all },
      ]);
      if (wait > 0) {
        log.warn({ address }, 'too many registrations');
        return { kind: 'throttled', problem: 'too_many_requests', retryAfterSeconds: wait };
      }

      const id = registrationIdOf(browserId);
      const before = await find(browserId);
      if (before?.state === 'activating') await activation.complete(id, before);
      const at = clock.now().toISOString();
      const person = {
        ...judged.registrant,
        locale,
        ...(judged.password === undefined ? {} : { passwordHash: await hasher.hash(judged.password) }),
        ...(identity === undefined ? {} : { identity }),
        ...(invitation === undefined ? {} : { invitation }),
        agreements: rules.texts.map(({ document, version }) => ({ document, version, at })),
      };
      const serial = randomToken();
      const sent = await sendCode(id, serial, person, address);
      if (sent.kind === 'throttled') return { ...sent, problem: 'too_many_messages' };
      const doc: Registration = { state: 'phone', serial, person, ...(from === undefined ? {} : { from }) };
      await registrations.put(id, doc, expiry());
      log.info({ address }, 'registration begun');
      return { kind: 'begun' };
    },

    /** Sends another code to the phone of the form. */
    async sendCode(browserId: string, address: string | undefined): Promise<RegistrationSending> {
      const seen = await find(browserId);
      if (seen?.state !== 'phone' || !seen.person) return { kind: 'moved' };
      return sendCode(registrationIdOf(browserId), seen.serial, seen.person, address);
    },

    /** Tries the code; the right one proves the phone, and the mail is next. */
    async checkCode(browserId: string, typed: string): Promise<RegistrationCode> {
      const id = registrationIdOf(browserId);
      const seen = await find(browserId);
      if (seen?.state !== 'phone' || !seen.person) return { kind: 'moved' };
      const outcome = await phoneCodes.check(useOf(id, seen.serial), typed);
      if (outcome.kind !== 'proved') return outcome;
      // A code that went to another number proves nothing of this one.
      if (outcome.phone !== seen.person.phone) return { kind: 'over' };
      const isMine = await update(id, (doc) =>
        doc?.serial === seen.serial && doc.state === 'phone'
          ? { result: true, write: { doc: { ...doc, state: 'mail' as const }, expiresAt: expiry() } }
          : { result: false },
      );
      return { kind: isMine ? 'proved' : 'moved' };
    },

    /** Has the registration of this browser lead back to another sign-in than the one it began from. */
    async leadTo(browserId: string, from: string): Promise<void> {
      const id = registrationIdOf(browserId);
      const seen = await registrations.get(id);
      if (!seen || seen.doc.from === from) return;
      await update(id, (doc) =>
        doc?.serial === seen.doc.serial && doc.state === seen.doc.state
          ? {
              result: undefined,
              write: { doc: { ...doc, from }, ...(seen.expiresAt ? { expiresAt: seen.expiresAt } : {}) },
            }
          : { result: undefined },
      );
    },

    ...createFreshEmails({ store, clock, accounts }),

    /** Forgets what this browser has begun; an activation that has begun goes on. */
    async forget(browserId: string): Promise<void> {
      const seen = await find(browserId);
      if (seen?.state === 'activating') await activation.complete(registrationIdOf(browserId), seen);
      await registrations.remove(registrationIdOf(browserId));
    },
  };
}

export type Registrations = ReturnType<typeof createRegistrations>;
