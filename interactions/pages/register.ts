// Registration (S2, S3, S62–S65): the form, the code from the text message, the page that waits for the mailed link.
// Each page leads to the one that is due, so that it can be taken up again wherever it was left.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import type { Invitations } from '../../src/domain/customers/invitations.ts';
import type { Departures } from '../../src/domain/federation/departures.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import type { WaitingIdentities } from '../../src/domain/federation/waiting-identities.ts';
import type { ProofOfWork } from '../../src/domain/limits/proof-of-work.ts';
import {
  registrationLimits,
  type FieldProblems,
  type RegistrationFields,
} from '../../src/domain/registration/registration-form.ts';
import type { Registration, Registrations } from '../../src/domain/registration/registrations.ts';
import type { SignIns } from '../../src/domain/sign-ins/sign-ins.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import { readForm, type Form } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import type { Interactions } from '../../src/oidc/interactions.ts';
import type { DeparturePage } from '../departure.ts';
import { prefilled, type RegisterIdentities } from '../register-identities.ts';
import { createRegisterInvitations } from '../register-invitations.ts';
import { registerUrl } from '../register-link.ts';

const PATH = '/register';
const typed = ['kind', 'given_name', 'family_name', 'company', 'email', 'phone'] as const;

type Problem = { readonly problem: string; readonly retryAfterSeconds?: number | undefined };
const none: Problem = { problem: '' };
const statusOf = ({ problem, retryAfterSeconds }: Problem): number =>
  retryAfterSeconds !== undefined ? 429 : problem === '' ? 200 : 422;

/** The fields of a form that the rules judge. */
function typedFields(form: Form): RegistrationFields {
  const { kind, given_name, family_name, company, email, phone, password, terms, privacy } = form;
  return { kind, given_name, family_name, company, email, phone, password, terms, privacy };
}

/** What is due in a registration. */
const pageOf = (found: Registration | undefined): string =>
  found?.state === 'phone' ? `${PATH}/code` : found === undefined ? PATH : `${PATH}/mail`;

