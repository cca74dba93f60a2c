// The address itself: what this is, for people who come here without an application.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Pages } from '../../src/http/pages.ts';

/** GET / */
export const createHomePage =
  (pages: Pages) =>
  (req: IncomingMessage, res: ServerResponse): void =>
    pages.send(req, res, { template: 'pages/home.njk', props: {} });
