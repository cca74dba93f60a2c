// What all account pages have in common: somebody must be signed in, forms must be ours, and a page says once what
// the form before it did.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { displayName, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm, type Form } from '../../src/http/form.ts';
import type { Locale } from '../../src/http/locale.ts';
import type { Pages, Whose } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import { redirect } from '../../src/http/redirect.ts';
import type { OwnSession } from '../../src/oidc/own-session.ts';
import type { PresentSession } from '../../src/oidc/present-session.ts';
import type { StandingUse } from '../../src/domain/support-access/uses.ts';
import type { SupportSessions } from '../../src/oidc/support-sessions.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { Acting, ChosenCustomer } from '../../src/domain/customers/chosen-customer.ts';
import type { MemberPermission, Roles } from '../../src/domain/customers/roles.ts';
import { askedAddress, wantedAddress } from '../come-back.ts';
import { createLookOnly } from './look-only.ts';
import { customerLines, menuAt, personalLines } from './menu.ts';

export type ShowOptions = {
  readonly status?: number;
  readonly problem?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** It says once what a form has made: told at a GET, so that Reload makes no second one. */
  readonly isAnswer?: true;
};

/** One request of a signed-in person to one of their pages. */
export type AccountVisit = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly account: StoredAccount;
  readonly session: PresentSession;
  /** Set when it is not the person but an operator, let in as support. */
  readonly support: StandingUse | undefined;
  /** Whom the person acts for in this session; `undefined` when nobody. */
  readonly acting: Acting | undefined;
  readonly browserId: string;
  /** The client's address, when it can be told. */
  readonly address: string | undefined;
  readonly userAgent: string;
  readonly locale: Locale;
  /** The fields sent, from our own page; empty for GET. */
  readonly form: Form;
  /** Shows a page of `views/account`; with a problem the status is 422 unless another is given. */
  show(template: `account/${string}.njk`, props: Readonly<Record<string, unknown>>, more?: ShowOptions): void;
  /** On to another page after a form (303); `notice` is a locale key under `account.notice` that it shows once. */
  goTo(path: string, notice?: string): void;
  /** Has the person prove who they are once more, and comes back to the path. */
  signInAgain(path: string): void;
};

export type AccountHandler = (visit: AccountVisit, first: string, second: string) => void | Promise<void>;

/** A visit to a page of the customer that the person acts for, with what their role allows. */
export type CustomerVisit = AccountVisit & {
  readonly acting: Acting;
  may(permission: MemberPermission): boolean;
};
export type CustomerHandler = (visit: CustomerVisit, first: string, second: string) => void | Promise<void>;
/**
 * What support may do with a page: nothing, unless it is said. `look` is for pages that show and change nothing, `act`
 * for what belongs to support itself.
 */
export type ForSupport = 'nothing' | 'look' | 'act';

type Who = {
  readonly account: StoredAccount;
  readonly session: PresentSession;
  readonly acting: Acting | undefined;
  readonly support?: StandingUse | undefined;
};
/** What else a page's answer belongs to than the session: it is shown only while that is the same. */
export type TiedTo = (who: Pick<AccountVisit, 'account' | 'session'>) => Promise<string>;
type Rules = { readonly forSupport: ForSupport; readonly tiedTo?: TiedTo | undefined };
type Page = (req: IncomingMessage, res: ServerResponse, first: string, second: string) => Promise<void>;

