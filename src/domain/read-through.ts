// Reading a list further than one page: pages that are full although not everything fits, and lists read to their end.

import type { Page, Stored } from '../ports/store.ts';

type Find<T> = (page: Page) => Promise<readonly Stored<T>[]>;
type Place = { readonly after?: string | undefined; readonly limit: number };

const BATCH = 500;

/** So many of those that `pick` makes something of, as long as there are any: an empty page is the last one. */
export async function fullPage<T, S>(
  find: Find<T>,
  { after, limit }: Place,
  pick: (row: Stored<T>) => Promise<S | undefined>,
): Promise<S[]> {
  const picked: S[] = [];
  for (let place = after; ;) {
    const found = await find({ limit, ...(place === undefined ? {} : { after: place }) });
    const made = await Promise.all(found.map(pick));
    picked.push(...made.filter((one) => one !== undefined));
    place = found.at(-1)?.id;
    if (found.length < limit || picked.length >= limit) return picked.slice(0, limit);
  }
}

/** All of it, for jobs and commands; what is added meanwhile may be missing. */
export async function readThrough<R extends { readonly id: string }>(
  find: (page: Page) => Promise<readonly R[]>,
): Promise<R[]> {
  const all: R[] = [];
  for (let place: string | undefined; ;) {
    const found = await find({ limit: BATCH, ...(place === undefined ? {} : { after: place }) });
    all.push(...found);
    place = found.at(-1)?.id;
    if (found.length < BATCH) return all;
  }
}
