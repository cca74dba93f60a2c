// The addresses of lists in the console: what is shown, and from where on.

import type { ConsoleVisit } from './frame.ts';

/** A path with its query; what is `undefined` is left out. */
export const withQuery = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
};

/** After which document the page begins; what nobody of ours has written is the first page. */
export function placeOf({ query }: Pick<ConsoleVisit, 'query'>): string | undefined {
  const wanted = query.get('after') ?? '';
  return /^[\w-]{1,64}$/.test(wanted) ? wanted : undefined;
}
