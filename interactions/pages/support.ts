// The forms for people whom neither mail nor phone lets back in (S59), or who do not know the e-mail that they sign in
// with (S68). Works without signing in, and answers everybody
// alike.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ProofOfWork } from '../../src/domain/limits/proof-of-work.ts';
import {
  supportLimits,
  type SupportKind,
  type SupportRequests,
} from '../../src/domain/support/support-requests.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm, type Form } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';

/** GET and POST /support/second-factor and /support/login */
export function createSupportPage(
  kind: SupportKind,
  parts: {
    supportRequests: SupportRequests;
    proofOfWork: ProofOfWork;
    pages: Pages;
    cookies: Cookies;
    csrf: Csrf;
  },
) {
  const path = `/support/${kind}`;
  const { supportRequests, proofOfWork, pages, cookies, csrf } = parts;
  const subject = (browserId: string) => `${browserId}\n${path}`;

  async function show(
    req: IncomingMessage,
    res: ServerResponse,
    form: Form,
    problem = '',
    { field = '', retryAfterSeconds }: { field?: string; retryAfterSeconds?: number } = {},
  ): Promise<void> {
    const browserId = cookies.browserId(req, res);
    pages.send(req, res, {
      template: 'pages/support.njk',
      status: retryAfterSeconds !== undefined ? 429 : problem === '' ? 200 : 422,
      csrf: csrf.token(browserId, path),
      retryAfterSeconds,
      props: {
        action: path,
        kind,
        problem,
        wrong: field,
        challenge: await proofOfWork.challenge(subject(browserId)),
        limits: supportLimits,
        email: form['email'] ?? '',
        service: form['service'] ?? '',
        text: form['text'] ?? '',
        contact: form['contact'] ?? '',
      },
    });
  }

  return {
    show: (req: IncomingMessage, res: ServerResponse): Promise<void> => show(req, res, {}),

    async submit(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const form = await readForm(req);
      const browserId = cookies.browserId(req, res);
      csrf.check(req, browserId, path, form['csrf']);
      const outcome = await supportRequests.submit(
        {
          email: form['email'],
          service: form['service'],
          text: form['text'],
          contact: form['contact'],
          proof: form['altcha'],
        },
        subject(browserId),
        factsOf(req).address,
        kind,
      );
      switch (outcome.kind) {
        case 'sent':
          return pages.send(req, res, { template: 'pages/support-sent.njk', props: {} });
        case 'refused':
          return show(req, res, form, outcome.problem, outcome);
        case 'throttled':
          return show(req, res, form, 'too_many_requests', outcome);
        default:
          return outcome satisfies never;
      }
    },
  };
}
