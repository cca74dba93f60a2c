// Where upstreams send browsers back to. An answer is taken once and judged; then the browser is sent on at once, so
// that no code stays in an address: to the sign-in, the registration or the account page that it belongs to.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { registerUrl } from '../register-link.ts';
import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Arrival, Arrivals } from '../../src/domain/federation/arrivals.ts';
import type { TakingOver } from '../../src/domain/federation/taking-over.ts';
import type { UpstreamSignIn } from '../../src/domain/federation/upstream-sign-in.ts';
import type {
  Waiting,
  WaitingIdentities,
  WaitingPlace,
} from '../../src/domain/federation/waiting-identities.ts';
import type { History } from '../../src/domain/sign-ins/history.ts';
import type { SignIns } from '../../src/domain/sign-ins/sign-ins.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Pages } from '../../src/http/pages.ts';
import { factsOf } from '../../src/http/request-facts.ts';
import { readTarget } from '../../src/http/target.ts';
import { redirect } from '../../src/http/redirect.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { Interactions } from '../../src/oidc/interactions.ts';
import type { OwnSession } from '../../src/oidc/own-session.ts';

type Arrived = Extract<Arrival, { kind: 'arrived' }>;
type Fitting = Extract<Arrival, { kind: 'arrived' | 'refused' }>;
type Request = { readonly req: IncomingMessage; readonly res: ServerResponse; readonly browserId: string };

/** GET /callback/:name */
export function createCallbackPage(parts: {
  arrivals: Arrivals;
  waiting: WaitingIdentities;
  upstreamSignIn: UpstreamSignIn;
  accounts: Pick<Accounts, 'get'>;
  takingOver: Pick<TakingOver, 'isNews'>;
  signIns: SignIns;
  interactions: Pick<Interactions, 'face'>;
  ownSession: Pick<OwnSession, 'find'>;
  history: Pick<History, 'record'>;
  pages: Pages;
  cookies: Cookies;
}) {
  const { arrivals, waiting, upstreamSignIn, accounts, takingOver, signIns, interactions } = parts;
  const { ownSession, history, pages, cookies } = parts;

  function sendOn({ res }: Request, to: string): void {
    res.setHeader('Referrer-Policy', 'no-referrer');
    redirect(res, to);
  }

  /** It fits nothing here, or no longer. */
  const showStray = ({ req, res }: Request): void =>
    pages.send(req, res, { template: 'pages/stray-answer.njk', status: 410, props: {}, secretUrl: true });

  /**
   * Keeps what has come, where the next page finds it: an identity that may be linked, or registered with, only of who
   * has just signed in there (mojeid.md 3.4).
   */
  function keep({ browserId }: Request, place: WaitingPlace, arrival: Fitting): Promise<string> {
    const upstream = arrival.begun.upstream;
    const doc: Omit<Waiting, 'serial'> =
      arrival.kind === 'refused'
        ? { upstream, problem: arrival.problem }
        : arrival.isFresh
          ? { upstream, identity: arrival.identity }
          : { upstream, problem: 'too_old_to_link' };
    return waiting.put(browserId, place, doc);
  }

  /** A linked identity proves its account in the sign-in that this browser is in the middle of. */
  async function prove(request: Request, uid: string, arrival: Arrived): Promise<void> {
    const { req, browserId } = request;
    const { upstream, identity, link, begun } = arrival;
    const { address } = factsOf(req);
    const signIn = await signIns.find(uid, browserId);
    if (!signIn) return;
    const proof = await upstreamSignIn.prove(link!, upstream, identity, { address, browserId });
    if (proof.kind === 'proved') {
      const { accountId, credentialVersion, details } = proof;
      await waiting.forget(browserId, { uid });
      // Before the proof: with it, this browser may end the sign-in at once.
      const account = upstream.comparesAtSignIn ? await accounts.get(accountId) : undefined;
      if (account && (await takingOver.isNews(account, identity, link!)))
        await waiting.put(browserId, { uid }, { upstream: begun.upstream, identity, isLinked: 'before' });
      await signIns.prove(uid, browserId, { step: 'upstream', accountId, credentialVersion, ...details });
      return;
    }
    const { accountId, problem } = proof;
    await waiting.put(browserId, { uid }, { upstream: begun.upstream, problem });
    if (problem !== 'account_disabled') return;
    const { clientId } = signIn.doc;
    const clientName = (await interactions.face(clientId))?.name ?? clientId;
    const from = { address, browserId, userAgent: req.headers['user-agent'] ?? '', clientId, clientName };
    await history.record({ ...from, accountId, methods: ['upstream'], result: 'refused', reason: problem });
  }

  async function login(request: Request, arrival: Fitting): Promise<void> {
    const uid = arrival.begun.uid!;
    if (arrival.kind === 'arrived' && arrival.link) {
      await prove(request, uid, arrival);
      // Proved: whatever is due next. Refused: the page that says why.
      const { problem } = (await waiting.find(request.browserId, { uid })) ?? {};
      return sendOn(request, problem ? `/interaction/${uid}/upstream` : `/interaction/${uid}`);
    }
    await keep(request, { uid }, arrival);
    return sendOn(request, `/interaction/${uid}/upstream`);
  }

  async function register(request: Request, arrival: Fitting): Promise<void> {
    const { begun } = arrival;
    const place = { registration: true } as const;
    const isKnown = arrival.kind === 'arrived' && arrival.link !== undefined;
    const serial = isKnown
      ? await waiting.put(request.browserId, place, { upstream: begun.upstream, problem: 'has_account' })
      : await keep(request, place, arrival);
    sendOn(request, registerUrl(begun.uid, serial));
  }

  /** Only in the very session of the very account that began it (RFC 9700 §4.7; mojeid.md 3.1). */
  async function link(request: Request, arrival: Fitting): Promise<void> {
    const { sessionUid, accountId } = arrival.begun;
    const present = await ownSession.find(request.req, request.res);
    if (!present || present.session.uid !== sessionUid || present.account.id !== accountId)
      return showStray(request);
    await keep(request, { sessionUid, accountId }, arrival);
    sendOn(request, '/account/security/link-identity');
  }

  return async function callback(req: IncomingMessage, res: ServerResponse, name: string): Promise<void> {
    // A look ahead must not use the answer up.
    if (req.method !== 'GET') throw new AppError('method_not_allowed');
    const browserId = cookies.knownBrowserId(req);
    const marks = cookies.upstreamMarks(req);
    const params = new URLSearchParams(readTarget(req.url ?? '').query);
    const { address } = factsOf(req);
    const arrival = await arrivals.take({ upstream: name, params, marks, browserId, address });
    const request = { req, res, browserId: browserId ?? '' };
    switch (arrival.kind) {
      case 'stray':
        return showStray(request);
      case 'throttled':
        throw new AppError('too_many_requests', { retryAfterSeconds: arrival.retryAfterSeconds });
      case 'arrived':
      case 'refused':
        cookies.removeUpstreamMark(req, res, arrival.mark);
        if (arrival.kind === 'arrived') cookies.setElsewhere(res, name);
        switch (arrival.begun.purpose) {
          case 'login':
            return login(request, arrival);
          case 'register':
            return register(request, arrival);
          case 'link':
            return link(request, arrival);
          default:
            return arrival.begun.purpose satisfies never;
        }
      default:
        return arrival satisfies never;
    }
  };
}
