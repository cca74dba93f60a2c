// Letters to people. The text is made by the caller; an adapter only delivers it.

/** Which sender a letter comes from: `security` is a no-reply address, `account` the company's own (S60). */
export type MailKind = 'security' | 'account';

export type Mail = {
  readonly kind: MailKind;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

export type Mailer = {
  /**
   * Resolves once the letter is handed over; rejects with `DeliveryFailed` when it could not be. `id` names the
   * letter: sent twice under one id, it carries the same Message-ID (RFC 5322 §3.6.4).
   */
  send(mail: Mail, id: string): Promise<void>;
  /** Resolves when the server answers and lets us in; rejects with `DeliveryFailed`. */
  check?(): Promise<void>;
  /** Ends what is open. */
  close?(): Promise<void>;
};
