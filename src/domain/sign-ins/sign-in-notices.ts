// When a sign-in is told by mail (S38–S42), and when it has to wait for the link in that mail (S43, S45).

import type { Account, SignInMail, StoredAccount } from '../accounts/accounts.ts';
import type { History } from './history.ts';
import type { OpenMarks } from './open-marks.ts';
import { browserOf, placeNetwork, type Place, type Sightings } from './sightings.ts';

/** What the choices look at. */
export type NoticeFacts = {
  /** The account has signed in in this browser since it was opened. */
  readonly browserIsOpen: boolean;
  readonly browserAsLast: boolean;
  readonly networkAsLast: boolean;
  /** In the whole history. */
  readonly browserSeen: boolean;
  readonly networkSeen: boolean;
};

/** The choices, as they are offered: the most mails first. */
export const signInMails: readonly SignInMail[] = ['always', 'open_browser', 'changed', 'unseen', 'never'];

/** What holds for an account that has chosen nothing. */
export const STANDARD_SIGN_IN_MAIL: SignInMail = 'unseen';

/** Whether a sign-in is told by mail. Pure; features.md S38–S42. */
export function isNoticeDue(choice: SignInMail, facts: NoticeFacts): boolean {
  switch (choice) {
    case 'always':
      return true;
    case 'open_browser':
      return !facts.browserIsOpen;
    case 'changed':
      return !(facts.browserAsLast && facts.networkAsLast);
    case 'unseen':
      return !(facts.browserSeen && facts.networkSeen);
    case 'never':
      return false;
    default:
      return choice satisfies never;
  }
}

/** A place together with the marks that its open browser keeps. */
export type NoticePlace = Place & { readonly openMarks: readonly string[] };

/** Why settings will not do; each a locale key under `account.notices.problem`. */
export type NoticesProblem = 'confirmation_needs_mail' | 'confirmation_needs_phone';

/** Judges what a person wants: confirmation takes a verified phone (S44) and mails that are not off (S45). */
export function judgeNotices(
  account: Account,
  wanted: { mail: SignInMail; confirm: boolean },
): NoticesProblem | undefined {
  if (!wanted.confirm) return undefined;
  if (wanted.mail === 'never') return 'confirmation_needs_mail';
  const { phone, phoneVerified } = account;
  return phone !== undefined && phoneVerified === true ? undefined : 'confirmation_needs_phone';
}

/** Notices over the history. */
export function createSignInNotices(parts: { history: History; sightings: Sightings; openMarks: OpenMarks }) {
  const { history, sightings, openMarks } = parts;

  /**
   * Gathers the facts of a sign-in that is not in the history yet. A browser that was forgotten, as when the person
   * logged out everywhere, is neither open nor the last one: somebody else may have signed in there.
   */
  async function noticeFacts(accountId: string, place: NoticePlace): Promise<NoticeFacts> {
    const [last, seen] = await Promise.all([
      history.lastSuccess(accountId),
      sightings.seen(accountId, place),
    ]);
    const { browserId, address } = place;
    const network = placeNetwork(address);
    const lastBrowser =
      last && (last.browser ?? browserOf({ browserId: undefined, userAgent: last.userAgent }));
    return {
      browserIsOpen:
        seen.browser && browserId !== undefined && openMarks.has(place.openMarks, accountId, browserId),
      browserAsLast: seen.browser && lastBrowser === browserOf(place),
      networkAsLast: seen.network && network !== undefined && placeNetwork(last?.address) === network,
      browserSeen: seen.browser,
      networkSeen: seen.network,
    };
  }

  /** Whether this sign-in of the account is told by mail. */
  const isDue = async (account: StoredAccount, place: NoticePlace): Promise<boolean> => {
    const choice = account.doc.signInMail ?? STANDARD_SIGN_IN_MAIL;
    if (choice === 'always' || choice === 'never') return choice === 'always';
    return isNoticeDue(choice, await noticeFacts(account.id, place));
  };

  return {
    noticeFacts,
    isDue,
    /** Whether it completes only after the link in that mail. */
    isConfirmationDue: async (account: StoredAccount, place: NoticePlace): Promise<boolean> =>
      account.doc.confirmSignIn === true && (await isDue(account, place)),
  };
}

export type SignInNotices = ReturnType<typeof createSignInNotices>;
