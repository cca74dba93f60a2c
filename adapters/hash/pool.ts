// The hasher: every scheme is verified, one is written, and the work is done by a bounded pool of threads.
// Argon2 never enters libuv's pool: there it starves token signing (4 190 signatures a second fell to 88).

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { type PhcCost, formatPhc, isKeyId } from '../../src/lib/phc.ts';
import { type StoredHash, parseStoredHash, sameCost } from '../../src/lib/stored-hash.ts';
import type { HashProfile, Hasher, Turn } from '../../src/ports/hasher.ts';
import type { HashJob } from './derive-hash.ts';
import { createWorkers } from './workers.ts';

type Profile = { readonly cost: PhcCost; readonly bytes: number; readonly peppered: boolean };

const saltBytes = 16;
const profiles: Record<HashProfile, Profile> = {
  argon2id: {
    cost: { scheme: 'argon2id', memoryKib: 19_456, passes: 2, lanes: 1 },
    bytes: 32,
    peppered: true,
  },
  'pbkdf2-sha512': { cost: { scheme: 'pbkdf2-sha512', iterations: 210_000 }, bytes: 32, peppered: true },
  // S4: exactly what the old system wrote, so hashes can travel both ways; it knew no pepper.
  legacy: { cost: { scheme: 'pbkdf2-sha1', iterations: 10_000 }, bytes: 20, peppered: false },
};

export type HasherOptions = {
  /** The scheme new hashes are written with. */
  readonly profile?: HashProfile;
  /** The first goes into new hashes; the others are still verified. Ids are PHC `keyid`s. */
  readonly peppers?: readonly { readonly id: string; readonly key: Buffer }[];
  readonly workers?: number;
  /** How many hashes may wait for a thread, and as many that go ahead of them. */
  readonly queueLimit?: number;
  /** `node` keeps to `node:crypto`; `native` falls back to it where `@node-rs/argon2` cannot be loaded. */
  readonly engine?: 'native' | 'node';
};

/** A hasher whose threads start at first use. Throws a `TypeError` for a pepper that cannot be named. */
export function createHasher({
  profile: profileName = 'argon2id',
  peppers = [],
  workers = availableParallelism(),
  queueLimit = 100,
  engine = 'native',
}: HasherOptions = {}): Hasher {
  const wrong = peppers.find(({ id, key }) => !isKeyId(id) || key.length === 0);
  if (wrong !== undefined) throw new TypeError(`pepper ${JSON.stringify(wrong.id)} has no usable id or key`);
  const pepperKeys = new Map(peppers.map(({ id, key }) => [id, key]));
  const profile = profiles[profileName];
  const currentKeyId = profile.peppered ? peppers[0]?.id : undefined;
  const pool = createWorkers<HashJob, Uint8Array>({
    script: new URL('./worker.ts', import.meta.url),
    data: { engine },
    count: workers,
    queueLimit,
  });

  const derive = (
    password: string,
    { cost, keyId, salt, bytes }: Recipe,
    turn?: Turn,
  ): Promise<Uint8Array> => {
    const pepper = keyId === undefined ? undefined : pepperKeys.get(keyId);
    const job = {
      cost,
      password: alone(Buffer.from(password)),
      salt: alone(salt),
      bytes,
      ...(pepper && { pepper: alone(pepper) }),
    };
    return pool.run(job, turn);
  };
  const current = (salt: Uint8Array): Recipe<PhcCost> => ({
    cost: profile.cost,
    bytes: profile.bytes,
    salt,
    ...(currentKeyId !== undefined && { keyId: currentKeyId }),
  });
  const pretend = async (password: string, turn?: Turn): Promise<void> => {
    await derive(nfc(password), current(Buffer.alloc(saltBytes)), turn);
  };

  async function matches(phc: StoredHash, password: string, turn?: Turn): Promise<boolean> {
    const expected = phc.hash;
    return timingSafeEqual(await derive(password, { ...phc, bytes: expected.length }, turn), expected);
  }

  /** Whether it matches, and whether that took the very text a non-NFC keyboard gave, as the old system stored it. */
  async function compare(
    phc: StoredHash,
    password: string,
    turn?: Turn,
  ): Promise<{ matches: boolean; outdated: boolean }> {
    const outdated = !isCurrent(phc);
    if (await matches(phc, nfc(password), turn)) return { matches: true, outdated };
    const asGiven = phc.keyId === undefined && password !== nfc(password);
    const found = asGiven && (await matches(phc, password, turn));
    return { matches: found, outdated: found };
  }

  const isCurrent = (phc: StoredHash): boolean =>
    hasCurrentCost(phc) && phc.keyId === currentKeyId && phc.salt.length >= saltBytes;
  const hasCurrentCost = ({ cost, hash }: StoredHash): boolean =>
    sameCost(cost, profile.cost) && hash.length === profile.bytes;

  const hasItsKey = ({ keyId }: StoredHash): boolean => keyId === undefined || pepperKeys.has(keyId);

  return {
    async hash(password) {
      const recipe = current(randomBytes(saltBytes));
      return formatPhc({ ...recipe, hash: await derive(nfc(password), recipe) });
    },

    async verify(text, password, turn) {
      const phc = parseStoredHash(text);
      const readable = phc !== undefined && hasItsKey(phc);
      if (readable && hasCurrentCost(phc)) return compare(phc, password, turn);
      // Nobody may learn from the time that an account's hash is an old, cheap one, or that it has none.
      const [verdict] = await Promise.all([
        readable ? compare(phc, password, turn) : mismatch,
        pretend(password, turn),
      ]);
      return verdict;
    },

    canVerify(text) {
      const phc = parseStoredHash(text);
      return phc !== undefined && hasItsKey(phc);
    },
    isCurrent(text) {
      const phc = parseStoredHash(text);
      return phc !== undefined && isCurrent(phc);
    },
    pretend,
    close: () => pool.close(),
  };
}

type Recipe<Cost = StoredHash['cost']> = Omit<StoredHash, 'hash' | 'cost'> & {
  readonly cost: Cost;
  readonly bytes: number;
};

const mismatch = { matches: false, outdated: false };

/** A message to a thread copies the whole memory behind a Buffer, and small Buffers share theirs with others. */
const alone = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

/** One person's keyboards may spell one password in several ways (NIST SP 800-63B-4 §3.1.1.2). */
const nfc = (password: string): string => password.normalize('NFC');
