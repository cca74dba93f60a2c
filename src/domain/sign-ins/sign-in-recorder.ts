// What is done once a sign-in is complete: it goes into the history, its place is remembered, and the person is told
// by mail if they want to be (S37), or if others have guessed at the password before (ASVS 6.3.5).

import { describeAgent, readAgent } from '../../lib/user-agent.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import { permissionsOf } from '../operators/permissions.ts';
import type { EndingLinks } from './ending-links.ts';
import type { Attempt, History, HistoryEntry } from './history.ts';
import type { Letters } from '../messages/letters.ts';
import type { Signals } from '../signals.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { FailedPasswordCounter, Guesses } from '../passwords/failed-passwords.ts';
import type { OpenMarks } from './open-marks.ts';
import type { SignInNotices } from './sign-in-notices.ts';
import type { Sightings } from './sightings.ts';

/** A sign-in as it is told to the recorder. */
export type CompleteSignIn = {
  readonly account: StoredAccount;
  /** The steps passed, in order. */
  readonly methods: readonly string[];
  /** Where it was made and for which application. */
  readonly attempt: Attempt & { readonly browserId: string };
  /** The marks of the accounts signed in to since the browser was opened. */
  readonly openMarks: readonly string[];
  /** The address list's entry that spared the second factor, as the person knows it: a range or its note. */
  readonly listEntry?: string | undefined;
  readonly upstream?: string | undefined;
  readonly link?: string | undefined;
};

/** How many letters about sign-ins an account gets; a person who signs in more often than that knows of it. */
export const signInMailQuota = { limit: 30, windowSeconds: 3600 } as const;
/**
 * How many of them are sent only because of guesses, when the person signs in where they have before: strangers can guess
 * as often as they like. What is held back is in the next one.
 */
export const guessedMailQuota = { limit: 1, windowSeconds: 86_400 } as const;

/** Records sign-ins. */
export function createSignInRecorder(parts: {
  history: History;
  sightings: Sightings;
  notices: SignInNotices;
  openMarks: OpenMarks;
  endingLinks: EndingLinks;
  letters: Letters;
  quotas: Quotas;
  audit: Pick<Audit, 'record'>;
  failedPasswords: Pick<FailedPasswordCounter, 'isGuessed' | 'takeGuesses'>;
  signals?: Pick<Signals, 'emit'>;
}) {
  const { history, sightings, notices, openMarks, endingLinks, letters, quotas, audit, signals } = parts;
  const { failedPasswords } = parts;

  /** Whoever knows the password could fill the owner's mailbox otherwise; the history has all of them. */
  const mayTell = async (account: StoredAccount): Promise<boolean> =>
    (await quotas.spend([{ id: `sign-in-mail:${account.id}`, ...signInMailQuota }])) === 0;

  /** Whether guesses are worth a letter that would not go out otherwise. In a new browser somebody may have guessed right. */
  const mayTellOfGuesses = async (account: StoredAccount, isNewBrowser: boolean): Promise<boolean> =>
    isNewBrowser
      ? mayTell(account)
      : (await quotas.spend([{ id: `guessed-sign-in-mail:${account.id}`, ...guessedMailQuota }])) === 0;

  async function tell(
    account: StoredAccount,
    entry: HistoryEntry,
    guesses: Guesses | undefined,
  ): Promise<void> {
    const [logOutUrl, lockUrl] = await Promise.all([
      endingLinks.logOutUrl(account),
      endingLinks.lockUrl(account),
    ]);
    const { at, address, network, clientName, methods, listEntry, userAgent, upstream } = entry;
    await letters.send(account, 'security', guesses ? 'guessed-sign-in' : 'sign-in', {
      when: at,
      address: address ?? '',
      organisation: network?.organisation ?? '',
      country: network?.country ?? '',
      ...readAgent(userAgent),
      application: clientName,
      methods,
      upstream: upstream ?? '',
      listEntry: listEntry ?? '',
      ...(guesses ? { guesses: described(guesses) } : {}),
      logOutUrl,
      lockUrl,
    });
  }

  /** Of those who may touch the accounts of others every sign-in is known for good, or there is none. */
  async function recordOperator({ account, methods, attempt }: CompleteSignIn): Promise<void> {
    if (permissionsOf(account.doc).size === 0) return;
    await audit.record({
      action: 'operator.signed_in',
      actor: { kind: 'operator', accountId: account.id },
      accountId: account.id,
      clientId: attempt.clientId,
      after: { methods },
    });
  }

  return {
    /**
     * Records a complete sign-in, once, before the person is sent on. Gives the mark that the browser is to keep while
     * it is open. A sign-in that was confirmed by a mailed link has been told of already.
     */
    async signedIn(signIn: CompleteSignIn): Promise<{ openMark: string }> {
      const { account, methods, attempt, openMarks: marks, listEntry, upstream, link } = signIn;
      await recordOperator(signIn);
      const told = methods.includes('email-link');
      const due = !told && (await notices.isDue(account, { ...attempt, openMarks: marks }));
      const [recorded, { newBrowser, newNetwork }, isTold, isGuessed] = await Promise.all([
        history.record({
          ...attempt,
          accountId: account.id,
          result: 'signed_in',
          methods,
          listEntry,
          upstream,
          link,
        }),
        sightings.remember(account.id, attempt),
        due && mayTell(account),
        failedPasswords.isGuessed(account.id),
      ]);
      if (newBrowser || newNetwork) {
        const { clientId, address } = attempt;
        const isNew = { isNewBrowser: newBrowser, isNewNetwork: newNetwork };
        signals?.emit({ kind: 'new_device', accountId: account.id, clientId, address, ...isNew });
      }
      const isGuessesTold = isGuessed && (isTold || (await mayTellOfGuesses(account, newBrowser)));
      const guesses = isGuessesTold ? await failedPasswords.takeGuesses(account.id) : undefined;
      if ((isTold || guesses) && recorded) await tell(account, recorded.doc, guesses);
      return { openMark: openMarks.make(account.id, attempt.browserId) };
    },
  };
}

const described = ({ lastAddress = '', lastAgent, ...guesses }: Guesses) => ({
  ...guesses,
  lastAddress,
  lastBrowser: describeAgent(lastAgent),
});

export type SignInRecorder = ReturnType<typeof createSignInRecorder>;
