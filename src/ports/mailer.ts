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
  /** Resolves once the letter is handed over; rejects when it could not be. */
  send(mail: Mail): Promise<void>;
};
