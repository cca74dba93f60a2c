// The link that stops staff from taking the authenticator app off: in the mail and the text message that the person gets
// when somebody has asked support for it. GET only shows what will be stopped, for mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TotpRemovals } from '../../src/domain/operators/totp-removals.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { createMailedLink } from '../mailed-link.ts';

const KEY = 'keep_factor';

/** GET and POST /keep-second-factor/:secret */
export function createKeepSecondFactorPage(parts: {
  totpRemovals: TotpRemovals;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { totpRemovals } = parts;
  const link = createMailedLink('keep-second-factor', parts);

  const showEnd = (req: IncomingMessage, res: ServerResponse, isStopped: boolean): void =>
    link.show(req, res, {
      template: 'pages/ended.njk',
      status: isStopped ? 200 : 410,
      props: { kind: isStopped ? KEY : 'over' },
    });

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      if (!(await totpRemovals.isStoppable(secret))) return showEnd(req, res, false);
      link.ask(req, res, secret, { template: 'pages/ending.njk', props: { kind: KEY } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await link.read(req, res, secret);
      showEnd(req, res, await totpRemovals.stop(secret));
    },
  };
}
