// Links: an identity is its issuer and its subject, whatever an operator calls the upstream.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { allShapes, collections } from '../../../src/domain/collections.ts';
import { createLinks, linkIdOf, nameSlotsByIssuer } from '../../../src/domain/federation/links.ts';
import { createUpstreams } from '../../../src/domain/federation/upstreams.ts';
import { createFakeUpstream } from '../../support/fake-upstream.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { onEveryStorage, testClock } from '../../support/world.ts';

onEveryStorage((newStorage) => {
  let store: Store;
  let storage: string;
  beforeAll(async () => {
    storage = newStorage();
    store = await openStore(storage, { now: () => testClock.now().getTime() });
    await store.prepare(allShapes);
  });
  afterAll(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  test('S79: an upstream that gets another name brings nobody a second account, and everybody stays linked', async () => {
    const links = createLinks(store, testClock);
    const identity = { issuer: 'https://mojeid.cz/oidc/', subject: 's1', clientId: 'vratny' };
    expect(await links.add('one', { ...identity, upstream: 'mojeid' })).toBe('linked');
    expect(await links.add('two', { ...identity, upstream: 'cznic' })).toBe('taken');
    expect(await links.add('one', { ...identity, upstream: 'cznic' })).toBe('already');
    // Nor somebody who has one already a second one of the same issuer.
    expect(await links.add('one', { ...identity, subject: 's2', upstream: 'cznic' })).toBe('occupied');
    expect((await links.find(identity))?.doc.accountId).toBe('one');
    // The same subject of another issuer is somebody else.
    expect(await links.add('two', { ...identity, issuer: 'https://other.example', upstream: 'b' })).toBe(
      'linked',
    );
  });

  test('S79: of many identities of one issuer that an account is linked to at once, under many names, one stays', async () => {
    const links = createLinks(store, testClock);
    const issuer = 'https://parallel.example/';
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        links.add('busy', {
          issuer,
          subject: `p${index}`,
          clientId: 'vratny',
          upstream: `name-${index % 3}`,
        }),
      ),
    );
    expect(outcomes.toSorted()).toEqual(['linked', ...Array.from({ length: 7 }, () => 'occupied')]);
    expect(await links.ofAccount('busy')).toHaveLength(1);
    // Of two who unlink at once one does, and what somebody else has linked meanwhile stays theirs.
    const { id } = (await links.ofAccount('busy'))[0]!;
    expect(await links.noteSignIn(id, { accountId: 'busy' })).toBe(true);
    expect(await links.noteSignIn(id, { accountId: 'somebody else' })).toBe(false);
    const taken = await Promise.all([links.take('busy', issuer), links.take('busy', issuer)]);
    expect(await links.noteSignIn(id, { accountId: 'busy' })).toBe(false);
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  test('what is linked at an issuer that is no longer there signs nobody in, whoever has its name now', () => {
    const upstream = (name: string, issuer: string) =>
      createFakeUpstream(name, { issuer, label: name.toUpperCase() }).configured;
    const upstreams = createUpstreams([
      upstream('corp', 'https://new.example'),
      upstream('b', 'https://b.example'),
    ]);
    const old = { issuer: 'https://old.example', upstream: 'corp' };
    expect([upstreams.isUsable(old), upstreams.nameOf(old)]).toEqual([false, 'corp-former']);
    const renamed = { issuer: 'https://b.example', upstream: 'corp' };
    expect([upstreams.isUsable(renamed), upstreams.nameOf(renamed)]).toEqual([true, 'b']);
    const gone = { issuer: 'https://gone.example', upstream: 'gone' };
    expect([upstreams.isUsable(gone), upstreams.nameOf(gone)]).toEqual([false, 'gone']);
  });

  test('links from before are found by their issuer too, and none gets lost', async () => {
    const raw = store.collection(collections.links);
    const old = (accountId: string, upstream: string, subject: string) => {
      const doc = { accountId, upstream, subject, issuer: 'https://old.example/', clientId: 'vratny' };
      const linkedAt = '2026-11-01T00:00:00.000Z';
      return raw.insert(linkIdOf(doc), { ...doc, slot: `${accountId}:${upstream}`, linkedAt });
    };
    await Promise.all([old('x', 'mojeid', '1'), old('y', 'mojeid', '2'), old('y', 'cznic', '3')]);
    await nameSlotsByIssuer(store);
    await nameSlotsByIssuer(store);
    const links = createLinks(store, testClock);
    const more = { issuer: 'https://old.example/', clientId: 'vratny', upstream: 'another' };
    expect(await links.add('x', { ...more, subject: '4' })).toBe('occupied');
    expect(await links.ofAccount('y')).toHaveLength(2);
    expect((await links.take('x', more.issuer))?.doc.subject).toBe('1');
    expect(await links.add('x', { ...more, subject: '4' })).toBe('linked');
  });
});
