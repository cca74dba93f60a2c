// The page of a code that a device shows (RFC 8628 §3.3): typed, or brought along by a link. A link approves nothing and
// looks nothing up; a code is looked up when its form is sent, and allowed on the page that says for what and by whom.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { displayName } from '../../src/domain/accounts/accounts.ts';
import {
  readUserCode,
  showUserCode,
  type DeviceCodes,
  type OpenDeviceCode,
} from '../../src/domain/sign-ins/device-codes.ts';
import type { Endings } from '../../src/domain/sign-ins/endings.ts';
import { originOf } from '../../src/domain/limits/quotas.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm, type Form } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { readAgent } from '../../src/lib/user-agent.ts';
import type { ClientCache } from '../../src/oidc/client-cache.ts';
import { faceOf } from '../../src/oidc/client-face.ts';
import type { RunningEngine } from '../../src/oidc/engine.ts';
import type { OwnSession } from '../../src/oidc/own-session.ts';
import type { SupportSessions } from '../../src/oidc/support-sessions.ts';

const PATH = '/device';
/** No code is this long; more is not shown again. */
const LONGEST_SHOWN = 64;

type Result = 'approved' | 'denied' | 'over' | 'support';

/** GET and POST /device */
export function createDevicePage(parts: {
  deviceCodes: DeviceCodes;
  engine: Pick<RunningEngine, 'verifyDevice'>;
  clients: Pick<ClientCache, 'record'>;
  ownSession: OwnSession;
  supportSessions: Pick<SupportSessions, 'find'>;
  endings: Pick<Endings, 'endSession'>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { deviceCodes, engine, clients, ownSession, supportSessions, endings, pages, cookies, csrf } = parts;

  /** Of the form that allows: for one code, and for whoever is signed in now. */
  const subjectOf = (code: string, accountId: string | undefined) => `device:${code}:${accountId ?? ''}`;

  function end(req: IncomingMessage, res: ServerResponse, result: Result): void {
    const status = result === 'over' ? 410 : result === 'support' ? 403 : 200;
    pages.send(req, res, { template: 'pages/device-ended.njk', status, props: { result } });
  }

  function ask(
    req: IncomingMessage,
    res: ServerResponse,
    { typed = '', problem = '', retryAfterSeconds = 0 } = {},
  ): void {
    pages.send(req, res, {
      template: 'pages/device.njk',
      status: problem === '' ? 200 : problem === 'too_many_attempts' ? 429 : 422,
      csrf: csrf.token(cookies.browserId(req, res), PATH),
      secretUrl: true,
      retryAfterSeconds: retryAfterSeconds === 0 ? undefined : retryAfterSeconds,
      props: { action: PATH, code: '', typed: typed.slice(0, LONGEST_SHOWN), problem, retryAfterSeconds },
    });
  }

  /** Whoever comes by a link compares first: the code of somebody else's device would be on no device of theirs. */
  function compare(req: IncomingMessage, res: ServerResponse, code: string): void {
    const shown = showUserCode(code);
    pages.send(req, res, {
      template: 'pages/device.njk',
      csrf: csrf.token(cookies.browserId(req, res), PATH),
      secretUrl: true,
      props: { action: PATH, code: shown, typed: shown, problem: '', retryAfterSeconds: 0 },
    });
  }

  async function confirm(
    req: IncomingMessage,
    res: ServerResponse,
    code: string,
    { clientId, askedAt, device, params }: OpenDeviceCode,
  ): Promise<void> {
    const record = await clients.record(clientId);
    if (!record) return ask(req, res, { typed: code, problem: 'wrong_code' });
    const { metadata } = record;
    // Where the page comes again in another language.
    req.url = `${PATH}?user_code=${showUserCode(code)}`;
    const present = await ownSession.find(req, res);
    const registered = new Set(metadata.scope.split(' '));
    const scopes = textOf(params['scope'])
      .split(' ')
      .filter((scope) => registered.has(scope) && scope !== 'openid');
    const account = present && {
      name: displayName(present.account.doc),
      login: present.account.doc.login ?? present.account.doc.email,
    };
    pages.send(req, res, {
      template: 'pages/device-confirm.njk',
      client: faceOf(metadata),
      csrf: csrf.token(cookies.browserId(req, res), subjectOf(code, present?.session.accountId)),
      uiLocales: textOf(params['ui_locales']),
      secretUrl: true,
      props: {
        action: PATH,
        code: showUserCode(code),
        scopes,
        account,
        accountId: present?.session.accountId ?? '',
        when: askedAt.toISOString(),
        address: device.address ?? '',
        ...readAgent(device.userAgent),
        isNear: device.address !== undefined && originOf(device.address) === originOf(factsOf(req).address),
      },
    });
  }

  async function look(req: IncomingMessage, res: ServerResponse, form: Form): Promise<void> {
    const browserId = cookies.browserId(req, res);
    csrf.check(req, browserId, PATH, form['csrf']);
    const typed = (form['user_code'] ?? '').trim();
    const code = readUserCode(typed);
    // Not a code at all, so it is no guess.
    if (code === undefined) return ask(req, res, { typed, problem: typed === '' ? 'no_code' : 'wrong_code' });
    const found = await deviceCodes.look(code, { address: factsOf(req).address, browserId });
    if (found.kind === 'throttled')
      return ask(req, res, {
        typed,
        problem: 'too_many_attempts',
        retryAfterSeconds: found.retryAfterSeconds,
      });
    if (found.kind === 'wrong') return ask(req, res, { typed, problem: 'wrong_code' });
    return confirm(req, res, code, found.code);
  }

  /** Whether the form was made for this browser, this code, and whoever is signed in there. */
  function checkForm(
    req: IncomingMessage,
    browserId: string,
    code: string,
    form: Form,
    present: string | undefined,
  ): void {
    const { account = '', choice } = form;
    csrf.check(req, browserId, subjectOf(code, account), form['csrf']);
    // The first of two clicks has signed out whoever was there.
    const isSignedOut = choice === 'other' && present === undefined;
    if (account !== (present ?? '') && !isSignedOut)
      throw new AppError('csrf', { detail: 'somebody else is signed in by now' });
  }

  async function decide(req: IncomingMessage, res: ServerResponse, form: Form): Promise<void> {
    const code = readUserCode(form['user_code'] ?? '') ?? '';
    const present = (await ownSession.find(req, res))?.session;
    const browserId = cookies.browserId(req, res);
    checkForm(req, browserId, code, form, present?.accountId);
    if (form['choice'] === 'deny')
      return end(req, res, (await deviceCodes.deny(code, browserId)) ? 'denied' : 'over');
    const standing = await deviceCodes.standing(code, browserId, present?.accountId);
    if (standing !== 'open') return end(req, res, standing === 'allowed' ? 'approved' : 'over');
    if (form['choice'] === 'other' && present) await endings.endSession(present.uid);
    return engine.verifyDevice(req, res, code, browserId);
  }

  /** What support does in somebody's account must leave nothing behind. */
  const isSupport = async (req: IncomingMessage) => typeof (await supportSessions.find(req)) === 'object';

  return {
    async show(req: IncomingMessage, res: ServerResponse): Promise<void> {
      if (await isSupport(req)) return end(req, res, 'support');
      const typed = new URLSearchParams(readTarget(req.url ?? '').query).get('user_code');
      const code = readUserCode(typed ?? '');
      return code === undefined ? ask(req, res, { typed: typed ?? '' }) : compare(req, res, code);
    },

    async submit(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const form = await readForm(req);
      if (await isSupport(req)) return end(req, res, 'support');
      const isDecided = ['allow', 'other', 'deny'].includes(form['choice'] ?? '');
      return isDecided ? decide(req, res, form) : look(req, res, form);
    },
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export type DevicePage = ReturnType<typeof createDevicePage>;
