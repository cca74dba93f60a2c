// Getting back in with a forgotten login name or password (S9–S11, S61, S66): a person names what they know, and a
// letter to the address on file brings the login name and a link. Whether anything was sent is told to nobody.

import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../lib/log.ts';
import { digest } from '../../lib/digest.ts';
import type { Accounts, StoredAccount } from '../accounts/accounts.ts';
import { waitForFloor } from '../limits/answer-floor.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { Domains } from '../customers/domains.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { ProofOfWork } from '../limits/proof-of-work.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { Identities } from '../federation/identities.ts';
import { originOf, wideOriginOf, type Quotas } from '../limits/quotas.ts';
import type { SetPassword, SetPasswordOutcome } from './set-password.ts';

/** How much may be asked for: of one account, from one /32 or /64, from a /24 or /48, and by all together. */
export const recoveryQuotas = {
  account: { limit: 3, windowSeconds: 3600 },
  network: { limit: 10, windowSeconds: 3600 },
  wide: { limit: 50, windowSeconds: 3600 },
  all: { limit: 1000, windowSeconds: 3600 },
} as const;

/** The longest name that is looked up: an e-mail address, or a domain with its final dot. */
export const LONGEST_KNOWN = 254;

export type RecoveryRequest = {
  /** A login name, an e-mail address or an own domain name, as typed. */
  readonly known: string;
  /** The id of the sign-in that the person came from and goes on with afterwards, or empty. */
  readonly signIn: string;
  readonly proof: string | undefined;
  /** What the proof of work is about. */
  readonly subject: string;
  readonly address: string | undefined;
  readonly userAgent: string;
  /** The browser's long-lived id. */
  readonly browserId: string;
  /** The secret of the browser that asks; the link works where it is. */
  readonly mark: string;
};

export type RecoveryOutcome =
  | { readonly kind: 'asked' }
  | {
      readonly kind: 'refused';
      readonly problem: 'empty' | 'too_long' | 'proof_missing' | 'proof_refused';
    }
  | { readonly kind: 'throttled'; readonly retryAfterSeconds: number };

