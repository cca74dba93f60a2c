// The end of a sign-in: what was proved becomes what tokens say, and nothing more.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts, StoredAccount } from '../src/domain/accounts/accounts.ts';
import { isStillProved } from '../src/domain/accounts/standing.ts';
import type { Audit } from '../src/domain/audit/audit.ts';
import { UPSTREAM_METHOD } from '../src/domain/federation/upstream-sign-in.ts';
import type { SignIns } from '../src/domain/sign-ins/sign-ins.ts';
import type { Consents } from '../src/domain/clients/consents.ts';
import type { SignInRecorder } from '../src/domain/sign-ins/sign-in-recorder.ts';
import type { Cookies } from '../src/http/cookies.ts';
import { factsOf } from '../src/http/request-facts.ts';
import type { Interactions, LoginResult, SignInRequest } from '../src/oidc/interactions.ts';
import { AppError } from '../src/lib/app-error.ts';
import { digest } from '../src/lib/digest.ts';
import type { Facts } from './facts.ts';
import { MULTI_FACTOR, ONE_FACTOR } from '../src/oidc/acr.ts';
import { isIdentified, levelProved } from './pipeline.ts';
import type { StepId } from './step.ts';

type Proof = Facts['proofs'] extends ReadonlyMap<StepId, infer P> ? P : never;
type Factor = 'knowledge' | 'possession' | 'presence';

/**
 * What each step is called in `amr` (RFC 8176 §2) and which factors it proves; steps that prove no identity have
 * none. A mailed link is no factor (NIST SP 800-63B-4 §3.1.3.1).
 */
const methods: Partial<Record<StepId, (proof: Proof) => { names: string[]; factors: Factor[] }>> = {
  password: () => ({ names: ['pwd'], factors: ['knowledge'] }),
  // How the upstream has asked is its own affair: one factor, unless its level says more.
  upstream: ({ multiFactor }) => ({
    names: [UPSTREAM_METHOD],
    factors: multiFactor ? ['knowledge', 'possession'] : ['knowledge'],
  }),
  // Who has linked an identity in this very sign-in has signed in with it, too.
  pair: ({ levels }) => ({ names: levels === undefined ? [] : [UPSTREAM_METHOD], factors: [] }),
  totp: () => ({ names: ['otp'], factors: ['possession'] }),
  'recovery-code': () => ({ names: ['otp'], factors: ['possession'] }),
  passkey: ({ deviceBound, userVerified }) => ({
    names: [deviceBound ? 'hwk' : 'swk', 'user'],
    factors: userVerified ? ['possession', 'presence'] : ['possession'],
  }),
};

/**
 * `amr` and `acr` of what was proved: two factors of different kinds make `mfa` (RFC 8176 §2). A level of an upstream is
 * told only where it was asked for.
 */
export function authenticationOf(facts: Facts): { amr: string[]; acr: string } {
  const { proofs } = facts;
  const proved = [...proofs].flatMap(([id, proof]) => methods[id]?.(proof) ?? []);
  const amr = [...new Set(proved.flatMap(({ names }) => names))];
  const isMultiFactor = new Set(proved.flatMap(({ factors }) => factors)).size > 1;
  const acr = levelProved(facts) ?? (isMultiFactor ? MULTI_FACTOR : ONE_FACTOR);
  return { amr: isMultiFactor ? [...amr, 'mfa'] : amr, acr };
}

