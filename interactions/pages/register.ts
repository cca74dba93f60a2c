// The form of a registration (S2, S3, S62–S65), filled in by hand, by an invitation or by what an upstream says. What comes
// after it is in register-waiting.ts; each page leads to the one that is due, wherever it was left.

import type { IncomingMessage, ServerResponse } from 'node:http';
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
import type { Registrations } from '../../src/domain/registration/registrations.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Form } from '../../src/http/form.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import { redirect } from '../../src/http/redirect.ts';
import type { DeparturePage } from '../departure.ts';
import { prefilled, type RegisterIdentities } from '../register-identities.ts';
import { createRegisterInvitations } from '../register-invitations.ts';
import { registerUrl } from '../register-link.ts';
import {
  duePage,
  noProblem,
  REGISTER_PATH,
  statusOf,
  type RegisterProblem,
  type RegisterVisits,
} from '../register-visits.ts';

const typed = ['kind', 'given_name', 'family_name', 'company', 'email', 'phone'] as const;

/** The fields of a form that the rules judge. */
function typedFields(form: Form): RegistrationFields {
  const { kind, given_name, family_name, company, email, phone, password, terms, privacy } = form;
  return { kind, given_name, family_name, company, email, phone, password, terms, privacy };
}

/** The pages of the form. */
export function createRegisterForm(parts: {
  registrations: Registrations;
  proofOfWork: ProofOfWork;
  pages: Pages;
  cookies: Cookies;
  upstreams: Upstreams;
  departures: Departures;
  waiting: WaitingIdentities;
  invitations: Invitations;
  depart: DeparturePage;
  identities: RegisterIdentities;
  visits: RegisterVisits;
}) {
  const { registrations, proofOfWork, pages, cookies } = parts;
  const { departures, waiting, depart, identities } = parts;
  const { csrfToken, readOwnForm, originOf } = parts.visits;
  const invited = createRegisterInvitations(parts);
  const { rules } = registrations;
  const proofSubject = (browserId: string) => `${browserId}\n${REGISTER_PATH}`;

  async function showForm(
    req: IncomingMessage,
    res: ServerResponse,
    form: Form,
    more: RegisterProblem & { problems?: FieldProblems } = noProblem,
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
      csrf: csrfToken(browserId),
      retryAfterSeconds: more.retryAfterSeconds,
      props: {
        action: REGISTER_PATH,
        problem: more.problem,
        problems: Object.fromEntries(
          Object.entries(more.problems ?? {}).map(([field, problem]) => [field, { problem }]),
        ),
        challenge: await proofOfWork.challenge(proofSubject(browserId)),
        limits: registrationLimits,
        asksPassword: rules.asksPassword && found?.identity === undefined,
        ...identities.props(found, form),
        ...invited.props(invitation, form),
        upstreamAction: `${REGISTER_PATH}/upstream`,
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

  return {
    async show(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const browserId = cookies.browserId(req, res);
      const asked = new URLSearchParams(readTarget(req.url ?? '').query);
      const [from, serial] = [asked.get('from') ?? undefined, asked.get('with') ?? undefined];
      const found = await registrations.find(browserId);
      if (found === undefined || found.state === 'done') return showForm(req, res, { from, with: serial });
      const origin = await originOf(from, browserId);
      if (origin) await registrations.leadTo(browserId, origin.uid);
      return redirect(res, duePage(found));
    },

    /** GET /invitation/:secret/register: whoever follows it wants to begin, whatever else this browser has begun. */
    async showInvited(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = { invitation: secret };
      // The page of the invitation says that it is over.
      if ((await invited.found(form)) === 'over')
        return redirect(res, `/invitation/${encodeURIComponent(secret)}`);
      return showForm(req, res, form, noProblem);
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
          return redirect(res, `${REGISTER_PATH}/code`);
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
        // What fills the form in is linked, so it must not be of whoever sat here before.
        maxAgeSeconds: 0,
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
  };
}
