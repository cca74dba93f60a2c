// Password hashing: slow on purpose, so it runs away from the event loop, a bounded number at a time.

/** Which scheme new hashes are written with. Every scheme is verified, whatever the profile. */
export type HashProfile = 'argon2id' | 'pbkdf2-sha512' | 'legacy';

/** Whether a hash goes before all that wait, in a line of its own with as much room. */
export type Turn = { readonly ahead?: boolean };

export type Hasher = {
  /** A PHC string of the current profile with a fresh salt. Rejects with `HasherBusy` when the queue is full. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash (a PHC string, or what an old system wrote), and whether the string should be written anew because
   * its scheme, cost or pepper is not the current one. A string that cannot be read is a mismatch.
   * Rejects with `HasherBusy` when the queue is full.
   */
  verify(phc: string, password: string, turn?: Turn): Promise<{ matches: boolean; outdated: boolean }>;
  /** Whether a hash made elsewhere can be verified here: known scheme, bearable cost, and its pepper, if any, is ours. */
  canVerify(text: string): boolean;
  /** Whether the hash is of the current profile and pepper, so that a sign-in leaves it as it is. */
  isCurrent(text: string): boolean;
  /** Spends the time of one verification of the current profile, for names that have no hash. Never matches. */
  pretend(password: string, turn?: Turn): Promise<void>;
  /** Ends the workers. */
  close(): Promise<void>;
};

/** More hashes are waiting than the queue holds: ask the person to try again in a moment. */
export class HasherBusy extends Error {
  override readonly name = 'HasherBusy';
}
