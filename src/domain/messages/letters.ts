// Mails and text messages to account holders: to the address or number on file, in their language, with links built
// from the issuer alone. They are put into the outbox; delivery is its matter.

import type { MailKind } from '../../ports/mailer.ts';
import { toGsm } from '../../lib/gsm.ts';
import type { Log } from '../../lib/log.ts';
import { displayName, type StoredAccount } from '../accounts/accounts.ts';
import type { Outbox } from './outbox.ts';

/** Makes a mail's text from its template. */
export type MailText = (
  name: string,
  locale: 'cs' | 'en',
  props: Readonly<Record<string, unknown>>,
) => { readonly subject: string; readonly text: string; readonly html: string };

/** The text messages there are, with their locale keys. */
export const smsTexts = {
  code: 'sms.code',
  totpRemoval: 'sms.totp_removal',
  totpRemovalDue: 'sms.totp_removal_due',
  contactChanged: 'sms.contact_changed',
} as const;
export type SmsName = keyof typeof smsTexts;

/** Makes a text message from its locale key; a time is told as pages tell it. */
export type SmsText = (
  key: (typeof smsTexts)[SmsName],
  locale: 'cs' | 'en',
  values: Readonly<Record<string, string | number | Date>>,
) => string;

/** Somebody who may have chosen a language. */
type Addressee = { readonly doc: Pick<StoredAccount['doc'], 'locale'> };

/** Letters over the outbox. What carries an `expiresAt` among its props is not sent later than that. */
export function createLetters(parts: {
  outbox: Pick<Outbox, 'enqueue'>;
  compose: MailText;
  say: SmsText;
  issuer: string;
  fallback: 'cs' | 'en';
  /** Where letters to the operators go. */
  operator?: string | undefined;
  log: Log;
}) {
  const { outbox, compose, say, issuer, fallback, operator, log } = parts;

  const localeOf = ({ doc }: Addressee): 'cs' | 'en' => doc.locale ?? fallback;

  async function post(
    account: StoredAccount,
    kind: MailKind,
    name: string,
    props: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { email, login } = account.doc;
    const addressed = { name: displayName(account.doc), login: login ?? email, ...props };
    const content = compose(name, localeOf(account), addressed);
    await outbox.enqueue('mail', { kind, to: email, ...content, ...endOf(props) });
  }

  return {
    url: (path: string): string => `${issuer}${path}`,

    /** The language that somebody is written to in: their own, else the house's. */
    localeOf,

    /** Puts one letter into the outbox; resolves when it is stored, and rejects when it cannot be. */
    post,

    /**
     * Puts one letter into the outbox; resolves when it is stored. What it tells of has been done already, so that it
     * cannot be stored is logged and breaks nothing.
     */
    async send(
      account: StoredAccount,
      kind: MailKind,
      name: string,
      props: Readonly<Record<string, unknown>>,
    ): Promise<void> {
      try {
        await post(account, kind, name, props);
      } catch (error) {
        log.error({ account: account.id, letter: name, error }, 'mail not sent');
      }
    },

    /** Puts one letter to the operators into the outbox, in the house's language; whether there is an address for it. */
    async toOperator(name: string, props: Readonly<Record<string, unknown>>): Promise<boolean> {
      if (operator === undefined) return false;
      await outbox.enqueue('mail', { kind: 'account', to: operator, ...compose(name, fallback, props) });
      return true;
    },

    /** Puts a letter to an address that is on no account, or no more, into the outbox; its id there. Rejects when it cannot. */
    toAddress(
      to: string,
      kind: MailKind,
      name: string,
      props: Readonly<Record<string, unknown>>,
      locale: 'cs' | 'en' = fallback,
    ): Promise<string> {
      return outbox.enqueue('mail', { kind, to, ...compose(name, locale, props), ...endOf(props) });
    },

    /**
     * Puts a text message (`sms.<name>`, filled with `props`) into the outbox, to the number on file or to one that is
     * yet to be verified. Somebody waits for it, so it rejects when it cannot be stored; a TypeError without a number.
     */
    async text(
      account: Addressee & { readonly id: string; readonly doc: Pick<StoredAccount['doc'], 'phone'> },
      name: SmsName,
      props: Readonly<Record<string, string | number | Date>>,
      to: string | undefined = account.doc.phone,
    ): Promise<void> {
      if (to === undefined) throw new TypeError(`account ${account.id} has no phone number`);
      const { expiresAt: _end, ...values } = props;
      const text = toGsm(say(smsTexts[name], localeOf(account), values));
      await outbox.enqueue('sms', { to, text, ...endOf(props) });
    },
  };
}

const endOf = ({ expiresAt }: Readonly<Record<string, unknown>>): { expiresAt?: Date } =>
  expiresAt instanceof Date ? { expiresAt } : {};

export type Letters = ReturnType<typeof createLetters>;
