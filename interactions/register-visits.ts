// What the pages of a registration have in common: whose form it is, which sign-in they come from, and which page is due.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registration } from '../src/domain/registration/stored-registration.ts';
import type { SignIns } from '../src/domain/sign-ins/sign-ins.ts';
import type { Cookies } from '../src/http/cookies.ts';
import type { Csrf } from '../src/http/csrf.ts';
import { readForm } from '../src/http/form.ts';
import type { Interactions } from '../src/oidc/interactions.ts';

export const REGISTER_PATH = '/register';

/** What is wrong with what was sent; a text of the page. */
export type RegisterProblem = { readonly problem: string; readonly retryAfterSeconds?: number | undefined };
export const noProblem: RegisterProblem = { problem: '' };
export const statusOf = ({ problem, retryAfterSeconds }: RegisterProblem): number =>
  retryAfterSeconds !== undefined ? 429 : problem === '' ? 200 : 422;

/** What is due in a registration. */
export const duePage = (found: Registration | undefined): string =>
  found?.state === 'phone'
    ? `${REGISTER_PATH}/code`
    : found === undefined
      ? REGISTER_PATH
      : `${REGISTER_PATH}/mail`;

/** Visits of these pages. */
export function createRegisterVisits(parts: {
  interactions: Pick<Interactions, 'face'>;
  signIns: Pick<SignIns, 'find'>;
  cookies: Cookies;
  csrf: Csrf;
}) {
  const { interactions, signIns, cookies, csrf } = parts;
  return {
    csrfToken: (browserId: string): string => csrf.token(browserId, REGISTER_PATH),

    /** The form, if it is ours. */
    async readOwnForm(req: IncomingMessage, res: ServerResponse) {
      const form = await readForm(req);
      const browserId = cookies.browserId(req, res);
      csrf.check(req, browserId, REGISTER_PATH, form['csrf']);
      return { form, browserId };
    },

    /** The sign-in that somebody comes from, if this browser began it. */
    async originOf(uid: string | null | undefined, browserId: string) {
      const found = uid && uid.length <= 100 ? await signIns.find(uid, browserId) : undefined;
      if (!uid || !found) return undefined;
      const { clientId, params } = found.doc;
      return { uid, client: await interactions.face(clientId), params };
    },
  };
}

export type RegisterVisits = ReturnType<typeof createRegisterVisits>;
