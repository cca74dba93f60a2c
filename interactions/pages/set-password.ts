// Setting a password by a mailed link. GET only shows the form: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Recovery } from '../../src/domain/passwords/recovery.ts';
import type { SetPassword } from '../../src/domain/passwords/set-password.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Form } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { createMailedLink } from '../mailed-link.ts';

/** The linked identities that the person has left ticked on a page that sets a password. */
export const keptIn = (form: Form): string[] =>
  Object.keys(form).flatMap((name) => (name.startsWith('keep_') ? [name.slice(5)] : []));

/** GET and POST /set-password/:secret */
export function createSetPasswordPage(parts: {
  setPassword: SetPassword;
  recovery: Pick<Recovery, 'linkedTo'>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { setPassword, recovery, pages, cookies } = parts;
  const link = createMailedLink('set-password', parts);

  /** Unknown, used and old links look alike: a link tells nothing to who did not get it. */
  const showOver = (req: IncomingMessage, res: ServerResponse): void =>
    link.show(req, res, {
      template: 'pages/set-password-link.njk',
      status: 410,
      props: { reason: 'unknown', newLinkUrl: '/recover' },
    });

  async function show(
    req: IncomingMessage,
    res: ServerResponse,
    secret: string,
    problem = '',
  ): Promise<void> {
    const account = await setPassword.peek(secret);
    if (!account) return showOver(req, res);
    const { minLength, maxLength } = await setPassword.rulesFor(account);
    link.ask(req, res, secret, {
      template: 'pages/set-password.njk',
      status: problem === '' ? 200 : 422,
      props: {
        login: account.doc.login ?? account.doc.email,
        problem,
        minLength,
        maxLength,
        words: [account.doc.login ?? '', account.doc.email],
        // Whoever was in the account may have linked an identity of theirs.
        identities: await recovery.linkedTo(account.id),
      },
    });
  }

  return {
    show: (req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> =>
      show(req, res, secret),

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await link.read(req, res, secret);
      const { password = '', repeat = '' } = form;
      const how = { purpose: 'set-password', locale: pages.localeOf(req), kept: keptIn(form) } as const;
      const outcome = await setPassword.use(secret, password, repeat, cookies.browserId(req, res), how);
      switch (outcome.kind) {
        case 'refused':
          return show(req, res, secret, outcome.problem);
        case 'link_over':
          return showOver(req, res);
        case 'set':
          return link.show(req, res, { template: 'pages/password-set.njk', props: {} });
        default:
          return outcome satisfies never;
      }
    },
  };
}