/** The frame of the account pages. */
export function createFrame(parts: {
  ownSession: OwnSession;
  supportSessions: Pick<SupportSessions, 'find' | 'forget'>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
  chosenCustomer: ChosenCustomer;
  roles: Roles;
}) {
  const { ownSession, supportSessions, pages, cookies, csrf, chosenCustomer, roles } = parts;
  const lookOnly = createLookOnly();
  const marked = (page: Page, forSupport: ForSupport): Page =>
    forSupport === 'look' ? lookOnly.mark(page) : page;

  function visitOf(
    req: IncomingMessage,
    res: ServerResponse,
    who: Who,
    form: Form,
    whose: Whose,
  ): AccountVisit {
    const { account, session, acting, support } = who;
    const browserId = cookies.browserId(req, res);
    const { path } = readTarget(req.url ?? '/account');
    return {
      req,
      res,
      account,
      session,
      support,
      acting,
      browserId,
      form,
      address: factsOf(req).address,
      userAgent: req.headers['user-agent'] ?? '',
      locale: pages.localeOf(req),
      show(
        template,
        props,
        { problem, retryAfterSeconds, isAnswer, status = problem === undefined ? 200 : 422 } = {},
      ) {
        const notice = cookies.notice(req);
        if (notice !== undefined) cookies.clearNotice(res);
        const { email, login } = account.doc;
        pages.send(req, res, {
          template,
          status,
          csrf: csrf.token(browserId, subjectOf(session)),
          whose,
          retryAfterSeconds,
          ...(isAnswer ? { isAnswer } : {}),
          ...(support ? { isOpen: lookOnly.isOpen } : {}),
          props: {
            path,
            account: { name: displayName(account.doc), login: login ?? email },
            menu: menuAt(path, isShown(acting, support)),
            support: support ? bannerOf(support) : undefined,
            acting: acting?.isOneOfSeveral
              ? { name: acting.customer.doc.name, number: acting.customer.doc.number }
              : undefined,
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
      signInAgain: (to) => redirect(res, ownSession.signInUrl(to, { again: true })),
    };
  }

  /** The lines of the menu that mean something to this person. */
  const isShown =
    (acting: Acting | undefined, support: StandingUse | undefined) =>
    (key: string): boolean => {
      if (support && personalLines.includes(key)) return false;
      if (key === 'choose_customer') return acting?.isOneOfSeveral === true;
      const needed = customerLines[key];
      return needed === undefined || (acting !== undefined && mayOf(acting, support)(needed));
    };

  /** What may be done for the customer: by support nothing but looking. */
  const mayOf =
    ({ role }: Acting, support: StandingUse | undefined) =>
    (permission: MemberPermission): boolean =>
      roles.may(role, permission) && (support === undefined || permission.endsWith(':read'));

  /** Who is there: the person, support in their place, or nobody. */
  async function whoIs(req: IncomingMessage, res: ServerResponse): Promise<Who | 'over' | undefined> {
    const support = await supportSessions.find(req);
    if (support === 'over') return 'over';
    if (support) {
      const { account, session, use } = support;
      const acting = await chosenCustomer.forCustomer(account.id, use.customerId);
      return { account, session, support: use, acting: acting && { ...acting, isOneOfSeveral: false } };
    }
    const own = await ownSession.find(req, res);
    return own && { ...own, acting: await chosenCustomer.inSession(own.account.id, own.session.uid) };
  }

  /**
   * A page that only its signed-in person sees. Everybody else signs in first and comes back to it. The handler may check
   * more, and is given what shows the answer that waits for this very visit.
   */
  const checked =
    (
      { forSupport, tiedTo }: Rules,
      handler: (
        visit: AccountVisit,
        showKept: () => Promise<boolean>,
        first: string,
        second: string,
      ) => void | Promise<void>,
    ): Page =>
    async (req, res, first, second) => {
      const form = req.method === 'POST' ? await readForm(req) : {};
      const who = await whoIs(req, res);
      if (who === 'over') {
        supportSessions.forget(res);
        return pages.send(req, res, { template: 'pages/support-over.njk', status: 403, props: {} });
      }
      if (!who) return redirect(res, ownSession.signInUrl(askedAddress(req)));
      if (req.method === 'POST') {
        csrf.check(req, cookies.browserId(req, res), subjectOf(who.session), form['csrf']);
      }
      const whose = async () => `${whoseIs(who)} ${(await tiedTo?.(who)) ?? ''}`;
      const visit = visitOf(req, res, who, form, whose);
      const isLook = req.method === 'GET' || req.method === 'HEAD';
      if (who.support && !(forSupport === 'act' || (forSupport === 'look' && isLook)))
        return visit.show('account/not-for-support.njk', {}, { status: 403 });
      const showKept = async () => isLook && (await pages.sendKept(req, res, whose));
      await handler(visit, showKept, first, second);
    };

  return {
    /** A page of the signed-in person. */
    page: (handler: AccountHandler, forSupport: ForSupport = 'nothing', tiedTo?: TiedTo): Page =>
      marked(
        checked({ forSupport, tiedTo }, async (visit, showKept, first, second) => {
          if (await showKept()) return;
          await handler(visit, first, second);
        }),
        forSupport,
      ),

    noting: lookOnly.noting,

    /**
     * A page of the customer that the person acts for, if their role allows it; for who acts for nobody it is not there.
     * Its forms say in `customer` whom they are about: the person may have gone over to another one in another tab.
     */
    customerPage: (
      permission: MemberPermission,
      handler: CustomerHandler,
      forSupport: ForSupport = 'nothing',
    ): Page =>
      marked(
        checked({ forSupport }, async (visit, showKept, first, second) => {
          const { acting, req, form, support } = visit;
          if (!acting) throw new AppError('not_found', { detail: 'acts for no customer' });
          const may = mayOf(acting, support);
          if (!may(permission))
            throw new AppError('forbidden', { detail: `${acting.role} lacks ${permission}` });
          if (req.method === 'POST' && form['customer'] !== acting.customer.id)
            return visit.goTo('/account/customer', 'customer_switched');
          if (await showKept()) return;
          await handler(
            {
              ...visit,
              acting,
              may,
              show: (template, props, more) =>
                visit.show(template, { customerId: acting.customer.id, ...props }, more),
            },
            first,
            second,
          );
        }),
        forSupport,
      ),

    /** Where the sign-in of the account pages ends: on to the page that was asked for, if it is one of them. */
    async signedIn(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const params = new URLSearchParams(readTarget(req.url ?? '').query);
      // Given up: there is nothing to see without signing in.
      if (params.has('error')) return redirect(res, '/');
      redirect(res, wantedAddress('/account', params.get('state') ?? ''));
    },
  };
}

export type Frame = ReturnType<typeof createFrame>;

const bannerOf = ({ operatorName, reason, endsAt }: StandingUse) => ({
  by: operatorName,
  reason,
  until: endsAt,
});

/** Of whom a page tells, and what they may: with anything else of it, another page would be shown. */
const whoseIs = ({ account, session, acting, support }: Who): string =>
  [
    'account',
    session.uid,
    account.id,
    account.doc.credentialVersion,
    support?.id ?? '',
    ...(acting ? [acting.customer.id, acting.role] : []),
  ].join(' ');

const subjectOf = ({ uid }: PresentSession): string => `account:${uid}`;
