// What there is, as opposed to what happens: accounts, second factors, the age of password hashes. Counted by a walk
// over all accounts, once a day and by one node, because a dashboard cannot wait for it.

import type { Clock } from '../../ports/clock.ts';
import type { Hasher } from '../../ports/hasher.ts';
import type { Collection, Store, Stored } from '../../ports/store.ts';
import { schemeOf } from '../../lib/stored-hash.ts';
import { collections } from '../collections.ts';
import { withLease } from '../lease.ts';
import { accountRows } from '../search/search-keys.ts';

/** The house on one day; the id is the day, UTC. */
export type Stock = {
  readonly at: string;
  readonly accounts: number;
  readonly disabled: number;
  readonly withPassword: number;
  /** Password hashes that the next sign-in brings to the current profile. */
  readonly outdatedHashes: number;
  readonly hashSchemes: Readonly<Record<string, number>>;
  readonly withTotp: number;
  readonly withPasskey: number;
  /** One of both, or both. */
  readonly withSecondFactor: number;
  /** Links to each upstream; of days before they were counted, absent. */
  readonly links?: readonly { readonly issuer: string; readonly count: number }[];
};

const DAY = 86_400_000;
const KEPT = 400 * DAY;
const PAGE = 500;
/** Between two pages, so that sign-ins get their turn. */
const PAUSE = 20;

/** The stock over the store. */
export function createStock(parts: { store: Store; clock: Clock; hasher: Pick<Hasher, 'isCurrent'> }) {
  const { store, clock, hasher } = parts;
  const stock = store.collection(collections.stock);
  const dayOf = (at: Date) => at.toISOString().slice(0, 10);

  async function* walk<T extends object, K extends keyof T & string>(
    documents: Collection<T, K>,
  ): AsyncGenerator<Stored<T>> {
    for (let after: string | undefined; ;) {
      const page = await documents.list(undefined, {
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      yield* page;
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
      await clock.sleep(PAUSE);
    }
  }

  async function count(): Promise<Stock> {
    const at = clock.now().toISOString();
    let [accounts, disabled, withPassword, outdatedHashes] = [0, 0, 0, 0];
    const hashSchemes: Record<string, number> = {};
    for await (const { doc } of walk(accountRows(store))) {
      accounts += 1;
      if (doc.status === 'disabled') disabled += 1;
      if (doc.passwordHash === undefined) continue;
      withPassword += 1;
      const scheme = schemeOf(doc.passwordHash);
      hashSchemes[scheme] = (hashSchemes[scheme] ?? 0) + 1;
      if (!hasher.isCurrent(doc.passwordHash)) outdatedHashes += 1;
    }
    const secured = new Set<string>();
    for await (const { id } of walk(store.collection(collections.secondFactors))) secured.add(id);
    const withTotp = secured.size;
    const keyed = new Set<string>();
    for await (const { doc } of walk(store.collection(collections.passkeys))) {
      keyed.add(doc.accountId);
      secured.add(doc.accountId);
    }
    const linked = new Map<string, number>();
    for await (const { doc } of walk(store.collection(collections.links)))
      linked.set(doc.issuer, (linked.get(doc.issuer) ?? 0) + 1);
    return {
      at,
      accounts,
      disabled,
      withPassword,
      outdatedHashes,
      hashSchemes,
      withTotp,
      withPasskey: keyed.size,
      withSecondFactor: secured.size,
      links: [...linked].map(([issuer, links]) => ({ issuer, count: links })),
    };
  }

  return {
    /** Takes stock unless somebody has today; one node at a time. */
    async take(): Promise<void> {
      await withLease(store, clock, 'stock taking', async () => {
        const id = dayOf(clock.now());
        if (await stock.get(id)) return;
        await stock.put(id, await count(), new Date(clock.now().getTime() + KEPT));
      });
    },

    /** The days that were counted, oldest first; the last of them is how it is now. */
    async days(most = 31): Promise<Stock[]> {
      const found = await stock.list(undefined, { limit: most, newestFirst: true });
      return found.map(({ doc }) => doc).toReversed();
    },
  };
}

export type StockTaking = ReturnType<typeof createStock>;
