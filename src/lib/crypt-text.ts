// Password hashes as crypt(3) and its kin write them, as old panels and web servers keep them: read strictly, within the
// same bounds as PHC strings, and never written.

/** What such a hash costs: bcrypt counts in powers of two, the others in rounds. */
export type CryptCost =
  | { readonly scheme: 'bcrypt'; readonly logRounds: number }
  | {
      readonly scheme: 'md5-crypt' | 'apr1' | 'sha256-crypt' | 'sha512-crypt';
      readonly rounds: number;
    };

/** A hash of this kind; salt and hash are the characters as they stand in the text. */
export type CryptHash = { readonly cost: CryptCost; readonly salt: Uint8Array; readonly hash: Uint8Array };

// bcrypt at 14 and SHA-crypt with so many rounds take about a second.
const most = { text: 128, logRounds: 14, rounds: 500_000 };
const MD5_ROUNDS = 1000;
const SHA_ROUNDS = 5000;
const LEAST_SHA_ROUNDS = 1000;

const bcrypt = /^\$2[aby]\$(?<cost>\d\d)\$(?<salt>[./A-Za-z0-9]{22})(?<hash>[./A-Za-z0-9]{31})$/;
const md5 = /^\$(?<kind>1|apr1)\$(?<salt>[!-#%-9;-~]{1,8})\$(?<hash>[./0-9A-Za-z]{22})$/;
const sha =
  /^\$(?<kind>[56])\$(?:rounds=(?<rounds>[1-9]\d{3,8})\$)?(?<salt>[!-#%-9;-~]{1,16})\$(?<hash>[./0-9A-Za-z]{43}|[./0-9A-Za-z]{86})$/;

/**
 * The parts of `$2a$…`, `$2b$…`, `$2y$…`, `$1$…`, `$apr1$…`, `$5$…` or `$6$…`; `undefined` when it is malformed, of
 * another scheme, or absurdly costly.
 */
export function parseCrypt(text: string): CryptHash | undefined {
  if (text.length > most.text) return undefined;
  const groups = (bcrypt.exec(text) ?? md5.exec(text) ?? sha.exec(text))?.groups;
  const cost = groups && readCost(groups);
  if (groups === undefined || cost === undefined) return undefined;
  return { cost, salt: Buffer.from(groups['salt']!, 'latin1'), hash: Buffer.from(groups['hash']!, 'latin1') };
}

function readCost({ cost, kind, rounds, hash }: Record<string, string | undefined>): CryptCost | undefined {
  if (kind === '1') return { scheme: 'md5-crypt', rounds: MD5_ROUNDS };
  if (kind === 'apr1') return { scheme: 'apr1', rounds: MD5_ROUNDS };
  if (kind === undefined) {
    const logRounds = Number(cost);
    return logRounds >= 4 && logRounds <= most.logRounds ? { scheme: 'bcrypt', logRounds } : undefined;
  }
  const count = Number(rounds ?? SHA_ROUNDS);
  const isWhole = hash?.length === (kind === '5' ? 43 : 86);
  if (!isWhole || count < LEAST_SHA_ROUNDS || count > most.rounds) return undefined;
  return { scheme: kind === '5' ? 'sha256-crypt' : 'sha512-crypt', rounds: count };
}
