// The links of changes of an e-mail address: one that waits for the new address, one that brings the old one back. Their
// secrets are kept as hashes, and each is used once.

import type { Clock } from '../../ports/clock.ts';
import type { Store, Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomToken } from '../../lib/random.ts';
import { collections } from '../collections.ts';
import { comparableName, type Accounts, type StoredAccount } from './accounts.ts';

/** A link: one that waits for the new address, or one that brings the old one back. Its id is the secret's hash. */
export type EmailChange = {
  readonly kind: 'confirm' | 'undo';
  readonly accountId: string;
  /** The address before, and the one after. */
  readonly from: string;
  readonly to: string;
  /** Of the account when it was asked: a change of any credential since makes a confirmation void, but no undoing. */
  readonly credentialVersion: number;
  /** Whether an operator has asked for it, and not the person. */
  readonly byStaff?: true;
  /** Milliseconds since 1970. */
  readonly at: number;
};

/** A link that was made: what the URL holds, and until when it is good. */
export type Issued = { readonly secret: string; readonly expiresAt: Date };

/** How long the links live, in seconds. */
const emailChangeLives = { confirm: 86_400, undo: 7 * 86_400 } as const;

const MOST_LINKS = 1000;

/** The links over the store. */
export function createEmailChangeLinks(store: Store, clock: Clock, accounts: Pick<Accounts, 'get'>) {
  const changes = store.collection(collections.emailChanges);

  /** Makes a link; the secret is in no document. */
  async function issue(change: Omit<EmailChange, 'at'>): Promise<Issued> {
    const secret = randomToken();
    const now = clock.now().getTime();
    const expiresAt = new Date(now + emailChangeLives[change.kind] * 1000);
    await changes.insert(digest(secret), { ...change, at: now }, expiresAt);
    return { secret, expiresAt };
  }

  /** For a change that was not made after all. */
  const takeBack = ({ secret }: Issued): Promise<void> => changes.remove(digest(secret));

  /** What is stored for an account, void ones too. */
  async function ofAccount(accountId: string, kind: EmailChange['kind']): Promise<Stored<EmailChange>[]> {
    const found = await changes.list({ key: 'accountId', value: accountId }, { limit: MOST_LINKS });
    return found.filter(({ doc }) => doc.kind === kind);
  }

  const removeAll = (found: readonly Stored<EmailChange>[]) =>
    Promise.all(found.map(({ id }) => changes.remove(id)));

  /** Whom a link still stands for. */
  async function holderOf(
    change: EmailChange | undefined,
    kind: EmailChange['kind'],
  ): Promise<StoredAccount | undefined> {
    if (change?.kind !== kind) return undefined;
    const account = await accounts.get(change.accountId);
    return account && stands(change, account) ? account : undefined;
  }

  /** The change that a link stands for; nothing is used up. */
  async function peek(kind: EmailChange['kind'], secret: string): Promise<EmailChange | undefined> {
    const change = (await changes.get(digest(secret)))?.doc;
    return (await holderOf(change, kind)) && change;
  }

  /** Uses the link up; of many callers at once exactly one gets it. */
  async function redeem(kind: EmailChange['kind'], secret: string): Promise<EmailChange | undefined> {
    if (!(await peek(kind, secret))) return undefined;
    const change = (await changes.take(digest(secret)))?.doc;
    return (await holderOf(change, kind)) && change;
  }

  return { issue, takeBack, ofAccount, removeAll, holderOf, peek, redeem };
}

/** Undoing outlives a change of credentials: whoever has moved the address must not be able to take the way back away. */
export const stands = (change: EmailChange, { doc }: Pick<StoredAccount, 'doc'>): boolean =>
  doc.status === 'active' &&
  (change.kind === 'undo' ||
    (doc.credentialVersion === change.credentialVersion && doc.emailKey === comparableName(change.from)));
