// Mails to account holders: to the address on file, in their language, with links built from the issuer alone.

import type { MailKind, Mailer } from '../ports/mailer.ts';
import type { Log } from '../lib/log.ts';
import { displayName, type StoredAccount } from './accounts.ts';

/** Makes a mail's text from its template. */
export type MailText = (
  name: string,
  locale: 'cs' | 'en',
  props: Readonly<Record<string, unknown>>,
) => { readonly subject: string; readonly text: string; readonly html: string };

/** Letters over a mailer. */
export function createLetters(parts: {
  mailer: Mailer;
  compose: MailText;
  issuer: string;
  fallback: 'cs' | 'en';
  log: Log;
}) {
  const { mailer, compose, issuer, fallback, log } = parts;
  return {
    url: (path: string): string => `${issuer}${path}`,

    /** Sends one letter. A mail server that is away is logged and breaks nothing that was done. */
    async send(
      account: StoredAccount,
      kind: MailKind,
      name: string,
      props: Readonly<Record<string, unknown>>,
    ): Promise<void> {
      const { email, login, locale } = account.doc;
      const addressed = { name: displayName(account.doc), login: login ?? email, ...props };
      try {
        await mailer.send({ kind, to: email, ...compose(name, locale ?? fallback, addressed) });
      } catch (error) {
        log.error({ account: account.id, letter: name, error }, 'mail not sent');
      }
    },
  };
}

export type Letters = ReturnType<typeof createLetters>;
