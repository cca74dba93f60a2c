// How a sign-in's confirmation stands, for the script of the page that waits for it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Confirmations } from '../../src/domain/sign-ins/confirmations.ts';
import type { SignIns } from '../../src/domain/sign-ins/sign-ins.ts';
import type { Cookies } from '../../src/http/cookies.ts';

/** GET /interaction/:uid/email-link/state: `{"state":"waiting"}`; `none` in any browser but the one that waits. */
export const createConfirmationState =
  (parts: { confirmations: Confirmations; signIns: SignIns; cookies: Cookies }) =>
  async (req: IncomingMessage, res: ServerResponse, uid: string): Promise<void> => {
    const { confirmations, signIns, cookies } = parts;
    const browserId = cookies.knownBrowserId(req);
    const signIn = browserId === undefined ? undefined : await signIns.find(uid, browserId);
    const accountId = signIn?.doc.proofs.find((proof) => proof.accountId !== undefined)?.accountId;
    const state = accountId === undefined ? undefined : await confirmations.stateOf({ uid, accountId });
    res.statusCode = 200;
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('Cache-Control', 'no-store');
    res.end(JSON.stringify({ state: state ?? 'none' }));
  };
