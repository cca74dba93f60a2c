// What a person sees at the simulated MojeID: who they are, what they hand over, and the switches for its faults.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { addCookie, readCookie } from '../../http/cookies.ts';
import { locales } from '../../http/locale.ts';
import { randomToken } from '../../lib/random.ts';
import { type DemoPages, redirect } from '../pages.ts';
import {
  answerWith,
  itemsOf,
  levelFor,
  levelRefused,
  readWish,
  type Session,
  whoIsThere,
  type Wish,
  withParams,
} from './authorization.ts';
import type { Services } from './clients.ts';
import { faultNames, type FaultName, type Faults, isFault } from './faults.ts';
import { fullAccessClaims } from './metadata.ts';
import type { Person } from './people.ts';
import { type Handler, sendJson } from './server.ts';
import type { Tokens } from './tokens.ts';

const COOKIE = 'simulated_mojeid';
/** Browsers hold the redirects behind a form to its policy: where a service sends people on to is its own affair. */
const ONWARD = ['http:', 'https:'];
const MOST_REQUESTS = 1000;
/** What everybody gave when they registered at MojeID: ticked beforehand, even without full access. */
const REGISTRATION_ITEMS = new Set(
  'name given_name family_name phone_number phone_number_verified email email_verified address'.split(' '),
);

type Parts = {
  readonly issuer: string;
  readonly views: DemoPages;
  readonly people: readonly Person[];
  readonly services: Services;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly now: () => Date;
};

type SignInState = { readonly wish: Wish; readonly level?: string };

