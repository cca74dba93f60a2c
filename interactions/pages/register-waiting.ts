// Registration after the form (S63–S65): the code from the text message, and the page that waits for the mailed link.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { Registrations } from '../../src/domain/registration/registrations.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { redirect } from '../../src/http/redirect.ts';
import { registerUrl } from '../register-link.ts';
import {
  duePage,
  noProblem,
  REGISTER_PATH,
  statusOf,
  type RegisterProblem,
  type RegisterVisits,
} from '../register-visits.ts';

/** Said once on the page of the code, after another message. */
const CODE_SENT = 'code_sent';

/** The pages of what comes after the form. */
export function createRegisterWaiting(parts: {
  registrations: Registrations;
  pages: Pages;
  cookies: Cookies;
  visits: RegisterVisits;
}) {
  const { registrations, pages, cookies } = parts;
  const { csrfToken, readOwnForm, originOf } = parts.visits;

  /** A page that waits for something; leads away when something else is due. */
  async function showWaiting(
    req: IncomingMessage,
    res: ServerResponse,
    page: 'code' | 'mail',
    problem: RegisterProblem = noProblem,
  ): Promise<void> {
    const browserId = cookies.browserId(req, res);
    const found = await registrations.find(browserId);
    if (!found || duePage(found) !== `${REGISTER_PATH}/${page}`) return redirect(res, duePage(found));
    const origin = await originOf(found.from, browserId);
    const { person, state } = found;
    const isSentAgain = page === 'code' && cookies.notice(req) === CODE_SENT;
    if (isSentAgain) cookies.clearNotice(res);
    pages.send(req, res, {
      template: page === 'code' ? 'pages/register-code.njk' : 'pages/register-mail.njk',
      status: statusOf(problem),
      client: origin?.client,
      uiLocales: origin?.params['ui_locales'],
      csrf: csrfToken(browserId),
      retryAfterSeconds: problem.retryAfterSeconds,
      props: {
        problem: problem.problem,
        retryAfterSeconds: problem.retryAfterSeconds ?? 0,
        isSentAgain: isSentAgain && problem.problem === '',
        isDone: state === 'done',
        isPasswordMailed: found.isPasswordMailed === true,
        isSent: found.link !== undefined,
        phone: person === undefined ? '' : shownPhone(person.phone),
        email: person?.email ?? '',
        continueHref: origin ? `/interaction/${origin.uid}` : '/account',
      },
    });
  }

  /** Mails the link, and shows that it waits for it. */
  async function mail(req: IncomingMessage, res: ServerResponse, browserId: string): Promise<void> {
    const sent = await registrations.mail(browserId);
    if (sent.kind !== 'throttled') return redirect(res, `${REGISTER_PATH}/mail`);
    const { retryAfterSeconds } = sent;
    return showWaiting(req, res, 'mail', { problem: 'too_many_mails', retryAfterSeconds });
  }

  return {
    showCode: (req: IncomingMessage, res: ServerResponse): Promise<void> => showWaiting(req, res, 'code'),

    async checkCode(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { form, browserId } = await readOwnForm(req, res);
      const outcome = await registrations.checkCode(browserId, form['code'] ?? '');
      switch (outcome.kind) {
        case 'proved':
          return mail(req, res, browserId);
        case 'moved':
          return redirect(res, duePage(await registrations.find(browserId)));
        case 'wrong':
          return showWaiting(req, res, 'code', { problem: 'wrong_code' });
        case 'over':
          return showWaiting(req, res, 'code', { problem: 'code_over' });
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return showWaiting(req, res, 'code', { problem: 'too_many_attempts', retryAfterSeconds });
        }
        default:
          return outcome satisfies never;
      }
    },

    async sendCode(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { browserId } = await readOwnForm(req, res);
      const sent = await registrations.sendCode(browserId, factsOf(req).address);
      if (sent.kind !== 'throttled') {
        cookies.setNotice(res, CODE_SENT);
        return redirect(res, `${REGISTER_PATH}/code`);
      }
      const { retryAfterSeconds } = sent;
      return showWaiting(req, res, 'code', { problem: 'too_many_messages', retryAfterSeconds });
    },

    showMail: (req: IncomingMessage, res: ServerResponse): Promise<void> => showWaiting(req, res, 'mail'),

    async sendMail(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { browserId } = await readOwnForm(req, res);
      return mail(req, res, browserId);
    },

    /** For the script of the page that waits: `{"state":"waiting"}` until the link was used. */
    async state(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const browserId = cookies.knownBrowserId(req);
      const found = browserId === undefined ? undefined : await registrations.find(browserId);
      const state = found === undefined ? 'none' : found.state === 'done' ? 'done' : 'waiting';
      res.statusCode = 200;
      res.setHeader('Content-Type', 'application/json; charset=utf-8');
      res.setHeader('Cache-Control', 'no-store');
      res.end(JSON.stringify({ state }));
    },

    async restart(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { browserId } = await readOwnForm(req, res);
      const from = (await registrations.find(browserId))?.from;
      await registrations.forget(browserId);
      return redirect(res, from === undefined ? REGISTER_PATH : registerUrl(from));
    },
  };
}
