// The links in letters for who was not the one who signed in: log out everywhere (S56), and "this was not me". GET only
// shows what will end, for mail scanners open links too; neither page tells whose account it is.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MailedEndings } from '../../src/domain/sign-ins/mailed-endings.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { clearSiteData } from '../../src/http/headers.ts';
import type { Pages } from '../../src/http/pages.ts';
import { createMailedLink } from '../mailed-link.ts';

/** What a link does, also its first word in the path. */
export type EndingKind = 'logout-all' | 'not-me';

/** GET and POST /logout-all/:secret or /not-me/:secret */
export function createEndingPage(
  kind: EndingKind,
  parts: { mailedEndings: MailedEndings; pages: Pages; cookies: Cookies; csrf: Csrf },
) {
  const { mailedEndings } = parts;
  const key = kind === 'logout-all' ? 'log_out' : 'lock';
  const link = createMailedLink(kind, parts);

  const showEnd = (req: IncomingMessage, res: ServerResponse, isDone: boolean): void =>
    link.show(req, res, {
      template: 'pages/ended.njk',
      status: isDone ? 200 : 410,
      props: { kind: isDone ? key : 'over' },
    });

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      if (!(await mailedEndings.isGood(kind, secret))) return showEnd(req, res, false);
      link.ask(req, res, secret, { template: 'pages/ending.njk', props: { kind: key } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await link.read(req, res, secret);
      const isDone =
        kind === 'logout-all' ? await mailedEndings.logOut(secret) : await mailedEndings.lock(secret);
      if (isDone) clearSiteData(res);
      showEnd(req, res, isDone);
    },
  };
}
