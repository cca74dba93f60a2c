// Reading what has one of several keys that start with what was typed, in pages that know nothing of each other: the
// keys are read one after the other, and what an earlier one has shown is passed over.

import type { Collection, Stored } from '../../ports/store.ts';

/** What a document has under the keys that it is found by. */
export type Values<K extends string> = { readonly [N in K]?: string };

/** One way to find something. `accepts` looks at the other keys where the prefix alone says too little. */
export type Way<K extends string> = {
  readonly key: K;
  readonly prefix: string;
  readonly accepts?: (values: Values<K>) => boolean;
};

export type Found<T> = {
  readonly hits: readonly Stored<T>[];
  /** The `after` of the next page; absent where there is nothing more. */
  readonly next?: string;
};

/** What was given as `after` is the `next` of no page. */
export class BadPlace extends Error {
  override readonly name = 'BadPlace';
}

type Place = { readonly way: number; readonly value: string; readonly id: string };

/** So many are read at once where only some are accepted; of the others no more than a page shows. */
const BATCH = 100;
/** So many are looked at for one page; who asks for the next one looks further. */
const MOST_LOOKED_AT = 300;

const textOf = ({ way, value, id }: Place): string =>
  Buffer.from(JSON.stringify([way, value, id])).toString('base64url');

function placeOf(text: string | undefined, ways: readonly Pick<Way<string>, 'prefix'>[]): Place | undefined {
  if (text === undefined) return undefined;
  const bad = (cause?: unknown) => new BadPlace('must be the `next` of a page', { cause });
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (cause) {
    throw bad(cause);
  }
  const [way, value, id] = Array.isArray(read) ? (read as unknown[]) : [];
  const isText = (part: unknown): part is string => typeof part === 'string' && part.isWellFormed();
  if (!Number.isSafeInteger(way) || !isText(value) || !isText(id)) throw bad();
  if (!value.startsWith(ways[way as number]?.prefix ?? '\0')) throw bad();
  return { way: way as number, value, id };
}

const fits = <K extends string>(values: Values<K>, { key, prefix, accepts }: Way<K>): boolean =>
  values[key]?.startsWith(prefix) === true && (accepts?.(values) ?? true);

/** Whether it would be found, for what is not in the store. */
export const fitsOne = <K extends string>(values: Values<K>, ways: readonly Way<K>[]): boolean =>
  ways.some((way) => fits(values, way));

/** Finds by all the ways, in their order; rejects with `BadPlace`. The documents have their keys in them. */
export async function findByPrefixes<T extends Values<K>, K extends keyof T & string>(
  rows: Pick<Collection<T, K>, 'listByKey'>,
  ways: readonly Way<K>[],
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<Found<T>> {
  const start = placeOf(after, ways);
  const hits: { readonly row: Stored<T>; readonly place: Place }[] = [];
  const found = (next: Place | undefined): Found<T> => {
    const shown = hits.slice(0, limit);
    const further = hits.length > limit ? shown.at(-1)!.place : next;
    return { hits: shown.map(({ row }) => row), ...(further ? { next: textOf(further) } : {}) };
  };

  let lookedAt = 0;
  for (const [index, way] of ways.entries()) {
    if (start && index < start.way) continue;
    const earlier = ways.slice(0, index);
    const batch = way.accepts ? BATCH : Math.min(BATCH, limit + 1);
    for (let place = start?.way === index ? start : undefined; ;) {
      const page = await rows.listByKey(way.key, {
        prefix: way.prefix,
        limit: batch,
        ...(place && { after: place }),
      });
      for (const row of page) {
        lookedAt += 1;
        const values: Values<K> = row.doc;
        place = { way: index, value: values[way.key]!, id: row.id };
        if (!fits(values, way) || earlier.some((other) => fits(values, other))) continue;
        hits.push({ row, place });
        if (hits.length > limit) return found(undefined);
      }
      if (page.length < batch) break;
      if (lookedAt >= MOST_LOOKED_AT) return found(place);
    }
  }
  return found(undefined);
}
