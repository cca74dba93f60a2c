// Password hashes as text (the PHC string format), read strictly: whatever is read here is safe to compute.

/** What a hash costs: the scheme and its parameters. */
export type PhcCost =
  | {
      readonly scheme: 'argon2id' | 'argon2i';
      readonly memoryKib: number;
      readonly passes: number;
      readonly lanes: number;
    }
  | { readonly scheme: 'pbkdf2-sha512' | 'pbkdf2-sha256' | 'pbkdf2-sha1'; readonly iterations: number }
  | {
      readonly scheme: 'scrypt';
      /** The binary logarithm of N (RFC 7914 §2). */
      readonly logN: number;
      readonly blockSize: number;
      readonly parallel: number;
    };

/**
 * A stored hash. `keyId` names the pepper it was made with; only the schemes that are written
 * today have one, and never `pbkdf2-sha1`.
 */
export type Phc = {
  readonly cost: PhcCost;
  readonly keyId?: string;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

// An imported or tampered string must not burn hours or gigabytes: at most 256 MiB, and a second or two.
const most = {
  text: 512,
  memoryKib: 262_144,
  memoryTimesPasses: 1_048_576,
  lanes: 16,
  iterations: 2_000_000,
  logN: 20,
  // 128 bytes times N and r are the memory; times p the work (RFC 7914 §2): 256 MiB, and four times as much.
  scryptBytes: 268_435_456,
  scryptWork: 1_073_741_824,
};
const saltBytes = { least: 4, most: 64 };
const hashBytes = { least: 16, most: 64 };

const keyIdPattern = '[A-Za-z0-9/+.-]{1,43}';
const tail = String.raw`(?:,keyid=(?<keyId>${keyIdPattern}))?\$(?<salt>[A-Za-z0-9+/]+)\$(?<hash>[A-Za-z0-9+/]+)$`;
const number = (name: string): string => String.raw`(?<${name}>[1-9]\d{0,8})`;
const argon2 = new RegExp(
  String.raw`^\$(?<argon2>argon2id?)\$v=19\$m=${number('m')},t=${number('t')},p=${number('p')}${tail}`,
);
const pbkdf2 = new RegExp(String.raw`^\$(?<scheme>pbkdf2-sha(?:1|256|512))\$i=${number('i')}${tail}`);

const scrypt = new RegExp(
  String.raw`^\$scrypt\$ln=${number('ln')},r=${number('r')},p=${number('parallel')}${tail}`,
);

/** Whether a pepper can be named so in a PHC string. */
export const isKeyId = (text: string): boolean => new RegExp(`^${keyIdPattern}$`).test(text);

/** The parts of a PHC string; `undefined` when it is malformed, of a scheme we do not know, or absurdly costly. */
export function parsePhc(text: string): Phc | undefined {
  if (text.length > most.text) return undefined;
  const groups = (argon2.exec(text) ?? pbkdf2.exec(text) ?? scrypt.exec(text))?.groups;
  if (groups === undefined) return undefined;
  const { keyId } = groups;
  const cost = readCost(groups);
  const salt = decode(groups['salt'], saltBytes);
  const hash = decode(groups['hash'], hashBytes);
  if (cost === undefined || salt === undefined || hash === undefined) return undefined;
  if (keyId === undefined) return { cost, salt, hash };
  return peppered.has(cost.scheme) ? { cost, keyId, salt, hash } : undefined;
}

/** The PHC string of these parts. */
export function formatPhc({ cost, keyId, salt, hash }: Phc): string {
  const key = keyId === undefined ? '' : `,keyid=${keyId}`;
  return `$${cost.scheme}$${parametersOf(cost)}${key}$${encode(salt)}$${encode(hash)}`;
}

const peppered: ReadonlySet<PhcCost['scheme']> = new Set(['argon2id', 'pbkdf2-sha256', 'pbkdf2-sha512']);

function parametersOf(cost: PhcCost): string {
  if ('iterations' in cost) return `i=${cost.iterations}`;
  if (cost.scheme === 'scrypt') return `ln=${cost.logN},r=${cost.blockSize},p=${cost.parallel}`;
  return `v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.lanes}`;
}

function readCost(groups: Record<string, string | undefined>): PhcCost | undefined {
  const [memoryKib, passes, lanes, iterations] = ['m', 't', 'p', 'i'].map((name) =>
    Number(groups[name] ?? 0),
  );
  if (groups['scheme'] !== undefined) {
    if (iterations! > most.iterations) return undefined;
    return {
      scheme: groups['scheme'] as 'pbkdf2-sha512' | 'pbkdf2-sha256' | 'pbkdf2-sha1',
      iterations: iterations!,
    };
  }
  if (groups['ln'] !== undefined) return readScrypt(groups);
  const scheme = groups['argon2'] as 'argon2id' | 'argon2i';
  const cost = { scheme, memoryKib: memoryKib!, passes: passes!, lanes: lanes! };
  if (cost.memoryKib > most.memoryKib || cost.memoryKib * cost.passes > most.memoryTimesPasses)
    return undefined;
  // RFC 9106 §3.1: memory is at least eight blocks a lane.
  return cost.lanes > most.lanes || cost.memoryKib < 8 * cost.lanes ? undefined : cost;
}

function readScrypt(groups: Record<string, string | undefined>): PhcCost | undefined {
  const [logN, blockSize, parallel] = ['ln', 'r', 'parallel'].map((name) => Number(groups[name])) as [
    number,
    number,
    number,
  ];
  if (logN > most.logN) return undefined;
  const bytes = 128 * 2 ** logN * blockSize;
  if (bytes > most.scryptBytes || bytes * parallel > most.scryptWork) return undefined;
  return { scheme: 'scrypt', logN, blockSize, parallel };
}

const encode = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('base64')
    .replace(/(?<!=)=+$/, '');

function decode(
  text: string | undefined,
  { least, most }: { least: number; most: number },
): Buffer | undefined {
  const bytes = Buffer.from(text ?? '', 'base64');
  return bytes.length >= least && bytes.length <= most && encode(bytes) === text ? bytes : undefined;
}
