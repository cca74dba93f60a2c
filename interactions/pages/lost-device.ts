// Switching a lost second factor off by the mailed link (S52, S53): a button sends a code to the phone, the code and a
// proof of work switch it off. GET only shows: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LostDevice } from '../../src/domain/factors/lost-device.ts';
import type { ProofOfWork } from '../../src/domain/limits/proof-of-work.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { redirect } from '../../src/http/redirect.ts';
import { maskPhone } from '../../src/lib/mask.ts';
import { createMailedLink } from '../mailed-link.ts';

type Problem = { readonly problem: string; readonly retryAfterSeconds?: number };

/** GET and POST /lost-device/:secret and /lost-device/:secret/code */
export function createLostDevicePage(parts: {
  lostDevice: LostDevice;
  proofOfWork: ProofOfWork;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { lostDevice, proofOfWork, cookies } = parts;
  const link = createMailedLink('lost-device', parts);
  const proofSubject = (req: IncomingMessage, res: ServerResponse, secret: string) =>
    `${cookies.browserId(req, res)}\n${link.subjectOf(secret)}`;

  /** Unknown, used and old links look alike, and so do those of accounts that have no second factor any more. */
  const showOver = (req: IncomingMessage, res: ServerResponse): void =>
    link.show(req, res, { template: 'pages/lost-device-over.njk', status: 410, props: {} });

  async function show(
    req: IncomingMessage,
    res: ServerResponse,
    template: 'pages/lost-device.njk' | 'pages/lost-device-code.njk',
    secret: string,
    { problem, retryAfterSeconds }: Problem = { problem: '' },
  ): Promise<void> {
    const phone = await lostDevice.peek(secret);
    if (phone === undefined) return showOver(req, res);
    const path = `/lost-device/${secret}`;
    link.ask(req, res, secret, {
      template,
      status: retryAfterSeconds !== undefined ? 429 : problem === '' ? 200 : 422,
      retryAfterSeconds,
      props: {
        sendAction: path,
        codeAction: `${path}/code`,
        challenge: await proofOfWork.challenge(proofSubject(req, res, secret)),
        phone: maskPhone(phone),
        problem,
        retryAfterSeconds: retryAfterSeconds ?? 0,
      },
    });
  }

  const showStart = (req: IncomingMessage, res: ServerResponse, secret: string, problem?: Problem) =>
    show(req, res, 'pages/lost-device.njk', secret, problem);
  const showCode = (req: IncomingMessage, res: ServerResponse, secret: string, problem?: Problem) =>
    show(req, res, 'pages/lost-device-code.njk', secret, problem);

  return {
    show: (req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> =>
      showStart(req, res, secret),

    async send(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await link.read(req, res, secret);
      const outcome = await lostDevice.sendCode(secret, factsOf(req).address);
      switch (outcome.kind) {
        case 'sent':
          res.setHeader('Referrer-Policy', 'no-referrer');
          return redirect(res, `/lost-device/${secret}/code`);
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return showStart(req, res, secret, { problem: 'too_many_codes', retryAfterSeconds });
        }
        case 'link_over':
          return showOver(req, res);
        default:
          return outcome satisfies never;
      }
    },

    showCode: (req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> =>
      showCode(req, res, secret),

    async submitCode(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await link.read(req, res, secret);
      const outcome = await lostDevice.finish(
        secret,
        { code: form['code'] ?? '', proof: form['altcha'], subject: proofSubject(req, res, secret) },
        { address: factsOf(req).address, userAgent: req.headers['user-agent'] ?? '' },
      );
      switch (outcome.kind) {
        case 'off':
          return link.show(req, res, { template: 'pages/lost-device-off.njk', props: {} });
        case 'link_over':
          return showOver(req, res);
        case 'refused':
          return showCode(req, res, secret, { problem: outcome.problem });
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return showCode(req, res, secret, { problem: 'too_many_tries', retryAfterSeconds });
        }
        default:
          return outcome satisfies never;
      }
    },
  };
}
