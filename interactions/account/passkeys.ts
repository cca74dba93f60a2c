// Passkeys of one's own: the list, adding one, naming and removing one. Adding and removing ask who one is once more
// (W11); the question to the browser is shown only after that.

import type { OwnPasskeys } from '../../src/domain/factors/own-passkeys.ts';
import {
  LONGEST_PASSKEY_NAME,
  MOST_PASSKEYS,
  passkeyName,
  type Passkeys,
} from '../../src/domain/factors/passkeys.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PATH = '/account/security/passkeys';

/** The pages under /account/security/passkeys. */
export function createPasskeyPages(parts: {
  passkeys: Passkeys;
  ownPasskeys: OwnPasskeys;
  freshProof: FreshProof;
}) {
  const { passkeys, ownPasskeys, freshProof } = parts;

  async function showList(visit: AccountVisit, problem?: Problem): Promise<void> {
    const found = await passkeys.list(visit.account.id);
    const rows = found
      .map(({ id, doc }) => ({
        href: `${PATH}/${id}`,
        name: doc.name,
        synced: doc.deviceType === 'multiDevice',
        createdAt: doc.createdAt,
        lastUsedAt: doc.lastUsedAt ?? '',
      }))
      .sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
    const isFull = found.length >= MOST_PASSKEYS;
    visit.show(
      'account/passkeys.njk',
      { passkeys: rows, isFull, most: MOST_PASSKEYS, ...(await freshProof.fields(visit)) },
      problem,
    );
  }

  async function showOne(visit: AccountVisit, id: string, problem?: Problem): Promise<void> {
    const found = await passkeys.own(visit.account.id, id);
    if (!found) throw new AppError('not_found', { detail: 'no such passkey of this account' });
    const { name, deviceType, createdAt, lastUsedAt = '', userVerified } = found.doc;
    const synced = deviceType === 'multiDevice';
    const about = { name, synced, userVerified, createdAt, lastUsedAt, longest: LONGEST_PASSKEY_NAME };
    visit.show(
      'account/passkey.njk',
      { action: `${PATH}/${id}`, ...about, ...(await freshProof.fields(visit)) },
      problem,
    );
  }

  return {
    /** GET /account/security/passkeys */
    list: (visit: AccountVisit): Promise<void> => showList(visit),

    /** POST /account/security/passkeys: with a fresh proof, on to the question to the browser. */
    async begin(visit: AccountVisit): Promise<void> {
      const { account, session, userAgent } = visit;
      const problem = await freshProof.judge(visit, { path: PATH, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return showList(visit, problem);
      visit.show('account/passkey-new.njk', {
        options: await ownPasskeys.begin(account, session.uid),
        name: describeAgent(userAgent).slice(0, LONGEST_PASSKEY_NAME),
        longest: LONGEST_PASSKEY_NAME,
      });
    },

    /** POST /account/security/passkeys/new */
    async add(visit: AccountVisit): Promise<void> {
      const { account, session, form, goTo } = visit;
      const name =
        passkeyName(form['name'] ?? '') ?? passkeyName(describeAgent(visit.userAgent)) ?? 'Passkey';
      const added = await ownPasskeys.add(
        account,
        session.uid,
        { credential: form['credential'] ?? '', name },
        visit,
      );
      return added === 'added' ? goTo(PATH, 'passkey_added') : showList(visit, { problem: added });
    },

    /** GET /account/security/passkeys/:id */
    one: (visit: AccountVisit, id: string): Promise<void> => showOne(visit, id),

    /** POST /account/security/passkeys/:id/rename */
    async rename(visit: AccountVisit, id: string): Promise<void> {
      const name = passkeyName(visit.form['name'] ?? '');
      if (name === undefined) return showOne(visit, id, { problem: 'no_name' });
      const renamed = await passkeys.rename(visit.account.id, id, name);
      if (!renamed) throw new AppError('not_found', { detail: 'no such passkey of this account' });
      return visit.goTo(PATH, 'passkey_renamed');
    },

    /** POST /account/security/passkeys/:id/remove */
    async remove(visit: AccountVisit, id: string): Promise<void> {
      // Somebody else's, or gone: nothing is asked for it.
      if (!(await passkeys.own(visit.account.id, id))) return visit.goTo(PATH);
      const problem = await freshProof.judge(visit, { path: `${PATH}/${id}`, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return showOne(visit, id, problem);
      const removed = await ownPasskeys.remove(visit.account, id, visit);
      if (removed === 'last_way_in') return showOne(visit, id, { problem: removed });
      return visit.goTo(PATH, 'passkey_removed');
    },
  };
}

export type PasskeyPages = ReturnType<typeof createPasskeyPages>;
