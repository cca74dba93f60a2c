// The contract: odd strings are only strings, and what is not a string matches nothing (security.md, M8).

import { expect, test } from 'vitest';
import type { Shape } from '../../src/ports/store.ts';
import type { Bench, Thing, ThingKey, Things } from './store-bench.ts';

const oddStrings = [
  'Příliš žluťoučký kůň',
  'e\u0301 is not \u00e9',
  '👩‍👩‍👧 😀',
  `'"\`; DROP TABLE things; --`,
  '%_\\*?[a]',
  '\u0001\t\n\r\u001f\u007f\u2028',
  '$where',
  'a.b.$c',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '',
  ' ',
  '\uFEFFbom',
  'x'.repeat(2000),
].map((odd) => ({ odd, label: JSON.stringify(odd).slice(0, 40) }));

const oddDocuments: readonly string[] = [
  '{"https://api.example.com":{"$set":1,"a.b":{"$gt":""}},"x5t#S256":"abc","":0}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
  '{"empty":{},"list":[],"nested":[[],[{}],null],"null":null,"deep":{"a":{"b":{"c":[null]}}}}',
  '{"_bsontype":"ObjectId","id":"x","$ref":"a","$id":"b","$db":"c","toBSON":1,"toJSON":1}',
  '{"_id":"other","id":"other","version":-1,"expiresAt":"1970-01-01","doc":"x","keys":{"login":"x"}}',
  '{"integer":9007199254740991,"negative":-12345678901,"small":5e-324,"float":1.5,"whole":2.0,"no":false}',
  '{"$date":"2020-01-01","a\\u0000b":"nul","lone":"\\ud800","2":"b","1":"a"}',
];

const notStrings: readonly unknown[] = [
  undefined,
  null,
  0,
  1,
  true,
  Symbol('a'),
  {},
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  ['a'],
  [],
  new Date(0),
  Buffer.from('a'),
  () => 'a',
  Object('a'),
  // Ill-formed: as UTF-8 it would become another string.
  '\ud800',
];

