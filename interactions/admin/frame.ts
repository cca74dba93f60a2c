// What all pages of the operators' console have in common: an operator must be signed in with two factors, the role
// must allow the page, and forms must be ours. Roles are read with the account at every request.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { displayName, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { Actor } from '../../src/domain/audit/audit-entry.ts';
import { consolePlace } from '../../src/domain/clients/own-client.ts';
import type { Caller } from '../../src/domain/operators/caller.ts';
import { permissionsOf, type Permission } from '../../src/domain/operators/permissions.ts';
import type { RefusedVisit, RefusedVisits } from '../../src/domain/operators/refused-visits.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm, type Form } from '../../src/http/form.ts';
import type { Locale } from '../../src/http/locale.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import { redirect } from '../../src/http/redirect.ts';
import type { StandingUse } from '../../src/domain/support-access/uses.ts';
import type { SupportPresence, SupportSessions } from '../../src/oidc/support-sessions.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { OwnSession } from '../../src/oidc/own-session.ts';
import type { PresentSession } from '../../src/oidc/present-session.ts';
import { askedAddress, wantedAddress } from '../come-back.ts';
import type { Page } from '../route.ts';
import { sections } from './sections.ts';

/** A step of the way to a page, after its section. */
export type Crumb = { readonly text: string; readonly href?: string };

export type ShowOptions = {
  readonly status?: number;
  readonly problem?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly trail?: readonly Crumb[];
  /** It says once what a form has made: told at a GET, so that Reload makes no second one. */
  readonly isAnswer?: true;
};

/** One request of an operator to a page of the console. */
export type ConsoleVisit = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly account: StoredAccount;
  readonly session: PresentSession;
  /** Who acts, for the audit log. */
  readonly actor: Actor;
  /** The same with what they may. */
  readonly by: Caller;
  readonly browserId: string;
  readonly address: string | undefined;
  readonly userAgent: string;
  readonly locale: Locale;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The fields sent, from our own page; empty for GET. */
  readonly form: Form;
  readonly may: (permission: Permission) => boolean;
  /** Shows a page of `views/admin`; with a problem the status is 422 unless another is given. */
  show(template: `admin/${string}.njk`, props: Readonly<Record<string, unknown>>, more?: ShowOptions): void;
  /** On to another page after a form (303); `notice` is a locale key under `admin.notice` that it shows once. */
  goTo(path: string, notice?: string): void;
  /** Has the operator sign in once more, and comes back to the path. */
  signInAgain(path: string): void;
  /** Opens the account of a use in this browser, beside the operator's own session. */
  beginSupport(use: StandingUse): Promise<void>;
  /** Makes this browser forget it. */
  forgetSupport(): void;
};

export type ConsoleHandler = (visit: ConsoleVisit, first: string, second: string) => void | Promise<void>;

type Who = {
  readonly account: StoredAccount;
  readonly session: PresentSession;
  /** What they are in as support, in this browser. */
  readonly inside: SupportPresence | undefined;
};

const subjectOf = ({ uid }: PresentSession): string => `admin:${uid}`;

/** For whom a page was made, and with which rights: what was kept for others, or for more, is not shown. */
const whoseIs = ({ account, session, inside }: Who): string =>
  [
    'admin',
    session.uid,
    account.id,
    account.doc.credentialVersion,
    inside?.use.id ?? '',
    ...[...permissionsOf(account.doc)].toSorted(),
  ].join(' ');

const bannerOf = ({ account, use }: SupportPresence) => ({
  of: displayName(account.doc),
  reason: use.reason,
  until: use.endsAt,
});

