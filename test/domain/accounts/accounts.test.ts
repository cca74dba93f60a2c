// Accounts: names that are compared as people read them, and belong to one account each.

import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  comparableName,
  createAccounts,
  displayName,
  NameTaken,
} from '../../../src/domain/accounts/accounts.ts';
import { Conflict, Stale, type Store } from '../../../src/ports/store.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

const clock = manualClock();
let store: Store;
beforeEach(async () => {
  store = await memoryStore(clock);
});

describe('S72: names are compared', () => {
  test.for([
    ['Jana.Nováková@Example.cz', 'jana.nováková@example.cz', 'without case, with Czech letters'],
    ['ŽOFIE', 'žofie', 'without case above ASCII'],
    ['z\u030cofie', 'žofie', 'composed and decomposed letters alike'],
    ['j\u030c', 'J\u030c', 'also where only the small letter is one character'],
    ['  jana@example.cz \r\n', 'jana@example.cz', 'without spaces and line ends around'],
    ['jana @example.cz', 'jana@example.cz', 'without a space inside'],
    ['jana\u00a0@example.cz', 'jana@example.cz', 'without a no-break space'],
    ['ja\u200bna\ufeff\u00ad', 'jana', 'without zero-width and soft hyphens'],
    ['jana\u115f\u3164\ufe0f\u034f', 'jana', 'without fillers and selectors that nobody sees'],
    ['\u202ejana\u202c', 'jana', 'without direction marks'],
    ['e\u200b\u0301va', 'éva', 'an accent that was kept apart joins its letter'],
    ['ｊａｎａ＠ｅｘａｍｐｌｅ．ｃｚ', 'jana@example.cz', 'wide letters as plain ones'],
    ['ﬁona', 'fiona', 'ligatures as their letters'],
  ])('%j as %j: %s', ([typed, stored]) => {
    expect(comparableName(typed!)).toBe(comparableName(stored!));
  });

  test.for([
    ['İlker', 'ilker', 'a Turkish İ is not an i'],
    ['ılker', 'ilker', 'nor is a dotless one'],
    ['straße', 'strasse', 'ß is not ss'],
    ['jana', 'jána', 'an accent makes another name'],
    ['jana', 'jаna', 'a Cyrillic а is not a Latin one'],
  ])('%j not as %j: %s', ([one, other]) => {
    expect(comparableName(one!)).not.toBe(comparableName(other!));
  });

  test('twice as once, and whatever the case of letters with a plain pair', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const once = comparableName(text);
        expect(comparableName(once)).toBe(once);
        expect(comparableName(` ${text}\n`)).toBe(comparableName(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('accounts', () => {
  const create = (fields: { email: string; login?: string }) => newAccount(store, clock, fields);

  test('are found by login name and by e-mail, in any spelling', async () => {
    const { id } = await create({ email: 'Eva@Example.cz', login: 'Éva' });
    const accounts = createAccounts(store, clock);
    for (const identifier of ['éva', ' ÉVA ', 'eva@example.cz', 'EVA@EXAMPLE.CZ\n'])
      expect((await accounts.findByIdentifier(identifier))?.id).toBe(id);
    for (const identifier of ['', ' ', '\u200b', 'eva', 'x'.repeat(255), '__proto__'])
      expect(await accounts.findByIdentifier(identifier)).toBeUndefined();
  });

  test('of 50 made at once with one e-mail exactly one is made (A19)', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        create({ email: index % 2 ? 'eva@example.cz' : 'EVA@example.cz' }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({ name: 'NameTaken', field: 'email' });
    }
  });

  test('share no login name, and the refusal says which name it is about', async () => {
    await create({ email: 'eva@example.cz', login: 'eva' });
    await expect(create({ email: 'other@example.cz', login: 'EVA' })).rejects.toMatchObject({
      field: 'login',
    });
    await expect(create({ email: 'eva@example.cz', login: 'other' })).rejects.toMatchObject({
      field: 'email',
    });
    await expect(create({ email: 'eva@example.cz' })).rejects.toBeInstanceOf(NameTaken);
  });

  test('a login name with an @ must be the own e-mail, or it would stand before the one of somebody else', async () => {
    for (const login of ['victim@example.cz', 'VICTIM＠example.cz', 'a@b'])
      await expect(create({ email: 'attacker@example.cz', login })).rejects.toMatchObject({
        code: 'bad_request',
      });
    const own = await create({ email: 'Attacker@example.cz', login: ' attacker@EXAMPLE.cz' });
    expect(own.doc.login).toBeUndefined();
  });

  test('keep the names as they were typed, without the stray ends', async () => {
    const { doc } = await create({ email: ' Eva@Example.cz\n', login: ' Éva ' });
    expect([doc.email, doc.login]).toEqual(['Eva@Example.cz', 'Éva']);
  });

  test('are listed newest first, a page at a time', async () => {
    for (const name of ['a', 'b', 'c']) {
      await create({ email: `${name}@example.cz` });
      clock.advance(5);
    }
    const accounts = createAccounts(store, clock);
    const first = await accounts.list({ limit: 2 });
    expect(first.map(({ doc }) => doc.email)).toEqual(['c@example.cz', 'b@example.cz']);
    const second = await accounts.list({ limit: 2, after: first.at(-1)!.id });
    expect(second.map(({ doc }) => doc.email)).toEqual(['a@example.cz']);
  });

  test('lose no change when many change different things at once', async () => {
    const { id } = await create({ email: 'eva@example.cz' });
    const accounts = createAccounts(store, clock);
    await Promise.all(
      Array.from({ length: 15 }, () =>
        accounts.change(id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 })),
      ),
    );
    expect((await accounts.get(id))?.doc.credentialVersion).toBe(16);
    await expect(accounts.change('nobody', () => ({}))).rejects.toMatchObject({ code: 'not_found' });
  });

  test.for([new Stale('api_tokens', 'x'), new Conflict('revisions', 'id')])(
    'what should end with one and cannot is no lost race of the account itself: %s',
    async (failure) => {
      const { id } = await create({ email: 'eva@example.cz' });
      const accounts = createAccounts(store, clock, () => Promise.reject(failure));
      await expect(accounts.change(id, () => ({ status: 'disabled' }))).rejects.toBe(failure);
      expect((await accounts.get(id))?.doc.status).toBe('disabled');
    },
  );

  test('are called by their full name, else by login name, else by e-mail', async () => {
    const { doc } = await create({ email: 'eva@example.cz', login: 'eva' });
    expect(displayName({ ...doc, givenName: 'Eva', familyName: 'Malá' })).toBe('Eva Malá');
    expect(displayName({ ...doc, name: 'Ing. Eva Malá', givenName: 'Eva' })).toBe('Ing. Eva Malá');
    expect(displayName({ ...doc, familyName: 'Malá' })).toBe('Malá');
    expect(displayName(doc)).toBe('eva');
    const { login: _login, ...withoutLogin } = doc;
    expect(displayName(withoutLogin)).toBe('eva@example.cz');
  });
});