/** Ends sign-ins whose stages are all passed. */
export function createFinish(parts: {
  interactions: Interactions;
  consents: Consents;
  audit: Pick<Audit, 'note'>;
  accounts: Accounts;
  signIns: SignIns;
  recorder: SignInRecorder;
  cookies: Cookies;
  /** An entry of a person's address list as they know it. */
  describeListed: (accountId: string, entryId: string) => Promise<string | undefined>;
}) {
  const { interactions, consents, audit, accounts, signIns, recorder, cookies, describeListed } = parts;

  /** What was proved, unless the account's credentials have changed since. */
  async function login(facts: Facts, browserId: string) {
    const { accountId, proofs } = facts;
    if (accountId === undefined)
      throw new AppError('internal', { detail: 'a login without a proved account' });
    const times = [...proofs.values()]
      .filter((proof) => proof.accountId !== undefined)
      .map(({ at }) => at.getTime());
    const provedAt = new Date(Math.min(...times));
    const account = await accounts.get(accountId);
    const authentication = authenticationOf(facts);
    const versions = [...proofs.values()].flatMap((proof) => proof.credentialVersion ?? []);
    const isCurrent = versions.every((version) => version === account?.doc.credentialVersion);
    if (!account || !isCurrent || !isStillProved(account.doc, provedAt)) {
      throw new AppError('sign_in_over', { detail: 'the account has changed since it was proved' });
    }
    // When the person was really asked: at the upstream perhaps long before this sign-in.
    const askedThere = (proofs.get('upstream') ?? proofs.get('pair'))?.authTime;
    const authTime = Math.min(Math.floor(provedAt.getTime() / 1000), askedThere ?? Number.POSITIVE_INFINITY);
    const isTimeUntold = proofs.has('upstream') && askedThere === undefined;
    const spared = facts.account?.hasTotp && !authentication.amr.includes('mfa');
    const listedBy = spared ? facts.account?.listedBy : undefined;
    const standing = { provedAt: provedAt.getTime(), credentialVersion: account.doc.credentialVersion };
    const browser = digest(browserId);
    const result = { accountId, browser, authTime, isTimeUntold, ...standing, ...authentication, listedBy };
    return { account, result };
  }

  /**
   * The login's end. It goes into the history before the person is sent on: its owner is to know of every one, and of
   * each once, however often the way on is opened.
   */
  async function finishLogin(
    req: IncomingMessage,
    res: ServerResponse,
    request: SignInRequest,
    facts: Facts,
    more: Record<string, unknown> = {},
  ): Promise<void> {
    const browserId = cookies.browserId(req, res);
    const { account, result } = await login(facts, browserId);
    if (await signIns.complete(request.uid, browserId))
      await record(req, res, request, facts, account, result);
    return interactions.finishLogin(req, res, request.uid, result, more);
  }

  async function record(
    req: IncomingMessage,
    res: ServerResponse,
    request: SignInRequest,
    facts: Facts,
    account: StoredAccount,
    result: LoginResult,
  ): Promise<void> {
    const { client_id: clientId, client_name: clientName } = request.client;
    const browserId = cookies.browserId(req, res);
    const { openMark } = await recorder.signedIn({
      account,
      methods: [...facts.proofs.keys()].filter((id) => id !== 'select-account'),
      attempt: {
        address: factsOf(req).address,
        browserId,
        userAgent: req.headers['user-agent'] ?? '',
        clientId,
        clientName,
      },
      openMarks: cookies.openMarks(req),
      upstream: facts.proofs.get('upstream')?.upstream,
      link: facts.proofs.get('upstream')?.link,
      listEntry: result.listedBy && (await describeListed(account.id, result.listedBy)),
    });
    cookies.addOpenMark(req, res, openMark);
  }

  return async function finish(
    req: IncomingMessage,
    res: ServerResponse,
    request: SignInRequest,
    facts: Facts,
  ): Promise<void> {
    switch (request.prompt) {
      case 'login':
        return finishLogin(req, res, request, facts);
      case 'select_account':
        return isIdentified(facts)
          ? finishLogin(req, res, request, facts, { select_account: {} })
          : interactions.finishSelection(req, res);
      case 'create':
        return finishLogin(req, res, request, facts, { create: {} });
      case 'consent': {
        const accountId = request.signedInAs;
        if (accountId === undefined)
          throw new AppError('sign_in_over', { detail: 'nobody is signed in to consent' });
        await consents.allow(accountId, request.client.client_id, request.missing);
        await audit.note({
          action: 'consent.given',
          actor: { kind: 'person', accountId },
          accountId,
          clientId: request.client.client_id,
          after: { scope: request.missing.scopes.join(' ') },
        });
        return interactions.finishConsent(req, res, request);
      }
      default:
        return request.prompt satisfies never;
    }
  };
}

export type Finish = ReturnType<typeof createFinish>;
