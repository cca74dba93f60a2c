// The page from which a browser goes on to an upstream. It goes by itself, but not by a redirect: the policy of our
// pages lets forms lead nowhere else, and browsers hold redirects after a form to it, all those at the upstream too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cookies } from '../src/http/cookies.ts';
import type { ClientFace, Pages } from '../src/http/pages.ts';

export type Leaving = {
  readonly name: string;
  readonly label: string;
  readonly to: string;
  readonly mark: string;
};

/** Sends browsers to upstreams. */
export function createDeparturePage(parts: { pages: Pages; cookies: Cookies }) {
  const { pages, cookies } = parts;
  return (
    req: IncomingMessage,
    res: ServerResponse,
    { label, to, mark }: Leaving,
    more: { client?: ClientFace | undefined; uiLocales?: string | undefined } = {},
  ): void => {
    cookies.addUpstreamMark(req, res, mark);
    pages.send(req, res, { template: 'pages/departure.njk', props: { label, to }, secretUrl: true, ...more });
  };
}

export type DeparturePage = ReturnType<typeof createDeparturePage>;
