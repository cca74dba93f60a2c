// Passwords that are known from breaches of others. Whoever lists them is asked before one is set, never at sign-in.

/** One list of such passwords. */
export type BreachedPasswords = {
  /** What it is called in the log: no address with secrets in it. */
  readonly name: string;
  /** Whether the list has the password. Rejects when that cannot be told, with a sentence for the operator's log. */
  has(password: string): Promise<boolean>;
};
