// A page on which links of ours that lead nowhere for this visitor are none: one place instead of a condition at each.

/** What templates escape holds no angle bracket and no quote, so a tag ends where it seems to. */
const LINK = /<a\b[^<>]*>/g;
const ADDRESS = / href="(\/[^"]*)"/;

/**
 * The page with each link to a path that is not open to its visitor left in its place as one that cannot be followed
 * (WAI-ARIA `aria-disabled`).
 */
export const closeLinks = (html: string, isOpen: (path: string) => boolean): string =>
  html.replaceAll(LINK, (link) => {
    const [attribute, address = ''] = ADDRESS.exec(link) ?? [];
    const [path = ''] = address.split(/[?#]/, 1);
    if (attribute === undefined || isOpen(path)) return link;
    return link.replace(attribute, ' role="link" aria-disabled="true"');
  });
