// The link that stops staff from taking the authenticator app off: in the mail and the text message that the person gets
// when somebody has asked support for it. GET only shows what will be stopped, for mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { digest } from '../../src/lib/digest.ts';

const KEY = 'keep_factor';

/** GET and POST /keep-second-factor/:secret */
export function createKeepSecondFactorPage(parts: {
  totpRemovals: TotpRemovals;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { totpRemovals, pages, cookies, csrf } = parts;
  const subject = (secret: string) => `keep-second-factor:${digest(secret)}`;

  const showEnd = (req: IncomingMessage, res: ServerResponse, isStopped: boolean): void =>
    pages.send(req, res, {
      template: 'pages/ended.njk',
      status: isStopped ? 200 : 410,
      props: { kind: isStopped ? KEY : 'over' },
      secretUrl: true,
    });

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      if (!(await totpRemovals.isStoppable(secret))) return showEnd(req, res, false);
      pages.send(req, res, {
        template: 'pages/ending.njk',
        csrf: csrf.token(cookies.browserId(req, res), subject(secret)),
        secretUrl: true,
        props: { kind: KEY, action: `/keep-second-factor/${secret}` },
      });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await readForm(req);
      csrf.check(req, cookies.browserId(req, res), subject(secret), form['csrf']);
      showEnd(req, res, await totpRemovals.stop(secret));
    },
  };
}
