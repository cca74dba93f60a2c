// The import: what becomes of each record, with the reason where nothing does, and runs that are taken up again.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { createHasher } from '../../../adapters/hash/pool.ts';
import { readRecord } from '../../../src/domain/accounts/account-records.ts';
import { allShapes } from '../../../src/domain/collections.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { createPeople, dyingStore, importAll, peopleIn } from '../../support/people.ts';
import { manualClock, type ManualClock } from '../../support/rules.ts';
import { onEveryStorage } from '../../support/world.ts';

const eva = {
  login: 'Eva',
  email: 'eva@example.cz',
  email_verified: 'yes',
  given_name: 'Eva',
  family_name: 'Malá',
  phone: '+420 601 123 456',
  phone_verified: '1',
  locale: 'cs',
  customer_number: '4711',
  customer_name: 'Květiny s.r.o.',
  customer_kind: 'company',
  role: 'manager',
  created_at: '2019-04-30',
  password_hash: '$1$saltsalt$y3it3nmYP5BCjmUsvLK/a0',
};
const people = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...eva,
    login: `p${index}`,
    email: `p${index}@example.cz`,
  }));

onEveryStorage((newStorage) => {
  let clock: ManualClock;
  let store: Store;
  let storage: string;
  beforeEach(async () => {
    clock = manualClock();
    storage = newStorage();
    store = await openStore(storage, { now: () => clock.now().getTime() });
    await store.prepare(allShapes);
  });
  afterEach(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  test('a record becomes an account with all that is known of the person', async () => {
    const node = createPeople(store, clock);
    expect(await importAll(node, [eva])).toMatchObject({
      created: 1,
      schemes: { 'md5-crypt': 1 },
      refusals: [],
    });
    const { doc } = (await node.accounts.findByIdentifier('eva'))!;
    expect(doc).toMatchObject({
      login: 'Eva',
      emailVerified: true,
      givenName: 'Eva',
      familyName: 'Malá',
      phone: '+420601123456',
      phoneVerified: true,
      locale: 'cs',
      passwordHash: eva.password_hash,
      createdAt: '2019-04-30T00:00:00.000Z',
      updatedAt: clock.now().toISOString(),
      status: 'active',
    });
    expect(await peopleIn(store)).toMatchObject([
      { customers: [{ number: '4711', name: 'Květiny s.r.o.', kind: 'company', role: 'manager' }] },
    ]);
  });

  test('each refused record has its line and the reason, and leaves nothing', async () => {
    const { password_hash: _hash, ...bare } = eva;
    const columns = { ...bare, hash_scheme: 'pbkdf2-sha1', hash: 'ab', salt: 'cd', iterations: '10000' };
    const { created, refusals } = await importAll(createPeople(store, clock), [
      eva,
      { ...eva, login: 'other' },
      { ...eva, email: 'other@example.cz' },
      { ...eva, login: 'c', email: 'c@example.cz', customer_name: 'Somebody else' },
      { ...eva, email: 'eva' },
      { login: 'x' },
      { ...eva, email: 'd@example.cz', login: 'e@example.cz' },
      { ...eva, email: 'e@example.cz', phone: '601', locale: 'de', role: 'root', email_verified: 'perhaps' },
      { ...eva, created_at: '2019-13-45' },
      { ...eva, created_at: '2999-01-01' },
      { ...eva, password: 'tajné' },
      { ...eva, password_hash: 'plain' },
      { ...columns, hash: 'xyz' },
      { ...columns, hash_scheme: 'md5' },
      { ...columns, hash: 'ab'.repeat(20), key_length: '32' },
      { ...bare, hash: 'ab' },
      { ...eva, name: { first: 'Eva' } },
    ]);
    expect(created).toBe(1);
    expect(refusals.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))).toEqual([
      '3: email: belongs to another account',
      '4: login: belongs to another account',
      '5: customer_number: belongs to a customer of another kind or name',
      '6: email: is not an e-mail address (write a domain with accents in its xn-- form)',
      '7: email: is missing',
      '8: login: a login name with an @ must equal the e-mail address',
      expect.stringMatching(
        /^9: phone: must be international.*; locale: .*; email_verified: .*; role: must be/,
      ),
      '10: created_at: is no such day',
      '11: created_at: is yet to come',
      '12: password: there is no such field',
      expect.stringMatching(/^13: password_hash: is of no scheme that is known here/),
      '14: hash: is not hex',
      '15: hash_scheme: must be one of pbkdf2-sha1, pbkdf2-sha256, pbkdf2-sha512',
      '16: key_length: the hash has 20 bytes',
      '17: hash_scheme: must say what hash is',
      '18: name: must be a text',
    ]);
    expect(JSON.stringify(refusals)).not.toContain('tajné');
    expect(await peopleIn(store)).toHaveLength(1);
  });

  test('a dry run judges the same and writes nothing', async () => {
    const node = createPeople(store, clock);
    await importAll(node, [eva]);
    const report = await importAll(node, [eva, ...people(3), { ...eva, email: 'x' }], { dryRun: true });
    expect(report).toMatchObject({ lines: 5, created: 3, refused: 2 });
    expect(await peopleIn(store)).toHaveLength(1);
  });

  test('a run that was broken off anywhere is taken up again, and every record is there once', async () => {
    const records = people(70);
    for (const writes of [3, 60, 30]) {
      clock.advance(60_000);
      const died = createPeople(dyingStore(store, writes), clock);
      await expect(importAll(died, records, { resume: true })).rejects.toMatchObject({
        name: 'StoreUnavailable',
      });
    }
    clock.advance(11_000);
    const node = createPeople(store, clock);
    await node.openings.recover();
    const report = await importAll(node, records, { resume: true });
    expect(report).toMatchObject({ lines: 70, refused: 0, refusals: [] });
    expect(report.created + report.skipped).toBe(70);
    expect(report.skipped).toBeGreaterThan(0);
    expect(await importAll(node, records, { resume: true })).toMatchObject({ created: 0, skipped: 70 });
    expect((await peopleIn(store)).every(({ customers }) => customers.length === 1)).toBe(true);
  });

  test('taken up again, what differs is refused with the fields, and what the person did since is no difference', async () => {
    const node = createPeople(store, clock);
    await importAll(node, [{ ...eva, email_verified: 'no' }]);
    const { id } = (await node.accounts.findByIdentifier('eva'))!;
    // The hash was renewed at a sign-in, the address proved.
    await node.accounts.change(id, () => ({ passwordHash: 'hash:new', emailVerified: true }));
    const again = await importAll(node, [{ ...eva, email_verified: 'no' }], { resume: true });
    expect(again).toMatchObject({ skipped: 1, refused: 0 });
    const { refusals } = await importAll(node, [{ ...eva, phone: '+420601999999', login: 'ewa' }], {
      resume: true,
    });
    expect(refusals).toEqual(['2: an account of this name is here already, and differs in login, phone']);
  });

  test('records without customer columns become customers of their own, or none', async () => {
    const node = createPeople(store, clock);
    await importAll(node, [{ email: 'a@example.cz', name: 'Jan Malý' }]);
    await importAll(node, [{ email: 'b@example.cz' }], { withCustomers: false });
    expect(await peopleIn(store)).toMatchObject([
      { customers: [{ number: '100001', name: 'Jan Malý', kind: 'person' }] },
      { customers: [] },
    ]);
  });
});

describe('S4: hashes in columns', () => {
  const record = {
    email: 'a@example.cz',
    hash_scheme: 'PBKDF2-HMAC-SHA1',
    hash: '081f214c5a206dd83872c57224f89168b6baf347',
    iterations: '10000',
    key_length: '20',
  };
  const now = new Date('2026-11-21T12:00:00Z');

  test.each([
    { ...record, salt: '73616c7431323334', encoding: 'hex' },
    { ...record, salt: 'salt1234', salt_encoding: 'text' },
    {
      ...record,
      hash: Buffer.from(record.hash, 'hex').toString('base64'),
      salt: Buffer.from('salt1234').toString('base64'),
      encoding: 'base64',
    },
  ])('are verified as they were made (%#)', async (columns) => {
    const read = readRecord(columns, now);
    const phc = 'opening' in read ? read.opening.account.passwordHash : undefined;
    const hasher = createHasher({ workers: 1 });
    expect(await hasher.verify(phc!, 'letmein 1')).toEqual({ matches: true, outdated: true });
    await hasher.close();
  });
});
