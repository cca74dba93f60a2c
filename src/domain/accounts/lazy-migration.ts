// People whom only the old system knows yet: at their first sign-in here it is asked, the account is opened with a new
// hash of the password that was right there, and the old system is never asked for those names again.

import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { OldSystem } from '../../ports/old-system.ts';
import type { Store } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import type { Log } from '../../lib/log.ts';
import { comparableName, NameTaken, type Accounts, type StoredAccount } from './accounts.ts';
import { readRecord, recordFields } from './account-records.ts';
import { collections } from '../collections.ts';
import { NumberTaken, type Opening, type Openings } from './openings.ts';
import { PASSWORD_INPUT_LIMIT } from '../passwords/passwords.ts';

/** A name that has come along; its id is the hash of the name as it is compared. */
export type MigratedName = { readonly accountId: string };

/** What an answer is read for: its hash is of no use, since the password itself is at hand. */
const wanted = recordFields.filter(
  (name) => !/^(password_hash|hash.*|salt.*|iterations|key_length|encoding)$/.test(name),
);
const LONGEST_NAME = 254;

/** The migration over the old system. */
export function createLazyMigration(parts: {
  oldSystem: OldSystem;
  store: Store;
  accounts: Pick<Accounts, 'findByIdentifier'>;
  openings: Pick<Openings, 'open'>;
  hasher: Hasher;
  audit: Pick<Audit, 'note'>;
  clock: Clock;
  log: Log;
}) {
  const { oldSystem, store, accounts, openings, hasher, audit, clock, log } = parts;
  const migrated = store.collection(collections.migratedNames);

  async function ask(login: string, password: string): Promise<Opening | undefined> {
    let answer: Readonly<Record<string, unknown>> | undefined;
    try {
      answer = await oldSystem.ask(login, password);
    } catch (error) {
      log.warn({ error }, 'the old system could not be asked for an account');
      return undefined;
    }
    if (answer === undefined) return undefined;
    const known = Object.entries(answer).filter(([name]) => wanted.includes(name));
    const read = readRecord(Object.fromEntries(known), clock.now());
    if ('opening' in read) return read.opening;
    log.warn({ problem: read.problem }, 'the old system told of an account that cannot be opened');
    return undefined;
  }

  /** Opens the account; of several sign-ins at once one does, and the others prove themselves against it. */
  async function open(opening: Opening, identifier: string, password: string) {
    const account = { ...opening.account, passwordHash: await hasher.hash(password) };
    try {
      const opened = await openings.open({ ...opening, account });
      const { id: accountId } = opened.account;
      const after = { email: opening.account.email, way: 'old_system' };
      await audit.note({
        action: 'account.migrated',
        actor: { kind: 'person', accountId },
        accountId,
        after,
      });
      log.info({ account: accountId }, 'account brought along from the old system');
      return opened.account;
    } catch (error) {
      if (!(error instanceof NameTaken) && !(error instanceof NumberTaken)) throw error;
      const there = await accounts.findByIdentifier(identifier);
      const hash = there?.doc.status === 'active' ? there.doc.passwordHash : undefined;
      if (there && hash !== undefined && (await hasher.verify(hash, password)).matches) return there;
      log.warn({ problem: error.message }, 'the old system told of an account that cannot be opened');
      return undefined;
    }
  }

  return {
    /** The account of a name that is unknown here, if the old system says that the password is right. */
    async bring(identifier: string, password: string): Promise<StoredAccount | undefined> {
      const key = comparableName(identifier.slice(0, LONGEST_NAME + 1));
      if (key === '' || identifier.length > LONGEST_NAME || password.length > PASSWORD_INPUT_LIMIT)
        return undefined;
      // Somebody came along under this name and has another one by now.
      if (await migrated.get(digest(key))) return undefined;
      const opening = await ask(identifier, password);
      if (!opening) return undefined;
      const names = [opening.account.email, opening.account.login ?? opening.account.email].map(
        comparableName,
      );
      if (!names.includes(key)) {
        log.warn({}, 'the old system told of an account of another name');
        return undefined;
      }
      const account = await open(opening, identifier, password);
      if (account)
        await Promise.all(names.map((name) => migrated.put(digest(name), { accountId: account.id })));
      return account;
    },
  };
}

export type LazyMigration = ReturnType<typeof createLazyMigration>;
