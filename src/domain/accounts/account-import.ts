// Bringing the accounts of an old system along: a stream of records, read, judged and opened in batches, each refused
// with its line and the reason, and a run that was broken off taken up again.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import { AppError } from '../../lib/app-error.ts';
import { secretsEqual } from '../../lib/digest.ts';
import { schemeOf } from '../../lib/stored-hash.ts';
import { accountDocument, comparableName, type Account, type Accounts } from './accounts.ts';
import { readRecord } from './account-records.ts';
import type { Opening, OpeningOutcome, Openings } from './openings.ts';

/** One record of the file, or why it could not be read. */
export type ImportLine = { readonly line: number } & (
  { readonly record: Readonly<Record<string, unknown>> } | { readonly problem: string }
);

export type ImportOptions = {
  /** Judge everything, write nothing. */
  readonly dryRun: boolean;
  /** A record that is here already, just as it is, is skipped and not refused. */
  readonly resume: boolean;
  /** Whether a record without customer fields becomes a customer of its own. */
  readonly withCustomers: boolean;
};

export type Refused = { readonly line: number; readonly email?: string; readonly reason: string };

/** How far it is. In a dry run `created` is what would be. */
export type ImportCounts = { lines: number; created: number; skipped: number; refused: number };

export type ImportReport = ImportCounts & {
  /** How many of the created have a hash of which scheme; `none` must set a password by a link. */
  readonly schemes: Readonly<Record<string, number>>;
};

const BATCH = 500;
/** While one batch is on its way to the disk, the next is read and judged. */
const MOST_UNDER_WAY = 3;

type Candidate = { readonly line: number; readonly opening: Opening };

/** The import over openings. */
export function createAccountImport(parts: {
  openings: Pick<Openings, 'openMany'>;
  accounts: Pick<Accounts, 'findByIdentifier'>;
  hasher: Pick<Hasher, 'canVerify' | 'isCurrent'>;
  clock: Clock;
  /** How many records are opened together. */
  batchSize?: number;
}) {
  const { openings, accounts, hasher, clock, batchSize = BATCH } = parts;

  /**
   * Reads to the end; at most a few batches are in memory. Rejects when the storage fails, with all before it either
   * whole or completed at the next start.
   */
  async function run(
    lines: AsyncIterable<ImportLine>,
    options: ImportOptions,
    tell: { refused(refused: Refused): void; progress(counts: ImportCounts): void },
  ): Promise<ImportReport> {
    const counts: ImportCounts = { lines: 0, created: 0, skipped: 0, refused: 0 };
    const schemes: Record<string, number> = {};
    const underWay = new Set<Promise<void>>();
    let batch: Candidate[] = [];
    // What the latest batches lay claim to: of two records that want one name, the first one gets it.
    let claims: Map<string, string>[] = [new Map()];

    const refuse = (refused: Refused): void => {
      counts.refused += 1;
      tell.refused(refused);
    };
    const count = ({ opening: { account } }: Candidate): void => {
      counts.created += 1;
      const scheme = schemeOf(account.passwordHash);
      schemes[scheme] = (schemes[scheme] ?? 0) + 1;
    };
    const settle = (candidate: Candidate, outcome: OpeningOutcome): void => {
      const { line, opening } = candidate;
      if (outcome.kind === 'opened') count(candidate);
      else refuse({ line, email: opening.account.email, reason: takenReasons[outcome.field] });
    };
    const handle = async (candidates: readonly Candidate[]): Promise<void> => {
      const fresh: Candidate[] = [];
      for (const candidate of candidates) {
        const found = options.resume || options.dryRun ? await differences(candidate.opening) : undefined;
        const { line, opening } = candidate;
        if (found === undefined) fresh.push(candidate);
        else if (options.resume && found.length === 0) counts.skipped += 1;
        else refuse({ line, email: opening.account.email, reason: knownReason(found) });
      }
      if (options.dryRun) for (const candidate of fresh) count(candidate);
      else if (fresh.length > 0) {
        const outcomes = await openings.openMany(fresh.map(({ opening }) => opening));
        fresh.forEach((candidate, index) => settle(candidate, outcomes[index]!));
      }
      tell.progress(counts);
    };
    const send = async (): Promise<void> => {
      if (underWay.size >= MOST_UNDER_WAY) await Promise.race(underWay);
      const handled = handle(batch).then(() => void underWay.delete(handled));
      // Whoever waits next hears of a failure; until then it is not unheard.
      handled.catch(() => {});
      underWay.add(handled);
      batch = [];
      claims = [new Map<string, string>(), ...claims].slice(0, MOST_UNDER_WAY + 1);
    };
    const add = async (candidate: Candidate): Promise<void> => {
      const wanted = claimsOf(candidate);
      if (wanted.some(([key, value]) => claims.some((made) => made.has(key) && made.get(key) !== value))) {
        await send();
        await Promise.all(underWay);
        claims = [new Map()];
      }
      for (const [key, value] of wanted) claims[0]!.set(key, value);
      batch.push(candidate);
      if (batch.length === batchSize) await send();
    };

    for await (const given of lines) {
      counts.lines += 1;
      const read = 'problem' in given ? given : judge(given.record, options.withCustomers);
      if ('problem' in read) refuse({ line: given.line, reason: read.problem, ...emailOf(given) });
      else await add({ line: given.line, opening: read.opening });
    }
    if (batch.length > 0) await send();
    await Promise.all(underWay);
    return { ...counts, schemes };
  }

  /** The opening that a record asks for, if everything about it will do. */
  function judge(record: Readonly<Record<string, unknown>>, withCustomers: boolean) {
    const now = clock.now();
    const read = readRecord(record, now, withCustomers);
    if ('problem' in read) return read;
    const { passwordHash } = read.opening.account;
    if (passwordHash !== undefined && !hasher.canVerify(passwordHash)) return { problem: UNUSABLE_HASH };
    try {
      accountDocument(read.opening.account, now);
    } catch (error) {
      if (error instanceof AppError) return { problem: `login: ${error.message}` };
      throw error;
    }
    return read;
  }

  /** In which fields the account of these names differs from the record; `undefined` when there is none. */
  async function differences({ account }: Opening): Promise<string[] | undefined> {
    const byEmail = await accounts.findByIdentifier(account.email);
    const found =
      byEmail ?? (account.login === undefined ? undefined : await accounts.findByIdentifier(account.login));
    if (!found) return undefined;
    const wanted = accountDocument(account, clock.now());
    const differing = compared.filter((field) => found.doc[field] !== wanted[field]);
    // What a person has proved since is no difference, nor is a hash that their sign-in renewed.
    const verified = (['emailVerified', 'phoneVerified'] as const).filter(
      (field) => (found.doc[field] ?? false) !== (wanted[field] ?? false) && found.doc[field] !== true,
    );
    const createdAt = account.createdAt !== undefined && account.createdAt !== found.doc.createdAt;
    return [
      ...differing,
      ...verified,
      ...(createdAt ? ['createdAt'] : []),
      ...(isHashOf(found.doc, account.passwordHash) ? [] : ['passwordHash']),
    ];
  }

  /** Whether the account's hash is that of the record, or what a sign-in has made of it. */
  function isHashOf({ passwordHash }: Account, source: string | undefined): boolean {
    if (passwordHash === undefined) return source === undefined;
    return hasher.isCurrent(passwordHash) || (source !== undefined && secretsEqual(passwordHash, source));
  }

  return { run };
}

