// The end of a sign-in: what was proved becomes what tokens say, and nothing more.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { standsFor, type Accounts } from '../src/domain/accounts.ts';
import type { Consents } from '../src/domain/consents.ts';
import type { Interactions, SignInRequest } from '../src/oidc/interactions.ts';
import { AppError } from '../src/lib/app-error.ts';
import type { Facts } from './facts.ts';
import type { StepId } from './step.ts';

/** What each step is called in `amr` (RFC 8176); steps that prove no identity have none. */
const methods: Partial<Record<StepId, readonly string[]>> = { password: ['pwd'] };

/** `amr` and `acr` of what was proved (RFC 8176 §2). */
export function authenticationOf(facts: Facts): { amr: string[]; acr: string } {
  const amr = [...facts.proofs.keys()].flatMap((id) => methods[id] ?? []);
  return { amr: [...new Set(amr)], acr: 'urn:vratny:acr:one-factor' };
}

/** Ends sign-ins whose stages are all passed. */
export function createFinish(parts: { interactions: Interactions; consents: Consents; accounts: Accounts }) {
  const { interactions, consents, accounts } = parts;

  /** What was proved, unless the account's credentials have changed since. */
  async function login(facts: Facts) {
    const { accountId, proofs } = facts;
    if (accountId === undefined)
      throw new AppError('internal', { detail: 'a login without a proved account' });
    const times = [...proofs.values()]
      .filter((proof) => proof.accountId !== undefined)
      .map(({ at }) => at.getTime());
    const authTime = Math.floor(Math.min(...times) / 1000);
    const account = await accounts.get(accountId);
    if (!account || !standsFor(account.doc, authTime)) {
      throw new AppError('sign_in_over', { detail: 'the account has changed since it was proved' });
    }
    return { accountId, authTime, ...authenticationOf(facts) };
  }

  return async function finish(
    req: IncomingMessage,
    res: ServerResponse,
    request: SignInRequest,
    facts: Facts,
  ): Promise<void> {
    const { uid } = request;
    switch (request.prompt) {
      case 'login':
        return interactions.finishLogin(req, res, uid, await login(facts));
      case 'select_account':
        return facts.proofs.has('password')
          ? interactions.finishLogin(req, res, uid, await login(facts), { select_account: {} })
          : interactions.finishSelection(req, res);
      case 'consent': {
        const accountId = request.signedInAs;
        if (accountId === undefined)
          throw new AppError('sign_in_over', { detail: 'nobody is signed in to consent' });
        await consents.allow(accountId, request.client.client_id, request.missing);
        return interactions.finishConsent(req, res, request);
      }
      default:
        return request.prompt satisfies never;
    }
  };
}

export type Finish = ReturnType<typeof createFinish>;
