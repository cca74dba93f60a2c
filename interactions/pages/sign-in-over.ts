// Stale tabs, the back button, a second click, an expired sign-in: what happened, and one button on.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SignIn, SignIns } from '../../src/domain/sign-ins/sign-ins.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Errors } from '../../src/http/errors.ts';
import type { Pages } from '../../src/http/pages.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { Interactions } from '../../src/oidc/interactions.ts';

type Handle = (req: IncomingMessage, res: ServerResponse, uid: string, step: string) => Promise<void>;

/**
 * Wraps a handler of sign-ins: when the interaction is over, the person sees why, and a way back to where they
 * were going. Only the browser that began a sign-in learns anything of it.
 */
export function createStalePage(parts: {
  interactions: Interactions;
  signIns: SignIns;
  pages: Pages;
  cookies: Cookies;
  errors: Errors;
}) {
  const { interactions, signIns, pages, cookies, errors } = parts;
  return (handle: Handle): Handle =>
    async (req, res, uid, step) => {
      try {
        await handle(req, res, uid, step);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'sign_in_over' || res.headersSent) throw error;
        errors.record(req, error);
        const found = await signIns.find(uid, cookies.browserId(req, res));
        const reason = found === undefined ? 'unknown' : isProved(found.doc) ? 'finished' : 'expired';
        const client = found && (await interactions.face(found.doc.clientId));
        pages.send(req, res, {
          template: 'pages/sign-in-over.njk',
          status: error.status,
          client,
          uiLocales: found?.doc.params['ui_locales'],
          props: {
            reason,
            continueUrl: found ? await interactions.restartUrl(found.doc.clientId, found.doc.params) : '',
          },
        });
      }
    };
}

/** Whether it was proved who the person is; having asked for another account proves nobody yet. */
const isProved = ({ proofs }: SignIn): boolean => proofs.some(({ accountId }) => accountId !== undefined);