export type AccountImport = ReturnType<typeof createAccountImport>;

const compared = ['loginKey', 'emailKey', 'givenName', 'familyName', 'name', 'phone', 'locale'] as const;

const UNUSABLE_HASH =
  'password_hash: is of no scheme that is known here, would cost too much, or was made with a key of another installation';

const takenReasons = {
  login: 'login: belongs to another account',
  email: 'email: belongs to another account',
  customer_number: 'customer_number: belongs to a customer of another kind or name',
} as const;

/** What a record wants for itself: its names, and a customer number for a customer of this kind and name. */
function claimsOf({ line, opening: { account, customer } }: Candidate): [key: string, value: string][] {
  const names = [account.email, ...(account.login === undefined ? [] : [account.login])].map(comparableName);
  const { number, kind = '', name = '' } = customer ?? {};
  return [
    ...names.map((key): [string, string] => [`name ${key}`, String(line)]),
    ...(number === undefined ? [] : [[`number ${number}`, `${kind} ${name}`] satisfies [string, string]]),
  ];
}

/** The names of the record, where its own columns have them. */
const columns: Readonly<Record<string, string>> = {
  loginKey: 'login',
  emailKey: 'email',
  emailVerified: 'email_verified',
  givenName: 'given_name',
  familyName: 'family_name',
  phoneVerified: 'phone_verified',
  createdAt: 'created_at',
  passwordHash: 'password_hash',
};

const knownReason = (differing: readonly string[]): string =>
  differing.length === 0
    ? 'the account is here already, just so'
    : `an account of this name is here already, and differs in ${differing.map((field) => columns[field] ?? field).join(', ')}`;

/** The e-mail address of a record, to find it by in the report. */
function emailOf(given: ImportLine): { email?: string } {
  const email = 'record' in given ? given.record['email'] : undefined;
  return typeof email === 'string' && email !== '' ? { email: email.slice(0, 254) } : {};
}
