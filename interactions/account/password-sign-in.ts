// Whether the password signs in (S77): off for who uses a linked identity alone, and on again.

import type { PasswordMode, PasswordModeProblem } from '../../src/domain/federation/password-mode.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import type { WaysIn } from '../../src/domain/federation/ways-in.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/password-sign-in';

/** GET and POST /account/security/password-sign-in */
export function createPasswordSignInPage(parts: {
  passwordMode: PasswordMode;
  waysIn: WaysIn;
  upstreams: Upstreams;
  freshProof: FreshProof;
}) {
  const { passwordMode, waysIn, upstreams, freshProof } = parts;

  async function show(
    visit: AccountVisit,
    problem?: Problem,
    refused: PasswordModeProblem | '' = '',
  ): Promise<void> {
    const { account, session } = visit;
    const isOff = account.doc.passwordOff === true;
    const linked = await waysIn.linked(account.id);
    visit.show(
      'account/password-sign-in.njk',
      {
        isOff,
        labels: linked.map((name) => upstreams.labelOf(name)),
        means: await waysIn.recoveryMeans(account),
        refused: refused || (isOff ? '' : ((await passwordMode.obstacle(account, session)) ?? '')),
        ...(await freshProof.fields(visit)),
      },
      refused === '' ? problem : { problem: refused },
    );
  }

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit),

    async submit(visit: AccountVisit): Promise<void> {
      const { account, session, form } = visit;
      const { wanted } = form;
      if (wanted === 'again') return visit.signInAgain(PAGE);
      if (wanted !== 'off' && wanted !== 'on') return show(visit);
      // Before the proof: a code is not to be spent on what cannot be.
      const obstacle = wanted === 'off' ? await passwordMode.obstacle(account, session) : undefined;
      if (obstacle !== undefined) return show(visit, undefined, obstacle);
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem);
      const act = wanted === 'off' ? passwordMode.turnOff : passwordMode.turnOn;
      const refused = await act(account, session, visit);
      if (refused !== undefined) return show(visit, undefined, refused);
      visit.goTo(PAGE, wanted === 'off' ? 'password_sign_in_off' : 'password_sign_in_on');
    },
  };
}

export type PasswordSignInPage = ReturnType<typeof createPasswordSignInPage>;
