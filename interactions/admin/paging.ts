// The addresses of lists in the console: what is shown, and from where on.

import type { ConsoleVisit } from './frame.ts';

/** A path with its query; what is `undefined` is left out. */
export const withQuery = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

/** How many rows a page of a list has. */
const ROWS = 30;

/** One page of a list, with the ways on and back to its beginning. `query` is what else the address says. */
export async function pageOfList<T extends { readonly id: string }>(
  visit: Pick<ConsoleVisit, 'query'>,
  { path, query = {} }: { path: string; query?: Readonly<Record<string, string | undefined>> },
  find: (page: { after?: string; limit: number }) => Promise<readonly T[]>,
): Promise<{ shown: readonly T[]; firstHref: string; nextHref: string }> {
  const after = placeOf(visit);
  const found = await find({ limit: ROWS + 1, ...(after === undefined ? {} : { after }) });
  const shown = found.slice(0, ROWS);
  return {
    shown,
    firstHref: after === undefined ? '' : withQuery(path, query),
    nextHref: found.length > ROWS ? withQuery(path, { ...query, after: shown.at(-1)!.id }) : '',
  };
}

/** After which document the page begins; what nobody of ours has written is the first page. */
export function placeOf({ query }: Pick<ConsoleVisit, 'query'>): string | undefined {
  const wanted = query.get('after') ?? '';
  return /^[\w-]{1,64}$/.test(wanted) ? wanted : undefined;
}