export function createSimulatorPages({ issuer, views, people, services, tokens, faults, now }: Parts) {
  const sessions = new Map<string, Session>();
  const requests = new Map<string, SignInState>();
  /** What somebody has chosen not to hand over to a service, where they are not to be asked each time. */
  const remembered = new Map<string, ReadonlySet<string>>();

  const sessionOf = (req: IncomingMessage) => sessions.get(readCookie(req, COOKIE) ?? '');
  const personOf = (id: string | undefined) => people.find((person) => person.id === id && !person.cancelled);

  /** The next page for this request, or the way back to the service. */
  function goOn(res: ServerResponse, id: string, wish: Wish, session?: Session): void {
    const next = whoIsThere(wish, session, now());
    if (typeof next === 'object') return redirect(res, next.back);
    if (next === 'login') return redirect(res, `/login/?request=${id}`);
    const person = personOf(session!.personId)!;
    const known = remembered.get(`${person.id}:${wish.service.id}`);
    if (known !== undefined) return finish(res, id, wish, person, session!, known);
    if (wish.prompt.includes('none'))
      return redirect(res, withParams(wish.redirectUri, { error: 'interaction_required' }));
    return redirect(res, `/consent/?request=${id}`);
  }

  function finish(
    res: ServerResponse,
    id: string,
    wish: Wish,
    person: Person,
    session: Session,
    withheld: ReadonlySet<string>,
  ): void {
    requests.delete(id);
    const code = tokens.issueCode(wish, person, session, withheld);
    redirect(res, answerWith(wish, code, issuer, faults, person.id));
  }

  function authorize(req: IncomingMessage, res: ServerResponse, params: URLSearchParams): void {
    const reading = readWish(params, services, faults);
    if (reading.kind === 'refused') return sendJson(res, 400, { error: reading.error });
    if (reading.kind === 'back') return redirect(res, reading.url);
    const language = locales.find((locale) => (params.get('ui_locales') ?? '').split(' ').includes(locale));
    if (language && !views.hasChosen(req)) views.choose(res, language);
    if (requests.size >= MOST_REQUESTS) requests.clear();
    const id = randomToken();
    requests.set(id, { wish: reading.wish });
    return goOn(res, id, reading.wish, sessionOf(req));
  }

  /** Each of these gets a request that is still there. */
  type Step = (
    req: IncomingMessage,
    res: ServerResponse,
    id: string,
    state: SignInState,
    form: URLSearchParams,
  ) => void;

  const showLogin: Step = (req, res, id, { wish }, form) =>
    views.send(
      req,
      res,
      'demo/mojeid/login.njk',
      {
        action: `/login/?request=${id}`,
        service: serviceOf(wish),
        levels: wish.acrValues,
        people: people.map(({ id: key, claims, levels }) => ({
          id: key,
          name: shown(claims['name']),
          username: shown(claims['mojeid_username']),
          levels,
        })),
        ...(form.has('person') && { problem: 'cancelled' }),
      },
      ONWARD,
    );

  const login: Step = (req, res, id, state, form) => {
    const { wish } = state;
    if (form.has('cancel')) {
      requests.delete(id);
      return redirect(res, withParams(wish.redirectUri, { error: 'access_denied', state: wish.state ?? '' }));
    }
    const person = personOf(form.get('person') ?? undefined);
    if (!person) return showLogin(req, res, id, state, form);
    const level = levelFor(wish, person);
    if (level === undefined) {
      requests.delete(id);
      return redirect(res, levelRefused(wish));
    }
    const session = { personId: person.id, authTime: Math.floor(now().getTime() / 1000), level };
    const key = randomToken();
    sessions.set(key, session);
    addCookie(res, `${COOKIE}=${key}; Path=/; HttpOnly; SameSite=Lax`);
    // Asked for and done: what follows counts as signed in, whatever the request demanded.
    const done = { ...wish, prompt: [], maxAge: 0 };
    requests.set(id, { wish: done });
    return goOn(res, id, done, session);
  };

  const showConsent: Step = (req, res, id, { wish }) => {
    const session = sessionOf(req);
    const person = personOf(session?.personId);
    if (!session || !person) return redirect(res, `/login/?request=${id}`);
    return views.send(
      req,
      res,
      'demo/mojeid/consent.njk',
      {
        action: `/consent/?request=${id}`,
        service: serviceOf(wish),
        person: { name: shown(person.claims['name']), username: shown(person.claims['mojeid_username']) },
        items: itemsOf(wish, person).map(({ claim, value, required }) => ({
          claim,
          value: shown(value),
          required,
          ticked: required || wish.service.fullAccess || REGISTRATION_ITEMS.has(claim),
        })),
      },
      ONWARD,
    );
  };

  const consent: Step = (req, res, id, { wish }, form) => {
    const session = sessionOf(req);
    const person = personOf(session?.personId);
    if (!session || !person) return redirect(res, `/login/?request=${id}`);
    if (form.get('choice') !== 'allow') {
      requests.delete(id);
      return redirect(res, withParams(wish.redirectUri, { error: 'access_denied', state: wish.state ?? '' }));
    }
    const withheld = new Set(
      itemsOf(wish, person).flatMap(({ claim, required }) => (required || form.has(claim) ? [] : [claim])),
    );
    if (form.has('remember')) remembered.set(`${person.id}:${wish.service.id}`, withheld);
    return finish(res, id, wish, person, session, withheld);
  };

  const steps: Readonly<Record<string, Step>> = {
    'GET /login/': showLogin,
    'POST /login/': login,
    'GET /consent/': showConsent,
    'POST /consent/': consent,
  };

  function setFaults(
    res: ServerResponse,
    given: URLSearchParams | { faults: string[]; person?: string },
  ): void {
    const isForm = given instanceof URLSearchParams;
    const names = isForm ? faultNames.filter((name) => given.has(name)) : given.faults;
    const unknown = names.filter((name) => !isFault(name));
    if (unknown.length > 0) return sendJson(res, 400, { unknown, known: faultNames });
    const person = (isForm ? given.get('person') : given.person) || undefined;
    faults.set(names as FaultName[], person);
    return isForm
      ? redirect(res, `/${person ? `?person=${person}` : ''}`)
      : sendJson(res, 200, { faults: names });
  }

  const others: Readonly<
    Record<string, (req: IncomingMessage, res: ServerResponse, url: URL) => void | Promise<void>>
  > = {
    'GET /oidc/authorization/': (req, res, url) => authorize(req, res, url.searchParams),
    'POST /oidc/authorization/': async (req, res) => authorize(req, res, await formOf(req)),
    'GET /'(req, res, url) {
      const person = people.find(({ id }) => id === url.searchParams.get('person'))?.id;
      const session = sessionOf(req);
      const signedIn = session && personOf(session.personId);
      views.send(req, res, 'demo/mojeid/home.njk', {
        issuer,
        person,
        people: people.map(({ id, claims }) => ({
          id,
          name: shown(claims['mojeid_username']),
          url: `/?person=${id}`,
        })),
        faults: faultNames.map((name) => ({ name, on: faults.list(person).includes(name) })),
        ...(signedIn && {
          signedIn: { name: shown(signedIn.claims['name']), at: new Date(session.authTime * 1000) },
        }),
      });
    },
    'GET /consumer_admin/'(req, res) {
      views.send(req, res, 'demo/mojeid/services.njk', { services: services.list() });
    },
    'GET /logout/'(req, res) {
      views.send(req, res, 'demo/mojeid/logout.njk', { signedIn: sessionOf(req) !== undefined });
    },
    'POST /logout/'(req, res) {
      sessions.delete(readCookie(req, COOKIE) ?? '');
      redirect(res, '/logout/');
    },
    async 'POST /simulator/faults'(req, res) {
      if (isJson(req)) setFaults(res, JSON.parse(await text(req)) as { faults: string[]; person?: string });
      else setFaults(res, await formOf(req));
    },
    async 'POST /simulator/session'(req, res) {
      ageSessions(Number((await formOf(req)).get('seconds') ?? 0));
      redirect(res, '/');
    },
  };

  function ageSessions(seconds: number): void {
    for (const [key, session] of sessions) {
      sessions.set(key, { ...session, authTime: session.authTime - seconds });
    }
  }

  const handle: Handler = async (req, res, url) => {
    if (views.serve(res, url)) return true;
    const called = `${req.method} ${url.pathname}`;
    const step = steps[called];
    if (step) {
      const id = url.searchParams.get('request') ?? '';
      const state = requests.get(id);
      if (state) step(req, res, id, state, req.method === 'POST' ? await formOf(req) : new URLSearchParams());
      else redirect(res, '/');
      return true;
    }
    const other = others[called];
    await other?.(req, res, url);
    return other !== undefined;
  };

  return {
    handle,
    /** Makes everybody's sign-in so much older. */
    ageSessions,
    /** Ends all sessions, requests and remembered consents. */
    forget(): void {
      for (const kept of [sessions, requests, remembered]) kept.clear();
    },
  };
}

/** Without full access the dialog shows no more of a service than its address. */
const serviceOf = ({ service, redirectUri }: Wish) => ({
  host: new URL(redirectUri).host,
  ...(service.fullAccess && { name: service.name }),
  withheld: service.fullAccess ? 0 : fullAccessClaims.size,
});

const isJson = (req: IncomingMessage): boolean =>
  req.headers['content-type']?.startsWith('application/json') === true;
const formOf = async (req: IncomingMessage): Promise<URLSearchParams> => new URLSearchParams(await text(req));
/** A claim as it stands on a page. */
const shown = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
