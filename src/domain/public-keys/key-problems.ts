// Why a text is not taken for a public key, and what is known of one that is.

/** Each is a locale key under `account.keys.problem`. */
export type KeyProblem =
  | 'not_a_key'
  | 'private_key'
  | 'several_keys'
  | 'options'
  | 'certificate'
  | 'dsa'
  | 'weak_rsa'
  | 'damaged'
  | 'too_long'
  | 'revoked'
  | 'old_key';

/** A public key that was read and may be kept. */
export type ReadKey = {
  readonly kind: 'ssh' | 'gpg';
  /** `ssh-ed25519`, or for GPG the name of the algorithm. */
  readonly type: string;
  /** Of RSA keys. */
  readonly bits?: number;
  /** `SHA256:…` as `ssh-keygen -l` prints it; of GPG keys in capital hexadecimal. */
  readonly fingerprint: string;
  /** What identifies it to programs: the line without its comment, or the armored block. */
  readonly text: string;
  /** Of SSH keys. */
  readonly comment?: string;
  /** Of GPG keys. */
  readonly userIds?: readonly string[];
  /** ISO 8601, UTC: when a GPG key ends by its own word. */
  readonly endsAt?: string;
};

export type KeyOutcome =
  | { readonly kind: 'read'; readonly key: ReadKey }
  | { readonly kind: 'refused'; readonly problem: KeyProblem };

export const refuse = (problem: KeyProblem): KeyOutcome => ({ kind: 'refused', problem });

/** Shortest RSA key that is taken (NIST SP 800-131A); pages recommend 3072. */
export const LEAST_RSA_BITS = 2048;
const MOST_RSA_BITS = 16_384;

/** Whether an RSA key of this size is too weak, or of a size that only costs everybody time. */
export const rsaProblem = (bits: number): KeyProblem | undefined =>
  bits < LEAST_RSA_BITS ? 'weak_rsa' : bits > MOST_RSA_BITS ? 'damaged' : undefined;

/** Bytes of base64 as it must be written, padding and all; `undefined` when it is anything else. */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? bytes : undefined;
}
