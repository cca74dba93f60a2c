// The mailed link that ends a registration (S65): works in any browser, and signs nobody in. GET only shows whose
// account it makes: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistrationActivation } from '../../src/domain/registration/registration-activation.ts';
import type { Registrations } from '../../src/domain/registration/registrations.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { maskPhone } from '../../src/lib/mask.ts';
import { createMailedLink } from '../mailed-link.ts';

/** GET and POST /activate/:secret */
export function createActivatePage(parts: {
  activation: RegistrationActivation;
  registrations: Pick<Registrations, 'find'>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { activation, registrations, cookies } = parts;
  const template = 'pages/activate.njk';
  const link = createMailedLink('activate', parts);

  const showEnd = (req: IncomingMessage, res: ServerResponse, kind: 'exists' | 'over'): void =>
    link.show(req, res, { template, status: kind === 'over' ? 410 : 200, props: { kind } });

  /** On to the sign-in that it all began from, if this is the browser; an application knows no other one. */
  async function sendDone(
    req: IncomingMessage,
    res: ServerResponse,
    isPasswordMailed: boolean,
  ): Promise<void> {
    const browserId = cookies.knownBrowserId(req);
    const own = browserId === undefined ? undefined : await registrations.find(browserId);
    const from = own?.state === 'done' ? own.from : undefined;
    const continueHref = from === undefined ? '/account' : `/interaction/${from}`;
    link.show(req, res, { template, props: { kind: 'done', continueHref, isPasswordMailed } });
  }

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const found = await activation.peek(secret);
      if (!found) return showEnd(req, res, 'over');
      if (!found.person) return sendDone(req, res, found.isPasswordMailed === true);
      const { givenName = '', familyName = '', company = '', email, phone, identity } = found.person;
      return link.ask(req, res, secret, {
        template,
        props: {
          kind: 'ask',
          name: `${givenName} ${familyName}`.trim(),
          company,
          email,
          // It will sign in to the account: whose it is must be seen.
          upstream: identity?.label ?? '',
          identity: identity?.username ?? '',
          // Whoever reads the mail need not be who has filled in the form.
          phone: maskPhone(phone),
        },
      });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await link.read(req, res, secret);
      const outcome = await activation.activate(secret);
      if (outcome.kind === 'done') return sendDone(req, res, outcome.isPasswordMailed);
      return showEnd(req, res, outcome.kind);
    },
  };
}
