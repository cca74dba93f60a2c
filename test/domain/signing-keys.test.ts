// Signing keys: published before they sign, kept after, never readable in storage.

import * as jose from 'jose';
import { beforeEach, describe, expect, test } from 'vitest';
import { createRevisions } from '../../src/domain/revisions.ts';
import {
  createSigningKeys,
  RETIRED_KEPT_SECONDS,
  signingAlgorithms,
  type SigningKeys,
} from '../../src/domain/signing-keys.ts';
import { createSealer, SealBroken } from '../../src/lib/seal.ts';
import type { Store } from '../../src/ports/store.ts';
import { manualClock, memoryStore } from '../support/rules.ts';

const SECRET = 'a secret for tests and for nobody else';
const DAY = 86_400;
const clock = manualClock();
let store: Store;
let keys: SigningKeys;

const open = (secrets: readonly string[] = [SECRET]) =>
  createSigningKeys(store, clock, createRevisions(store), createSealer(secrets));
/** The states of the keys of an algorithm, oldest first. */
const states = async (alg = 'ES256') =>
  (await keys.list()).filter((key) => key.alg === alg).map(({ state }) => state);
const kids = async () => (await keys.load()).jwks.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid);

beforeEach(async () => {
  store = await memoryStore(clock);
  keys = open();
  await keys.ensure();
});

describe('the first keys', () => {
  test('are one for each algorithm, active at once, and the same for nodes that start together', async () => {
    store = await memoryStore(clock);
    const nodes = [open(), open(), open()];
    await Promise.all(nodes.map((node) => node.ensure()));
    const loaded = await Promise.all(nodes.map((node) => node.load()));
    expect(loaded[0]!.jwks.map(({ alg }) => alg).sort()).toEqual([...signingAlgorithms].sort());
    expect(loaded[1]!.jwks).toEqual(loaded[0]!.jwks);
    expect(loaded[2]!.jwks).toEqual(loaded[0]!.jwks);
    await nodes[0]!.ensure();
    expect((await nodes[0]!.load()).jwks).toEqual(loaded[0]!.jwks);
  });

  test('are strong enough (A95) and named by their thumbprint (RFC 7638)', async () => {
    const { jwks } = await keys.load();
    const rsa = jwks.find(({ alg }) => alg === 'RS256')!;
    expect(Buffer.from(String(rsa['n']), 'base64url').length * 8).toBeGreaterThanOrEqual(3072);
    for (const jwk of jwks) expect(jwk.kid).toBe(await jose.calculateJwkThumbprint(jwk as jose.JWK));
  });

  test('are sealed for their own place, and open under a former secret as well', async () => {
    const rows = await store
      .collection<{ sealed: string }, never>({ name: 'signing_keys' })
      .list(undefined, { limit: 10 });
    for (const jwk of (await keys.load()).jwks) expect(JSON.stringify(rows)).not.toContain(jwk['d']);
    expect((await open(['a new secret for tests and nobody else', SECRET]).load()).jwks).toHaveLength(3);
    await expect(open(['a secret that it was not sealed with']).load()).rejects.toBeInstanceOf(SealBroken);

    const [one, two] = rows;
    const collection = store.collection<{ sealed: string }, never>({ name: 'signing_keys' });
    await collection.put(one!.id, { ...one!.doc, sealed: two!.doc.sealed });
    await expect(keys.load()).rejects.toBeInstanceOf(SealBroken);
  });
});

describe('a rotation', () => {
  test('publishes the next key at once, signs with it after the overlap, and keeps the old one for verifying', async () => {
    const [old] = await kids();
    await keys.rotate(DAY);
    expect(await states()).toEqual(['active', 'next']);
    const [first, second] = await kids();
    expect(first).toBe(old);

    clock.advance(DAY * 1000 - 1);
    expect(await states()).toEqual(['active', 'next']);
    clock.advance(1);
    expect(await states()).toEqual(['retired', 'active']);
    expect(await kids()).toEqual([second, old]);

    clock.advance(RETIRED_KEPT_SECONDS * 1000 - 1);
    expect(await states()).toEqual(['retired', 'active']);
    clock.advance(1);
    expect(await states()).toEqual(['active']);
  });

  test('tells when the keys change next, so that nobody has to look all the time', async () => {
    expect((await keys.load()).changesAt).toBeUndefined();
    const now = clock.now().getTime();
    await keys.rotate(DAY);
    expect((await keys.load()).changesAt?.getTime()).toBe(now + DAY * 1000);
    clock.advance(DAY * 1000);
    expect((await keys.load()).changesAt?.getTime()).toBe(now + (DAY + RETIRED_KEPT_SECONDS) * 1000);
  });

  test('is refused while one is under way, but a key that leaked is replaced at once', async () => {
    await keys.rotate(DAY);
    await expect(keys.rotate(DAY)).rejects.toMatchObject({ code: 'bad_request' });
    await keys.rotate(0);
    expect(await states()).toEqual(['retired', 'next', 'active']);
    clock.advance(DAY * 1000);
    expect(await states()).toEqual(['retired', 'retired', 'active']);
  });

  test('of one algorithm leaves the others alone', async () => {
    await keys.rotate(DAY, ['RS256']);
    expect([await states('RS256'), await states('ES256')]).toEqual([['active', 'next'], ['active']]);
  });

  test('of two operators at once happens once', async () => {
    const outcomes = await Promise.allSettled([keys.rotate(DAY), keys.rotate(DAY)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const alg of signingAlgorithms) expect([alg, await states(alg)]).toEqual([alg, ['active', 'next']]);
  });

  test('that crashed half way is mended by the next one: no old key stays published for ever', async () => {
    await keys.rotate(0);
    const collection = store.collection<object, never>({ name: 'signing_keys' });
    const [first] = await collection.list(undefined, { limit: 1 });
    await collection.replace(first!, first!.doc);
    await keys.rotate(0);
    clock.advance(RETIRED_KEPT_SECONDS * 1000);
    for (const alg of signingAlgorithms) expect([alg, await states(alg)]).toEqual([alg, ['active']]);
  });

  test('is announced to all nodes', async () => {
    const revisions = createRevisions(store);
    const before = await revisions.current('keys');
    await keys.rotate(DAY);
    expect(await revisions.current('keys')).toBe(before + 1);
  });
});
