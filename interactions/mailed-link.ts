// The pages of a mailed link. GET only shows, for mail scanners open links too; what a link does happens at POST, by a form
// that is bound to the link and the browser. Nothing of the address is told to the next site.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cookies } from '../src/http/cookies.ts';
import type { Csrf } from '../src/http/csrf.ts';
import { readForm, type Form } from '../src/http/form.ts';
import type { Page, Pages } from '../src/http/pages.ts';
import { digest } from '../src/lib/digest.ts';

type LinkPage = Pick<Page, 'template' | 'status' | 'props' | 'retryAfterSeconds'>;

/** The pages at `/<word>/:secret`. */
export function createMailedLink(
  word: string,
  { pages, cookies, csrf }: { pages: Pages; cookies: Cookies; csrf: Csrf },
) {
  /** What its form is about. */
  const subjectOf = (secret: string): string => `${word}:${digest(secret)}`;
  return {
    subjectOf,

    /** Shows a page without a form about the link. */
    show: (req: IncomingMessage, res: ServerResponse, page: LinkPage): void =>
      pages.send(req, res, { ...page, secretUrl: true }),

    /** Shows a page with a form, which goes to `action`: the link itself, unless the page says something else. */
    ask: (req: IncomingMessage, res: ServerResponse, secret: string, page: LinkPage): void =>
      pages.send(req, res, {
        ...page,
        secretUrl: true,
        csrf: csrf.token(cookies.browserId(req, res), subjectOf(secret)),
        props: { action: `/${word}/${secret}`, ...page.props },
      }),

    /** The form of such a page; throws `csrf` when it was shown to another browser or for another link. */
    async read(req: IncomingMessage, res: ServerResponse, secret: string): Promise<Form> {
      const form = await readForm(req);
      csrf.check(req, cookies.browserId(req, res), subjectOf(secret), form['csrf']);
      return form;
    },
  };
}
