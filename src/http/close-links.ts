// A page on which links of ours that lead nowhere for this visitor are none: one place instead of a condition at each.

const OWN_LINK = /<a\b([^>]*?) href="(\/[^"?#]*)([^"]*)"([^>]*)>/g;

/**
 * The page with each link to a path that is not open to its visitor left in its place as one that cannot be followed
 * (WAI-ARIA `aria-disabled`). What templates escape holds no `>` or quote, so a tag ends where it seems to.
 */
export const closeLinks = (html: string, isOpen: (path: string) => boolean): string =>
  html.replaceAll(OWN_LINK, (link, before: string, path: string, _rest: string, after: string) =>
    isOpen(path) ? link : `<a${before} role="link" aria-disabled="true"${after}>`,
  );
