// The page of the link that a sign-in waits for (S43): works in any browser without signing in, and signs nobody in
// there. GET only shows who asks: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { Confirmations, Ending } from '../../src/domain/sign-ins/confirmations.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { readAgent } from '../../src/lib/user-agent.ts';
import { createMailedLink } from '../mailed-link.ts';

/** GET and POST /confirm-sign-in/:secret */
export function createConfirmSignInPage(parts: {
  confirmations: Confirmations;
  /** A link that locks the account, for who finds that it was somebody else. */
  lockUrl: (account: StoredAccount) => Promise<string>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { confirmations, lockUrl } = parts;
  const link = createMailedLink('confirm-sign-in', parts);

  async function show(
    req: IncomingMessage,
    res: ServerResponse,
    secret: string,
    problem = '',
  ): Promise<void> {
    const confirmation = await confirmations.peek(secret);
    if (!confirmation) return tell(req, res, { kind: 'over' });
    const { at, address, userAgent, clientName } = confirmation;
    link.ask(req, res, secret, {
      template: 'pages/confirm-sign-in.njk',
      status: problem === '' ? 200 : 422,
      props: {
        problem,
        when: at,
        address: address ?? '',
        ...readAgent(userAgent),
        application: clientName,
      },
    });
  }

  /** Unknown, used and old links look alike: a link tells nothing to who did not get it. */
  async function tell(req: IncomingMessage, res: ServerResponse, answer: Ending): Promise<void> {
    const refused = answer.kind === 'denied' || answer.kind === 'mismatched';
    link.show(req, res, {
      template: 'pages/confirm-sign-in-done.njk',
      status: answer.kind === 'over' ? 410 : 200,
      props: {
        result: answer.kind,
        application: answer.kind === 'over' ? '' : answer.confirmation.clientName,
        lockUrl: refused ? await lockUrl(answer.account) : '',
      },
    });
  }

  return {
    show: (req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> =>
      show(req, res, secret),

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await link.read(req, res, secret);
      if (form['choice'] === 'deny') return tell(req, res, await confirmations.deny(secret));
      const number = (form['number'] ?? '').replaceAll(/\s/g, '');
      // Not an answer yet, so it does not count as a wrong one.
      if (form['choice'] !== 'approve' || !/^\d{2}$/.test(number)) return show(req, res, secret, 'no_number');
      const answer = await confirmations.approve(secret, number);
      return answer.kind === 'mismatch' ? show(req, res, secret, 'mismatch') : tell(req, res, answer);
    },
  };
}
