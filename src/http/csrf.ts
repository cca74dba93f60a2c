// Form tokens: bound to the browser and to what the form is about, so that neither another site nor another
// browser can send it, before sign-in as after.

import type { IncomingMessage } from 'node:http';
import { AppError } from '../lib/app-error.ts';
import { authenticate, secretsEqual } from '../lib/digest.ts';

/** Form tokens for pages at one origin: made with the first key, good with any, so that a rotation spoils no form. */
export function createCsrf(keys: readonly Buffer[], origin: string) {
  const [key] = keys;
  if (key === undefined) throw new TypeError('form tokens need a key');
  const fits = (presented: string, text: string) =>
    keys.map((candidate) => secretsEqual(presented, authenticate(candidate, text))).some(Boolean);

  return {
    /** The token of a form about `subject` (an interaction, a link) in this browser. */
    token: (browserId: string, subject: string): string => authenticate(key, `${browserId}\n${subject}`),

    /**
     * Rejects a form of another site, browser or subject with `csrf`. Browsers name the sending site in
     * `Sec-Fetch-Site`; those that do not yet are asked for `Origin`.
     */
    check(req: IncomingMessage, browserId: string, subject: string, presented: string | undefined): void {
      const site = req.headers['sec-fetch-site'];
      const from = req.headers.origin;
      // `none` is the person's own doing, such as sending a form again by reloading its answer.
      const ours = site === 'same-origin' || site === 'none';
      const foreign = site === undefined ? from !== undefined && from !== origin : !ours;
      if (foreign) throw new AppError('csrf', { detail: 'the form came from another site' });
      if (presented === undefined || !fits(presented, `${browserId}\n${subject}`)) {
        throw new AppError('csrf', { detail: 'the form token does not fit' });
      }
    },
  };
}

export type Csrf = ReturnType<typeof createCsrf>;
