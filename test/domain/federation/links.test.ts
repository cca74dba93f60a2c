// Links: an identity is its issuer and its subject, whatever an operator calls the upstream.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { allShapes } from '../../../src/domain/collections.ts';
import { createLinks } from '../../../src/domain/federation/links.ts';
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
    expect((await links.find(identity))?.doc.accountId).toBe('one');
    // The same subject of another issuer is somebody else.
    expect(await links.add('two', { ...identity, issuer: 'https://other.example', upstream: 'b' })).toBe(
      'linked',
    );
  });
});
