// Switching a lost second factor off by the mailed link (S52, S53): a button sends a code to the phone, the code and a
// proof of work switch it off. GET only shows: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LostDevice } from '../../src/domain/factors/lost-device.ts';
import type { ProofOfWork } from '../../src/domain/limits/proof-of-work.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { digest } from '../../src/lib/digest.ts';
import { maskPhone } from '../../src/lib/mask.ts';

type Problem = { readonly problem: string; readonly retryAfterSeconds?: number };

/** GET and POST /lost-device/:secret and /lost-device/:secret/code */
export function createLostDevicePage(parts: {
  lostDevice: LostDevice;
  proofOfWork: ProofOfWork;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { lostDevice, proofOfWork, pages, cookies, csrf } = parts;
  const subject = (secret: string) => `lost-device:${digest(secret)}`;
  const proofSubject = (secret: string, browserId: string) => `${browserId}\n${subject(secret)}`;

  /** Unknown, used and old links look alike, and so do those of accounts that have no second factor any more. */
  const showOver = (req: IncomingMessage, res: ServerResponse): void =>
    pages.send(req, res, { template: 'pages/lost-device-over.njk', status: 410, props: {}, secretUrl: true });

  async function show(
    req: IncomingMessage,
    res: ServerResponse,
    template: 'pages/lost-device.njk' | 'pages/lost-device-code.njk',
    secret: string,
    { problem, retryAfterSeconds }: Problem = { problem: '' },
  ): Promise<void> {
    const phone = await lostDevice.peek(secret);
    if (phone === undefined) return showOver(req, res);
    const browserId = cookies.browserId(req, res);
    const path = `/lost-device/${secret}`;
    pages.send(req, res, {
      template,
      status: retryAfterSeconds !== undefined ? 429 : problem === '' ? 200 : 422,
      csrf: csrf.token(browserId, subject(secret)),
      secretUrl: true,
      retryAfterSeconds,
      props: {
        sendAction: path,
        codeAction: `${path}/code`,
        challenge: await proofOfWork.challenge(proofSubject(secret, browserId)),
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

  /** The form, if it is ours and about this link. */
  async function readOwnForm(req: IncomingMessage, res: ServerResponse, secret: string) {
    const form = await readForm(req);
    const browserId = cookies.browserId(req, res);
    csrf.check(req, browserId, subject(secret), form['csrf']);
    return { form, browserId };
  }

  return {
    show: (req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> =>
      showStart(req, res, secret),

    async send(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      await readOwnForm(req, res, secret);
      const outcome = await lostDevice.sendCode(secret, factsOf(req).address);
      switch (outcome.kind) {
        case 'sent':
          res.statusCode = 303;
          res.setHeader('Cache-Control', 'no-store');
          res.setHeader('Referrer-Policy', 'no-referrer');
          res.setHeader('Location', `/lost-device/${secret}/code`);
          res.end();
          return undefined;
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
      const { form, browserId } = await readOwnForm(req, res, secret);
      const outcome = await lostDevice.finish(
        secret,
        { code: form['code'] ?? '', proof: form['altcha'], subject: proofSubject(secret, browserId) },
        { address: factsOf(req).address, userAgent: req.headers['user-agent'] ?? '' },
      );
      switch (outcome.kind) {
        case 'off':
          return pages.send(req, res, { template: 'pages/lost-device-off.njk', props: {}, secretUrl: true });
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
