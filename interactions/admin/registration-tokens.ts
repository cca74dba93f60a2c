// Initial access tokens in the console: by them applications register themselves, as far as a policy lets them.

import { registrationTokenBounds } from '../../src/domain/client-registration/registration-tokens.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/clients/registration';
const ROWS = 30;

/** The pages under /admin/clients/registration. */
export function createRegistrationTokenPages({ acts, issuer }: { acts: Acts; issuer: string }) {
  const { registrationTokens: tokens } = acts;

  async function showList(visit: ConsoleVisit, problem?: string): Promise<void> {
    const wanted = visit.query.get('after') ?? '';
    const after = /^[0-9a-f-]{1,40}$/.test(wanted) ? wanted : undefined;
    const found = await tokens.list({ limit: ROWS + 1, ...(after === undefined ? {} : { after }) });
    const shown = found.slice(0, ROWS);
    visit.show(
      'admin/registration-tokens.njk',
      {
        isOn: tokens.policies.length > 0,
        endpoint: `${issuer}/client-registration`,
        rows: shown.map((token) => ({
          id: token.id,
          note: token.note,
          policyName: token.policy,
          usesLeft: token.usesLeft,
          uses: token.uses,
          by: token.by,
          endsAt: token.expiresAt,
        })),
        policies: tokens.policies.map((name) => ({ name, chosen: visit.form['policy'] === name })),
        note: visit.form['note'] ?? '',
        uses: visit.form['uses'] ?? '1',
        days: visit.form['days'] ?? '7',
        mayWrite: visit.may('clients:write'),
        firstHref: after === undefined ? '' : PATH,
        nextHref: found.length > ROWS ? `${PATH}?after=${shown.at(-1)!.id}` : '',
      },
      { problem },
    );
  }

  const numberIn = (typed: string | undefined, most: number): number | undefined => {
    const number = /^\d{1,4}$/.test(typed ?? '') ? Number(typed) : 0;
    return number >= 1 && number <= most ? number : undefined;
  };

  return {
    /** GET /admin/clients/registration */
    list: (visit: ConsoleVisit): Promise<void> => showList(visit),

    /** POST /admin/clients/registration: the token is on the page that answers, and nowhere else. */
    async create(visit: ConsoleVisit): Promise<void> {
      const { policy = '', note = '' } = visit.form;
      const uses = numberIn(visit.form['uses'], registrationTokenBounds.uses);
      const days = numberIn(visit.form['days'], registrationTokenBounds.days);
      if (!tokens.policies.includes(policy)) return showList(visit, 'policy');
      if (uses === undefined) return showList(visit, 'uses');
      if (days === undefined) return showList(visit, 'days');
      const made = await tokens.create(visit.by, { policy, note: note.slice(0, 200), uses, days });
      return visit.show(
        'admin/registration-token.njk',
        {
          token: made.token,
          endpoint: `${issuer}/client-registration`,
          uses,
          endsAt: made.shown.expiresAt,
          nextHref: PATH,
        },
        { isAnswer: true },
      );
    },

    /** POST /admin/clients/registration/:id/revoke */
    async revoke(visit: ConsoleVisit, id: string): Promise<void> {
      await tokens.revoke(visit.by, id);
      visit.goTo(PATH, 'registration_token_revoked');
    },
  };
}