export function stringTests({ things, rival, store }: Bench): void {
  test.each(oddStrings)('the id and value $label is kept and found as it is', async ({ odd }) => {
    const stored = await things().insert(odd, { login: odd, kind: odd, data: odd });
    expect(await rival().get(odd)).toEqual(stored);
    expect(await things().findOne('login', odd)).toEqual(stored);
    expect(await things().list({ key: 'kind', value: odd }, { limit: 5 })).toEqual([stored]);
    expect(await things().list({ key: 'kind', prefix: odd }, { limit: 5 })).toEqual([stored]);
    await expect(things().insert('other', { login: odd })).rejects.toMatchObject({ key: 'login' });
    expect(await things().get(`${odd} `)).toBeUndefined();
    await things().put(odd, { kind: odd });
    expect(await things().removeMany('kind', odd)).toBe(1);
  });

  test.each(oddDocuments)('the document %s comes back with every key in its place', async (json) => {
    const doc = { data: JSON.parse(json) as unknown };
    await things().insert('a', doc);
    await things().put('b', doc);
    await things().replace(await things().insert('c', {}), doc);
    for (const id of ['a', 'b', 'c']) {
      expect(JSON.stringify((await things().get(id))?.doc)).toBe(JSON.stringify(doc));
    }
    const taken = await rival().take('a');
    expect(JSON.stringify(taken?.doc)).toBe(JSON.stringify(doc));
    expect({}).not.toHaveProperty('polluted');
    const bare = JSON.parse(json) as object;
    await things().put('bare', bare);
    expect(JSON.stringify((await things().get('bare'))?.doc)).toBe(JSON.stringify(bare));
  });

  test('a document of a megabyte, with values of ten kilobytes, is kept', async () => {
    const doc = { data: Array.from({ length: 100 }, (_, i) => `${i} ${'ž'.repeat(5000)}`) };
    const stored = await things().insert('big', doc);
    expect(await things().get('big')).toEqual(stored);
    expect(await things().take('big')).toEqual(stored);
  });

  test('whatever is not a string is refused with a TypeError and matches nothing', async () => {
    const present = await things().insert('a', { login: 'a', kind: 'a' });
    for (const wrong of notStrings as readonly string[]) {
      const calls: (() => Promise<unknown>)[] = [
        () => things().get(wrong),
        () => things().findOne('login', wrong),
        () => things().list({ key: 'kind', value: wrong }, { limit: 1 }),
        () => things().list({ key: 'kind', prefix: wrong }, { limit: 1 }),
        () => things().insert(wrong, {}),
        () => things().replace({ ...present, id: wrong }, {}),
        () => things().put(wrong, {}),
        () => things().take(wrong),
        () => things().remove(wrong),
        () => things().removeMany('kind', wrong),
        ...(wrong === undefined
          ? []
          : [
              () => things().list(undefined, { limit: 1, after: wrong }),
              () => things().insert('b', { login: wrong }),
              () => things().put('a', { kind: wrong }),
              () => things().replace(present, { kind: wrong }),
            ]),
      ];
      for (const call of calls) await expect(call(), String(call)).rejects.toThrow(TypeError);
    }
    expect(await things().list(undefined, { limit: 10 })).toEqual([present]);
  });

  test('keys that were not declared are refused with a TypeError', async () => {
    await things().insert('a', { login: 'a', data: 'secret' });
    for (const key of [
      'data',
      'id',
      '_id',
      'doc',
      'version',
      '__proto__',
      '$where',
      '',
      undefined,
      ['login'],
    ]) {
      const wrong = key as 'kind';
      await expect(things().findOne(wrong, 'a')).rejects.toThrow(TypeError);
      await expect(things().list({ key: wrong, prefix: '' }, { limit: 1 })).rejects.toThrow(TypeError);
      await expect(things().removeMany(wrong, 'a')).rejects.toThrow(TypeError);
    }
  });

  test('pages, ends, versions and documents of the wrong kind are refused with a TypeError', async () => {
    const seen = await things().insert('a', {});
    const wrongly = things() as unknown as Record<keyof Things, (...values: unknown[]) => Promise<unknown>>;
    for (const limit of [0, -1, 1001, 1.5, Number.NaN, '1', undefined]) {
      await expect(wrongly.list(undefined, { limit })).rejects.toThrow(TypeError);
    }
    for (const end of [new Date(Number.NaN), 1, 'tomorrow', null]) {
      await expect(wrongly.insert('b', {}, end)).rejects.toThrow(TypeError);
      await expect(wrongly.put('a', {}, end)).rejects.toThrow(TypeError);
      await expect(wrongly.replace(seen, {}, end)).rejects.toThrow(TypeError);
    }
    for (const version of [undefined, '1', { $gt: 0 }, 1.5]) {
      await expect(wrongly.replace({ ...seen, version }, {})).rejects.toThrow(TypeError);
    }
    for (const doc of [undefined, null, 'text', 1, [], () => 1]) {
      await expect(wrongly.insert('b', doc)).rejects.toThrow(TypeError);
      await expect(wrongly.put('a', doc)).rejects.toThrow(TypeError);
    }
    expect(await things().list(undefined, { limit: 10 })).toEqual([seen]);
  });

  test('collections and keys with unsafe names are refused with a TypeError', async () => {
    const names = [
      '',
      'Things',
      'a b',
      'a"b',
      'a.b',
      '$a',
      'sqlite_master',
      '__proto__',
      'a\0',
      'x'.repeat(100),
    ];
    const keys = ['', 'a b', 'a"b', "a'b", 'a.b', '$a', '__proto__', 'ž', 'x'.repeat(100)];
    const shapes = [
      ...names.map((name) => ({ name })),
      ...keys.map((key) => ({ name: 'things', unique: [key] })),
      ...keys.map((key) => ({ name: 'things', index: [key] })),
      { name: 'things', index: ['uid', 'UID'] },
    ];
    for (const shape of shapes) {
      expect(() => store().collection(shape as unknown as Shape<Thing, ThingKey>)).toThrow(TypeError);
      await expect(store().prepare([shape])).rejects.toThrow(TypeError);
    }
  });
}
