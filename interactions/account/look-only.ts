// Which account pages support may look at: said at each route, kept here, so that links to all others can be closed to it.

import type { On, Page } from '../route.ts';

/** What support may look at, as the routes say it. */
export function createLookOnly() {
  const looked = new Set<Page>();
  const patterns: RegExp[] = [];

  return {
    /** Remembers a page that support may look at. */
    mark<P extends Page>(page: P): P {
      looked.add(page);
      return page;
    },

    /** Adds routes like the one given, and keeps in mind where the marked pages are. */
    noting:
      (on: On): On =>
      (method, path, page) => {
        if (looked.has(page)) patterns.push(new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`));
        on(method, path, page);
      },

    /** Whether a link leads support anywhere: of the account pages, to those that are marked. */
    isOpen: (path: string): boolean =>
      !/^\/account(?:\/|$)/.test(path) || patterns.some((pattern) => pattern.test(path)),
  };
}
