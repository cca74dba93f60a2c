// The letters in which a person hears that something about their signing in has changed.

import type { CredentialChange } from '../../src/domain/messages/credential-notices.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import { text } from './texts.ts';

/** Those to this address about this change, oldest first. */
export function changeLetters(
  { mails }: { readonly mails: readonly Mail[] },
  to: string,
  change: CredentialChange,
): Mail[] {
  // What a sentence names stands behind its first words.
  const sentence = text(`mail.credential_changed.what.${change}`).split('{{')[0]!;
  return mails.filter((mail) => mail.to === to && mail.text.includes(sentence));
}
