// Registration (S3, S62–S65): form, code by SMS, mailed link; only then there is an account. A registration belongs to
// the browser that began it and vanishes after a day. Whether an address has an account already is told by mail to
// that address alone: everything else is the same, and takes the same time, for both.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Store } from '../../ports/store.ts';
import { waitForFloor } from '../limits/answer-floor.ts';
import { networkOf } from '../../lib/address.ts';
import { digest, secretsEqual } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { randomToken } from '../../lib/random.ts';
import { comparableName, type Accounts, type Agreement, type PostalAddress } from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import type { CustomerBilling } from '../customers/customers.ts';
import type { FoundInvitation } from '../customers/invitation-answers.ts';
import type { Invitations } from '../customers/invitations.ts';
import type { Letters } from '../messages/letters.ts';
import type { PhoneCodes } from '../factors/phone-codes.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { LinkedIdentity } from '../federation/links.ts';
import { originOf, type Quotas } from '../limits/quotas.ts';
import type { RegistrationActivation } from './registration-activation.ts';
import {
  judgeRegistration,
  type FieldProblems,
  type Registrant,
  type RegistrationFields,
  type RegistrationRules,
} from './registration-form.ts';
import { createUpdater } from '../update.ts';

/** One registration; its id is the hash of the browser's. */
export type Registration = {
  /** What it waits for: the code, the link, its own end after a crash; or nothing more. */
  readonly state: 'phone' | 'mail' | 'activating' | 'done';
  /** New with every form that was taken. */
  readonly serial: string;
  /** The sign-in that it leads back to. */
  readonly from?: string;
  /** Gone once the account is there. */
  readonly person?: Registrant & {
    readonly locale: 'cs' | 'en';
    readonly passwordHash?: string;
    readonly agreements: readonly Agreement[];
    /** What the account is linked to at once (S75). */
    readonly identity?: RegisteredIdentity;
    /** What it becomes a member by, in the place of a customer of its own; its link has proved the address. */
    readonly invitation?: FoundInvitation;
  };
  /** Hash of the secret of the latest mailed link. */
  readonly link?: string;
  /** What the activation makes, once it has begun. */
  readonly plan?: { readonly accountId: string; readonly customerId: string; readonly number: string };
  readonly isPasswordMailed?: boolean;
  /** When it was done, and the hash of the address: until its browser has signed in, the sign-in page knows it. */
  readonly fresh?: { readonly at: string; readonly email: string };
};

/** An identity at an upstream that registers. */
export type RegisteredIdentity = LinkedIdentity & {
  /** What people call the upstream. */
  readonly label: string;
  /** The address that the upstream has verified, as we compare it; absent unless it is trusted with that. */
  readonly trustedEmail?: string;
  /** What it has filled in, and when: of what is left as it was, it is the source. */
  readonly said?: {
    readonly name: string;
    readonly phone: string;
    readonly company: string;
    readonly at: string;
  };
  /** What the person has ticked to be taken over beside the form. */
  readonly address?: PostalAddress;
  readonly billing?: { readonly billing: CustomerBilling; readonly fields: readonly string[] };
};

/** How long a registration waits for its next step, and so how long a mailed link lives (S65). */
export const REGISTRATION_LIFE_SECONDS = 86_400;

/** How long the sign-in page of the browser that registered begins with the new address. */
const FRESH_SECONDS = 1800;

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

  const idOf = (browserId: string): string => digest(browserId);
  const expiry = (): Date => new Date(clock.now().getTime() + REGISTRATION_LIFE_SECONDS * 1000);
  const find = async (browserId: string): Promise<Registration | undefined> =>
    (await registrations.get(idOf(browserId)))?.doc;
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
    const id = idOf(browserId);
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

      const id = idOf(browserId);
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
      return sendCode(idOf(browserId), seen.serial, seen.person, address);
    },

    /** Tries the code; the right one proves the phone, and the mail is next. */
    async checkCode(browserId: string, typed: string): Promise<RegistrationCode> {
      const id = idOf(browserId);
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
      const id = idOf(browserId);
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

    /**
     * The address that this very browser has registered with just now, for its sign-in page to begin with; not one
     * that the account has got since.
     */
    async freshEmail(browserId: string): Promise<string | undefined> {
      const { fresh, plan } = (await find(browserId)) ?? {};
      if (!fresh || !plan || clock.now().getTime() - Date.parse(fresh.at) > FRESH_SECONDS * 1000)
        return undefined;
      const account = await accounts.get(plan.accountId);
      return account && secretsEqual(digest(account.doc.emailKey), fresh.email)
        ? account.doc.email
        : undefined;
    },

    /** Has the sign-in page forget that address: somebody has signed in in this browser. */
    async forgetFresh(browserId: string): Promise<void> {
      const id = idOf(browserId);
      const seen = await registrations.get(id);
      if (!seen?.doc.fresh) return;
      await update(id, (doc) => {
        if (doc?.serial !== seen.doc.serial) return { result: undefined };
        const { fresh: _fresh, ...rest } = doc;
        return {
          result: undefined,
          write: { doc: rest, ...(seen.expiresAt ? { expiresAt: seen.expiresAt } : {}) },
        };
      });
    },

    /** Forgets what this browser has begun; an activation that has begun goes on. */
    async forget(browserId: string): Promise<void> {
      const seen = await find(browserId);
      if (seen?.state === 'activating') await activation.complete(idOf(browserId), seen);
      await registrations.remove(idOf(browserId));
    },
  };
}

export type Registrations = ReturnType<typeof createRegistrations>;
