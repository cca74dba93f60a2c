// SSH and GPG keys of one's own (S28–S31): one list, to which a public key is pasted, or for which a pair is made here
// whose private part is shown once.

import type { CredentialNotices, TellChange } from '../../src/domain/messages/credential-notices.ts';
import type { KeyProblem } from '../../src/domain/public-keys/key-problems.ts';
import { makeSshKey } from '../../src/domain/public-keys/new-ssh-key.ts';
import {
  MOST_KEYS,
  type PublicKeys,
  type StoredPublicKey,
} from '../../src/domain/public-keys/public-keys.ts';
import type { ReadKey } from '../../src/domain/public-keys/key-problems.ts';
import { holdsPrivateKey, readPublicKey } from '../../src/domain/public-keys/read-key.ts';
import { readSshKey } from '../../src/domain/public-keys/ssh-key.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { ownName } from '../../src/lib/own-name.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/keys';
const LONGEST_NAME = 60;

type Problem = KeyProblem | 'no_name' | 'name_taken' | 'key_taken' | 'full';

/** What was typed and may be shown again: of a key nothing, for it may have been a private one. */
type Typed = { readonly name: string; readonly newName: string };
const nothing: Typed = { name: '', newName: '' };

/** The pages under /account/keys. */
export function createKeyPages(parts: {
  publicKeys: PublicKeys;
  credentialNotices: Pick<CredentialNotices, 'keep' | 'tell'>;
  clock: Clock;
}) {
  const { publicKeys, credentialNotices, clock } = parts;

  const shown = ({ id, doc }: StoredPublicKey) => ({
    href: `${PAGE}/${id}`,
    name: doc.name,
    kind: doc.kind,
    type: doc.type,
    bits: doc.bits ?? 0,
    fingerprint: doc.fingerprint,
    comment: doc.comment ?? '',
    userIds: doc.userIds ?? [],
    endsAt: doc.endsAt ?? '',
    isOver: doc.endsAt !== undefined && Date.parse(doc.endsAt) <= clock.now().getTime(),
    source: doc.source,
    createdAt: doc.createdAt,
    updatedAt: doc.updatedAt,
  });

  async function showList(visit: AccountVisit, typed: Typed, problem?: Problem): Promise<void> {
    const found = await publicKeys.list(visit.account.id);
    visit.show(
      'account/keys.njk',
      {
        keys: found.map(shown),
        isFull: found.length >= MOST_KEYS,
        most: MOST_KEYS,
        longestName: LONGEST_NAME,
        typed,
      },
      { problem },
    );
  }

  const add = (visit: AccountVisit, key: ReadKey, how: { name: string; source: 'own' | 'generated' }) =>
    credentialNotices.keep(
      visit.account,
      `${key.kind}_key_added`,
      visit,
      async (tell) => {
        const added = await publicKeys.add(visit.account.id, key, how);
        if (added.kind !== 'refused') await tell(visit.account, detailOf(added.key));
        return added;
      },
      { detail: how.name },
    );

  async function showOne(visit: AccountVisit, id: string, problem?: Problem): Promise<void> {
    const found = await publicKeys.own(visit.account.id, id);
    if (!found) throw new AppError('not_found', { detail: 'no such key of this account' });
    visit.show(
      'account/key.njk',
      { ...shown(found), text: found.doc.text, longestName: LONGEST_NAME },
      { problem },
    );
  }

  return {
    /** GET /account/keys */
    list: (visit: AccountVisit): Promise<void> => showList(visit, nothing),

    /** POST /account/keys: a public key that the person has already. */
    async add(visit: AccountVisit): Promise<void> {
      const { form } = visit;
      const { name: typedName = '', key: typedKey = '' } = form;
      // Into whichever field it was pasted, a private key goes no further.
      if (holdsPrivateKey(typedName)) return showList(visit, nothing, 'private_key');
      const read = readPublicKey(typedKey);
      const typed = { ...nothing, name: ownName(typedName, LONGEST_NAME) ?? '' };
      if (read.kind === 'refused') return showList(visit, typed, read.problem);
      const name = ownName(typedName, LONGEST_NAME);
      if (name === undefined) return showList(visit, typed, 'no_name');
      const added = await add(visit, read.key, { name, source: 'own' });
      if (added.kind === 'refused') return showList(visit, typed, added.problem);
      return visit.goTo(PAGE, 'key_added');
    },

    /** POST /account/keys/new: the answer is the only page that ever shows the private key. */
    async generate(visit: AccountVisit): Promise<void> {
      const { form } = visit;
      const typedName = form['new_name'] ?? '';
      if (holdsPrivateKey(typedName)) return showList(visit, nothing, 'private_key');
      const name = ownName(typedName, LONGEST_NAME);
      if (name === undefined) return showList(visit, nothing, 'no_name');
      const { publicLine, privateFile } = makeSshKey(name);
      const read = readSshKey(publicLine);
      if (read.kind === 'refused') throw new Error(`a key made here is refused: ${read.problem}`);
      const added = await add(visit, read.key, { name, source: 'generated' });
      if (added.kind === 'refused') return showList(visit, { ...nothing, newName: name }, added.problem);
      return visit.show('account/key-new.njk', { name, privateFile, publicLine });
    },

    /** GET /account/keys/:id */
    one: (visit: AccountVisit, id: string): Promise<void> => showOne(visit, id),

    /** POST /account/keys/:id/rename */
    async rename(visit: AccountVisit, id: string): Promise<void> {
      const name = ownName(visit.form['name'] ?? '', LONGEST_NAME);
      if (name === undefined) return showOne(visit, id, 'no_name');
      const outcome = await publicKeys.rename(visit.account.id, id, name);
      if (outcome === 'gone') throw new AppError('not_found', { detail: 'no such key of this account' });
      return outcome === 'renamed' ? visit.goTo(PAGE, 'key_renamed') : showOne(visit, id, outcome);
    },

    /** POST /account/keys/:id/remove */
    async remove(visit: AccountVisit, id: string): Promise<void> {
      const { account } = visit;
      const own = await publicKeys.own(account.id, id);
      if (!own) return visit.goTo(PAGE);
      const remove = async (tell: TellChange) => {
        if (await publicKeys.remove(account.id, id)) await tell(account);
      };
      const detail = detailOf(own);
      await credentialNotices.keep(account, `${own.doc.kind}_key_removed`, visit, remove, { detail });
      return visit.goTo(PAGE, 'key_removed');
    },
  };
}

export type KeyPages = ReturnType<typeof createKeyPages>;

const detailOf = ({ doc }: StoredPublicKey): string => `${doc.name}, ${doc.fingerprint}`;
