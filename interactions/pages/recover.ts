// "Forgot login name or password" (S9–S11, S61, S66): a form that answers everybody alike, and the page of the mailed link,
// which works once and only in the browser that asked. GET only shows: mail scanners open links too.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { linkLives } from '../../src/domain/one-time-links.ts';
import type { ProofOfWork } from '../../src/domain/limits/proof-of-work.ts';
import { LONGEST_KNOWN, recoveryQuotas, type Recovery } from '../../src/domain/passwords/recovery.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import { createMailedLink } from '../mailed-link.ts';
import { keptIn } from './set-password.ts';

const PATH = '/recover';

/** The sign-in that somebody came from, to go on with it afterwards; empty when it cannot be one. */
const signInOf = (text: string | null | undefined): string =>
  text !== null && text !== undefined && /^[\w-]{16,64}$/.test(text) ? text : '';

const askedSignIn = (req: IncomingMessage): string =>
  signInOf(new URLSearchParams(readTarget(req.url ?? '').query).get('sign_in'));

/** GET and POST /recover and /recover/:secret */
export function createRecoverPages(parts: {
  recovery: Recovery;
  proofOfWork: ProofOfWork;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { recovery, proofOfWork, pages, cookies, csrf } = parts;
  const proofSubject = (browserId: string) => `${browserId}\n${PATH}`;
  const link = createMailedLink('recover', parts);

  async function showForm(
    req: IncomingMessage,
    res: ServerResponse,
    typed: { known: string; signIn: string },
    { problem = '', retryAfterSeconds }: { problem?: string; retryAfterSeconds?: number } = {},
  ): Promise<void> {
    const browserId = cookies.browserId(req, res);
    pages.send(req, res, {
      template: 'pages/recover.njk',
      status: retryAfterSeconds !== undefined ? 429 : problem === '' ? 200 : 422,
      csrf: csrf.token(browserId, PATH),
      retryAfterSeconds,
      props: {
        action: PATH,
        ...typed,
        longest: LONGEST_KNOWN,
        challenge: await proofOfWork.challenge(proofSubject(browserId)),
        problem,
        retryAfterSeconds: retryAfterSeconds ?? 0,
      },
    });
  }

  /** Unknown, used and old links, and good ones in another browser, look alike. */
  const showOver = (req: IncomingMessage, res: ServerResponse): void =>
    link.show(req, res, {
      template: 'pages/recover-over.njk',
      status: 410,
      props: { minutes: linkLives.recover / 60, sameBrowser: recovery.sameBrowser },
    });

  async function showLink(
    req: IncomingMessage,
    res: ServerResponse,
    secret: string,
    problem = '',
  ): Promise<void> {
    const account = await recovery.peek(secret, cookies.recoveryMark(req));
    if (!account) return showOver(req, res);
    const signIn = askedSignIn(req);
    const { minLength, maxLength } = await recovery.rulesFor(account);
    link.ask(req, res, secret, {
      template: 'pages/set-password.njk',
      status: problem === '' ? 200 : 422,
      props: {
        action: `${PATH}/${secret}${signIn && `?sign_in=${signIn}`}`,
        login: account.doc.login ?? account.doc.email,
        problem,
        minLength,
        maxLength,
        words: [account.doc.login ?? '', account.doc.email],
        identities: await recovery.linkedTo(account.id),
      },
    });
  }

  return {
    /** GET /recover */
    show: (req: IncomingMessage, res: ServerResponse): Promise<void> =>
      showForm(req, res, { known: '', signIn: askedSignIn(req) }),

    /** POST /recover */
    async ask(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const form = await readForm(req);
      const browserId = cookies.browserId(req, res);
      csrf.check(req, browserId, PATH, form['csrf']);
      const known = form['known'] ?? '';
      const signIn = signInOf(form['sign_in']);
      const outcome = await recovery.ask({
        known,
        signIn,
        proof: form['altcha'],
        subject: proofSubject(browserId),
        address: factsOf(req).address,
        userAgent: req.headers['user-agent'] ?? '',
        browserId,
        // The same one for every link that is open in this browser; set whoever was asked for.
        mark: cookies.keepRecoveryMark(req, res, linkLives.recover),
      });
      const typed = { known: known.slice(0, LONGEST_KNOWN), signIn };
      switch (outcome.kind) {
        case 'asked':
          return pages.send(req, res, {
            template: 'pages/recover-sent.njk',
            props: {
              minutes: linkLives.recover / 60,
              most: recoveryQuotas.account.limit,
              sameBrowser: recovery.sameBrowser,
            },
          });
        case 'refused':
          return showForm(req, res, typed, { problem: outcome.problem });
        case 'throttled': {
          const { retryAfterSeconds } = outcome;
          return showForm(req, res, typed, { problem: 'too_many_requests', retryAfterSeconds });
        }
        default:
          return outcome satisfies never;
      }
    },

    /** GET /recover/:secret */
    showLink: (req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> =>
      showLink(req, res, secret),

    /** POST /recover/:secret */
    async setPassword(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await link.read(req, res, secret);
      const { password = '', repeat: repeated = '' } = form;
      const browserId = cookies.browserId(req, res);
      const given = { password, repeated, browserId, kept: keptIn(form) };
      const outcome = await recovery.use(secret, cookies.recoveryMark(req), given);
      switch (outcome.kind) {
        case 'refused':
          return showLink(req, res, secret, outcome.problem);
        case 'link_over':
          return showOver(req, res);
        case 'set': {
          const signIn = askedSignIn(req);
          const continueUrl = signIn === '' ? '/account' : `/interaction/${signIn}`;
          return link.show(req, res, { template: 'pages/password-set.njk', props: { continueUrl } });
        }
        default:
          return outcome satisfies never;
      }
    },
  };
}