/** The way back to an account. With `sameBrowser` a link works only in the browser that asked for it (S61). */
export function createRecovery(parts: {
  accounts: Pick<Accounts, 'findByIdentifier'>;
  domains: Pick<Domains, 'ownerOf'>;
  browsers: Pick<Browsers, 'isKnown'>;
  links: OneTimeLinks;
  setPassword: Pick<SetPassword, 'use' | 'rulesFor'>;
  letters: Letters;
  quotas: Quotas;
  proofOfWork: ProofOfWork;
  describeAgent: (userAgent: string) => string;
  clock: Clock;
  log: Log;
  sameBrowser: boolean;
  identities: Pick<Identities, 'links' | 'upstreams' | 'labelsOf'>;
  passkeys: Pick<Passkeys, 'list'>;
}) {
  const { accounts, domains, browsers, links, setPassword, letters, quotas, proofOfWork } = parts;
  const { describeAgent, clock, log, sameBrowser, identities, passkeys } = parts;

  /** What binds a link to a browser: nothing that could be read out of the store and put into another one. */
  const bindingOf = (mark: string | undefined): string | undefined =>
    sameBrowser ? digest(mark ?? '') : undefined;

  /** Whom the name may stand for. Two, where a login name is spelled like somebody else's domain: both are asked. */
  async function named(known: string): Promise<StoredAccount[]> {
    const found = await Promise.all([accounts.findByIdentifier(known), domains.ownerOf(known)]);
    return found.filter(
      (account, index): account is StoredAccount =>
        account !== undefined && found.findIndex((other) => other?.id === account.id) === index,
    );
  }

  /** The account's password signs in nowhere (S77): the letter says what does, as things stand. */
  async function sayOtherMeans(account: StoredAccount, request: RecoveryRequest): Promise<void> {
    const [upstreams, keys] = await Promise.all([identities.labelsOf(account.id), passkeys.list(account.id)]);
    await letters.send(account, 'security', 'recover-elsewhere', {
      upstreams,
      hasPasskey: keys.length > 0,
      signInUrl: letters.url('/account'),
      supportUrl: letters.url('/support/login'),
      address: request.address ?? '',
      browser: describeAgent(request.userAgent),
    });
    log.info({ account: account.id }, 'no recovery link: the password is switched off');
  }

  /**
   * Counts a request; the seconds to wait when there have been too many. What all share is there for strangers: whoever
   * has many networks uses it up, and must not close the way back to people in their own browsers with it.
   */
  async function spend(
    found: readonly StoredAccount[],
    { address, browserId }: RecoveryRequest,
  ): Promise<number> {
    const ids = found.length > 0 ? found.map(({ id }) => id) : ['nobody'];
    const known = await Promise.all(ids.map((id) => browsers.isKnown(id, browserId)));
    return quotas.spend([
      { id: `recover:network:${originOf(address)}`, ...recoveryQuotas.network },
      { id: `recover:wide:${wideOriginOf(address)}`, ...recoveryQuotas.wide },
      ...(known.includes(true) ? [] : [{ id: 'recover:all', ...recoveryQuotas.all }]),
    ]);
  }

  /** Mails a link, unless the account is not to get one; the caller cannot tell. */
  async function mail(account: StoredAccount, request: RecoveryRequest): Promise<void> {
    const { id, doc } = account;
    if (doc.status !== 'active' || doc.resetForbidden === true) return;
    // Strangers must not be able to use up what the owner has left in a browser of their own.
    const known = await browsers.isKnown(id, request.browserId);
    const whose = known ? `browser:${id}:${digest(request.browserId)}` : `account:${id}`;
    const spent = await quotas.spend([{ id: `recover:${whose}`, ...recoveryQuotas.account }]);
    if (spent > 0) return log.info({ account: id }, 'no recovery link: enough were sent this hour');
    if (doc.passwordOff === true) return sayOtherMeans(account, request);
    const { secret, expiresAt } = await links.issue('recover', account, {
      binding: bindingOf(request.mark),
    });
    await letters.send(account, 'security', 'recover', {
      url: letters.url(`/recover/${secret}${request.signIn && `?sign_in=${request.signIn}`}`),
      expiresAt,
      sameBrowser,
      address: request.address ?? '',
      browser: describeAgent(request.userAgent),
    });
    log.info({ account: id }, 'recovery link mailed');
  }

  return {
    rulesFor: setPassword.rulesFor,
    sameBrowser,

    /** Takes a request. The answer is the same, after the same time, whether the name is anybody's or not. */
    async ask(request: RecoveryRequest): Promise<RecoveryOutcome> {
      const startedAt = clock.now().getTime();
      const known = request.known.trim();
      if (known === '') return { kind: 'refused', problem: 'empty' };
      if (known.length > LONGEST_KNOWN) return { kind: 'refused', problem: 'too_long' };
      const verdict = await proofOfWork.redeem(request.subject, request.proof);
      if (verdict !== 'accepted') return { kind: 'refused', problem: `proof_${verdict}` };
      const found = await named(known);
      const retryAfterSeconds = await spend(found, request);
      if (retryAfterSeconds === 0) await Promise.all(found.map((account) => mail(account, request)));
      await waitForFloor(clock, startedAt);
      return retryAfterSeconds === 0 ? { kind: 'asked' } : { kind: 'throttled', retryAfterSeconds };
    },

    /** Whose link it is in the browser with this mark; nothing is used up. */
    peek: (secret: string, mark: string | undefined): Promise<StoredAccount | undefined> =>
      links.peek('recover', secret, bindingOf(mark)),

    /** What is linked to an account, for its person to say what stays. */
    linkedTo: async (accountId: string) =>
      (await identities.links.ofAccount(accountId)).map(({ doc }) => ({
        name: identities.upstreams.nameOf(doc),
        label: identities.upstreams.labelOf(identities.upstreams.nameOf(doc)),
        username: doc.username ?? '',
      })),

    /**
     * Sets the password by such a link: everything open ends, identities that are not kept are no longer linked, the
     * second factor stays, and nobody is signed in.
     */
    use(
      secret: string,
      mark: string | undefined,
      given: { password: string; repeated: string; browserId: string; kept: readonly string[] },
    ): Promise<SetPasswordOutcome> {
      const { password, repeated, browserId, kept } = given;
      const how = { purpose: 'recover', binding: bindingOf(mark), kept } as const;
      return setPassword.use(secret, password, repeated, browserId, how);
    },
  };
}

export type Recovery = ReturnType<typeof createRecovery>;