/** The pages under /register */
export function createRegisterPages(parts: {
  registrations: Registrations;
  proofOfWork: ProofOfWork;
  interactions: Pick<Interactions, 'face'>;
  signIns: Pick<SignIns, 'find'>;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
  upstreams: Upstreams;
  departures: Departures;
  waiting: WaitingIdentities;
  invitations: Invitations;
  depart: DeparturePage;
  identities: RegisterIdentities;
}) {
  const { registrations, proofOfWork, interactions, signIns, pages, cookies, csrf } = parts;
  const { departures, waiting, depart, identities } = parts;
  const invited = createRegisterInvitations(parts);
  const { rules } = registrations;
  const proofSubject = (browserId: string) => `${browserId}\n${PATH}`;

  function redirect(res: ServerResponse, to: string): void {
    res.statusCode = 303;
    res.setHeader('Cache-Control', 'no-store');
    res.setHeader('Location', to);
    res.end();
  }

  /** The form, if it is ours. */
  async function readOwnForm(req: IncomingMessage, res: ServerResponse) {
    const form = await readForm(req);
    const browserId = cookies.browserId(req, res);
    csrf.check(req, browserId, PATH, form['csrf']);
    return { form, browserId };
  }

  /** The sign-in that somebody comes from, if this browser began it. */
  async function originOf(uid: string | null | undefined, browserId: string) {
    const found = uid && uid.length <= 100 ? await signIns.find(uid, browserId) : undefined;
    if (!uid || !found) return undefined;
    const { clientId, params } = found.doc;
    return { uid, client: await interactions.face(clientId), params };
  }

  async function showForm(
    req: IncomingMessage,
    res: ServerResponse,
    form: Form,
    more: Problem & { problems?: FieldProblems } = none,
  ): Promise<void> {
    const browserId = cookies.browserId(req, res);
    const origin = await originOf(form['from'], browserId);
    const hint = origin?.params['login_hint'] ?? '';
    const found = await identities.find(browserId, form['with'], origin?.uid);
    const fromUpstream = found?.identity && form['csrf'] === undefined ? prefilled(found.identity) : {};
    const invitation = await invited.shown(form, pages.localeOf(req));
    const settled = invitation && { ...invited.settled(form), email: invitation.email };
    const values: Form = { ...fromUpstream, ...form, ...settled };
    pages.send(req, res, {
      template: 'pages/register.njk',
      status: statusOf(more),
      // The invitation may have been in the address.
      secretUrl: invitation !== undefined,
      client: origin?.client,
      uiLocales: origin?.params['ui_locales'],
      csrf: csrf.token(browserId, PATH),
      retryAfterSeconds: more.retryAfterSeconds,
      props: {
        action: PATH,
        problem: more.problem,
        problems: Object.fromEntries(
          Object.entries(more.problems ?? {}).map(([field, problem]) => [field, { problem }]),
        ),
        challenge: await proofOfWork.challenge(proofSubject(browserId)),
        limits: registrationLimits,
        asksPassword: rules.asksPassword && found?.identity === undefined,
        ...identities.props(found, form),
        ...invited.props(invitation, form),
        upstreamAction: `${PATH}/upstream`,
        withoutHref: registerUrl(origin?.uid),
        minLength: rules.passwords.minLength,
        texts: rules.texts.map(({ document, url, version }) => ({
          kind: document,
          url,
          version,
          isAgreed: form[document] === version,
        })),
        values: Object.fromEntries(
          typed.map((name) => [
            name,
            (values[name] ?? (name === 'email' && hint.includes('@') ? hint : '')).slice(0, 254),
          ]),
        ),
        from: origin?.uid ?? '',
        signInHref: origin ? `/interaction/${origin.uid}/password` : '/account',
      },
    });
  }

  /** A page that waits for something; leads away when something else is due. */
  async function showWaiting(
    req: IncomingMessage,
    res: ServerResponse,
    page: 'code' | 'mail',
    problem: Problem = none,
  ): Promise<void> {
    const browserId = cookies.browserId(req, res);
    const found = await registrations.find(browserId);
    if (!found || pageOf(found) !== `${PATH}/${page}`) return redirect(res, pageOf(found));
    const origin = await originOf(found.from, browserId);
    const { person, state } = found;
    pages.send(req, res, {
      template: page === 'code' ? 'pages/register-code.njk' : 'pages/register-mail.njk',
      status: statusOf(problem),
      client: origin?.client,
      uiLocales: origin?.params['ui_locales'],
      csrf: csrf.token(browserId, PATH),
      retryAfterSeconds: problem.retryAfterSeconds,
      props: {
        problem: problem.problem,
        retryAfterSeconds: problem.retryAfterSeconds ?? 0,
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
    if (sent.kind !== 'throttled') return redirect(res, `${PATH}/mail`);
    const { retryAfterSeconds } = sent;
    return showWaiting(req, res, 'mail', { problem: 'too_many_mails', retryAfterSeconds });
  }

  return {
    async show(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const browserId = cookies.browserId(req, res);
      const asked = new URLSearchParams(readTarget(req.url ?? '').query);
      const [from, serial] = [asked.get('from') ?? undefined, asked.get('with') ?? undefined];
      const found = await registrations.find(browserId);
      if (found === undefined || found.state === 'done') return showForm(req, res, { from, with: serial });
      const origin = await originOf(from, browserId);
      if (origin) await registrations.leadTo(browserId, origin.uid);
      return redirect(res, pageOf(found));
    },

    /** GET /invitation/:secret/register: whoever follows it wants to begin, whatever else this browser has begun. */
    async showInvited(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = { invitation: secret };
      // The page of the invitation says that it is over.
      if ((await invited.found(form)) === 'over')
        return redirect(res, `/invitation/${encodeURIComponent(secret)}`);
      return showForm(req, res, form, none);
    },

    async submit(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { form, browserId } = await readOwnForm(req, res);
      const origin = await originOf(form['from'], browserId);
      const found = await identities.find(browserId, form['with'], origin?.uid);
      const identity = identities.registered(found, form);
      // It was on the form, and has gone since: nobody is to register without what they have seen there.
      if (form['with'] && identity === undefined)
        return showForm(req, res, form, { problem: 'identity_over' });
      const invitation = await invited.found(form);
      if (invitation === 'over') return showForm(req, res, form, { problem: 'invitation_over' });
      const begun = await registrations.begin(
        {
          ...typedFields(invitation ? invited.settled(form) : form),
          proof: form['altcha'],
        },
        {
          browserId,
          address: factsOf(req).address,
          locale: pages.localeOf(req, origin?.params['ui_locales']),
          subject: proofSubject(browserId),
          from: origin?.uid,
          identity,
          invitation,
        },
      );
      switch (begun.kind) {
        case 'begun':
          if (found) await waiting.forget(browserId, found.place);
          return redirect(res, `${PATH}/code`);
        case 'wrong':
          return showForm(req, res, form, { problem: 'fields', problems: begun.problems });
        case 'refused':
        case 'throttled':
          return showForm(req, res, form, begun);
        default:
          return begun satisfies never;
      }
    },

    /** POST /register/upstream: to be filled in by what an upstream says. */
    async askUpstream(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { form, browserId } = await readOwnForm(req, res);
      const origin = await originOf(form['from'], browserId);
      const uiLocales = origin?.params['ui_locales'];
      const departure = await departures.begin({
        purpose: 'register',
        uid: origin?.uid,
        upstream: form['upstream'] ?? '',
        browserId,
        address: factsOf(req).address,
        locale: pages.localeOf(req, uiLocales),
      });
      switch (departure.kind) {
        case 'begun': {
          const { to, mark, upstream } = departure;
          return depart(req, res, { ...upstream, to, mark }, { client: origin?.client, uiLocales });
        }
        case 'refused':
          return showForm(req, res, { from: origin?.uid }, { problem: `upstream_${departure.problem}` });
        case 'throttled': {
          const { retryAfterSeconds } = departure;
          return showForm(
            req,
            res,
            { from: origin?.uid },
            { problem: 'too_many_requests', retryAfterSeconds },
          );
        }
        default:
          return departure satisfies never;
      }
    },

    showCode: (req: IncomingMessage, res: ServerResponse): Promise<void> => showWaiting(req, res, 'code'),

    async checkCode(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const { form, browserId } = await readOwnForm(req, res);
      const outcome = await registrations.checkCode(browserId, form['code'] ?? '');
      switch (outcome.kind) {
        case 'proved':
          return mail(req, res, browserId);
        case 'moved':
          return redirect(res, pageOf(await registrations.find(browserId)));
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
      if (sent.kind !== 'throttled') return redirect(res, `${PATH}/code`);
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
      return redirect(res, from === undefined ? PATH : registerUrl(from));
    },
  };
}