/** The frame of the console. */
export function createConsoleFrame(parts: {
  ownSession: OwnSession;
  supportSessions: Pick<SupportSessions, 'find' | 'begin' | 'forget'>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
  hasSecondFactor: (accountId: string) => Promise<boolean>;
  refusedVisits: Pick<RefusedVisits, 'note'>;
}) {
  const { ownSession, supportSessions, pages, cookies, csrf, hasSecondFactor, refusedVisits } = parts;

  function visitOf(req: IncomingMessage, res: ServerResponse, who: Who, form: Form): ConsoleVisit {
    const { account, session, inside } = who;
    const browserId = cookies.browserId(req, res);
    const { path, query } = readTarget(req.url ?? '/admin');
    const allowed = permissionsOf(account.doc);
    const may = (permission: Permission) => allowed.has(permission);
    const whose = () => whoseIs(who);
    const actor: Actor = { kind: 'operator', accountId: account.id };
    return {
      req,
      res,
      account,
      session,
      actor,
      by: { actor, permissions: allowed, address: factsOf(req).address },
      browserId,
      form,
      path,
      query: new URLSearchParams(query),
      may,
      address: factsOf(req).address,
      userAgent: req.headers['user-agent'] ?? '',
      locale: pages.localeOf(req),
      show(template, props, { problem, retryAfterSeconds, trail = [], status, isAnswer } = {}) {
        const notice = cookies.notice(req);
        if (notice !== undefined) cookies.clearNotice(res);
        const open = sections.filter(({ permission }) => may(permission));
        const isIn = (section: string) => path === section || path.startsWith(`${section}/`);
        pages.send(req, res, {
          template,
          status: status ?? (problem === undefined ? 200 : 422),
          csrf: csrf.token(browserId, subjectOf(session)),
          whose,
          retryAfterSeconds,
          ...(isAnswer ? { isAnswer } : {}),
          props: {
            path,
            operator: { name: displayName(account.doc), login: account.doc.login ?? account.doc.email },
            sections: open.map((section) => ({ ...section, current: isIn(section.path) })),
            trail: trail.map(({ text, href = '' }) => ({ text, href })),
            canSearch: may('accounts:read') || may('customers:read') || may('clients:read'),
            query: '',
            support: inside ? bannerOf(inside) : undefined,
            notice: problem === undefined ? (notice ?? '') : '',
            problem: problem ?? '',
            retryAfterSeconds: retryAfterSeconds ?? 0,
            ...props,
          },
        });
      },
      goTo(to, notice) {
        if (notice !== undefined) cookies.setNotice(res, notice);
        redirect(res, to);
      },
      signInAgain: (to) => redirect(res, ownSession.signInUrl(to, { again: true, to: consolePlace })),
      beginSupport: (use) => supportSessions.begin(res, use),
      forgetSupport: () => supportSessions.forget(res),
    };
  }

  return {
    /** A page for operators whose role has the permission; `undefined`: for every operator. */
    page:
      (permission: Permission | undefined, handler: ConsoleHandler): Page =>
      async (req, res, first, second) => {
        const form = req.method === 'POST' ? await readForm(req) : {};
        const who = await ownSession.find(req, res);
        const signIn = () => redirect(res, ownSession.signInUrl(askedAddress(req), { to: consolePlace }));
        if (!who) return signIn();
        const { account, session } = who;
        const noteRefused = (why: RefusedVisit['why']) =>
          refusedVisits.note({ accountId: account.id, why, path: readTarget(req.url ?? '/admin').path });
        // For everybody else there is no console.
        if (permissionsOf(account.doc).size === 0) {
          noteRefused('no_role');
          throw new AppError('not_found', { detail: 'no operator' });
        }
        const found = await supportSessions.find(req);
        const inside = typeof found === 'object' && found.use.operatorId === account.id ? found : undefined;
        const visit = visitOf(req, res, { ...who, inside }, form);
        if (!(await hasSecondFactor(account.id))) {
          noteRefused('no_second_factor');
          return visit.show('admin/second-factor.njk', { sections: [], canSearch: false }, { status: 403 });
        }
        // An address that spares the second factor elsewhere is none here.
        if (!ownSession.isMultiFactor(session)) return signIn();
        if (permission !== undefined && !visit.may(permission)) {
          noteRefused({ permission });
          return visit.show('admin/forbidden.njk', { permission }, { status: 403 });
        }
        if (req.method === 'POST') csrf.check(req, visit.browserId, subjectOf(session), form['csrf']);
        else if (await pages.sendKept(req, res, () => whoseIs({ ...who, inside }))) return;
        await handler(visit, first, second);
      },

    /** Where the sign-in of the console ends: on to the page that was asked for, if it is one of it. */
    async signedIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const params = new URLSearchParams(readTarget(req.url ?? '').query);
      if (params.has('error')) return redirect(res, '/');
      redirect(res, wantedAddress('/admin', params.get('state') ?? ''));
    },
  };
}

export type ConsoleFrame = ReturnType<typeof createConsoleFrame>;
