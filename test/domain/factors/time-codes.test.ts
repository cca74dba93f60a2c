// The arithmetic of one-time codes against the vectors of the standards, and at the edges of a step.

import { generateSync } from 'otplib';
import { beforeAll, describe, expect, test } from 'vitest';
import { sixDigits, stepOf, timeCodes } from '../../../src/domain/factors/time-codes.ts';
import { appCode } from '../../support/second-factor.ts';

const at = (seconds: number) => new Date(seconds * 1000);
const KEY = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
let codes: Awaited<ReturnType<typeof timeCodes>>;
beforeAll(async () => {
  codes = await timeCodes();
});

/** RFC 6238 appendix B: the keys are the digits 1 to 0, repeated to the length of the hash. */
const seed = (length: number) => new TextEncoder().encode('1234567890'.repeat(7).slice(0, length));
const vectors = [
  [59, '94287082', '46119246', '90693936'],
  [1_111_111_109, '07081804', '68084774', '25091201'],
  [1_111_111_111, '14050471', '67062674', '99943326'],
  [1_234_567_890, '89005924', '91819424', '93441116'],
  [2_000_000_000, '69279037', '90698825', '38618901'],
  [20_000_000_000, '65353130', '77737706', '47863826'],
] as const;

describe('T8: the library computes what the RFCs say', () => {
  test.for(vectors)('at %i s', ([seconds, ...expected]) => {
    for (const [index, algorithm] of (['sha1', 'sha256', 'sha512'] as const).entries()) {
      const secret = seed([20, 32, 64][index]!);
      const options = { secret, algorithm, epoch: seconds };
      expect(generateSync({ ...options, digits: 8 })).toBe(expected[index]);
      expect(generateSync({ ...options, digits: 6 })).toBe(expected[index]!.slice(2));
    }
    expect(codes.codeAt(KEY, stepOf(at(seconds)))).toBe(expected[0].slice(2));
  });

  test('RFC 4226 appendix D', () => {
    const expected = '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' ');
    expect(expected.map((_code, counter) => codes.codeAt(KEY, counter))).toEqual(expected);
  });
});

describe('S47, T2: six digits are good in their own step of 30 seconds, and in the ones beside it', () => {
  const start = 1_800_000_000; // the beginning of a step
  const matches = (key: string, of: number, now: number, after = 0) =>
    codes.matchingStep(key, appCode(key, at(of)), at(now), after);

  test.for([
    [-0.1, 0],
    [-30, 0],
    [-30.1, undefined],
    [0, 0],
    [29.9, 0],
    [30.1, 0],
    [59.9, 0],
    [60, undefined],
    [60.1, undefined],
  ])('seen %f s after its step began: %s', ([offset, steps]) => {
    const found = matches(KEY, start, start + offset!);
    expect(found).toBe(steps === undefined ? undefined : start / 30 + steps);
  });

  test('T3: an accepted code of the step before does not widen what is good next', () => {
    const now = start + 10;
    const first = matches(KEY, start - 30, now)!;
    expect(first).toBe(start / 30 - 1);
    expect(matches(KEY, start - 30, now, first)).toBeUndefined();
    expect(matches(KEY, start - 60, now, first)).toBeUndefined();
    expect(matches(KEY, start, now, first)).toBe(start / 30);
    expect(matches(KEY, start + 30, now, first)).toBe(start / 30 + 1);
    expect(matches(KEY, start + 60, now, first)).toBeUndefined();
  });
});

test.for([
  ['123456', '123456'],
  [' 123 456 ', '123456'],
  ['1 2 3\t4\u00a05\r\n6', '123456'],
  ['', undefined],
  ['0', undefined],
  ['12345', undefined],
  ['1234567', undefined],
  ['+1e5', undefined],
  ['1e5   ', undefined],
  ['-12345', undefined],
  ['12345.', undefined],
  ['0x1234', undefined],
  ['１２３４５６', undefined],
  ['١٢٣٤٥٦', undefined],
  ['123456\u0000', undefined],
  ['123456,654321', undefined],
  [`123456${' '.repeat(100)}`, undefined],
] as const)('T9: %j is read as %j', ([typed, code]) => {
  expect(sixDigits(typed)).toBe(code);
});

test('T6: keys are 160 random bits each', () => {
  const keys = Array.from({ length: 200 }, () => codes.newKey());
  for (const key of keys) expect(key).toMatch(/^[A-Z2-7]{32}$/);
  expect(new Set(keys).size).toBe(200);
});

describe('S14, S81: the address for the app', () => {
  const uri = (issuer: string, label: string) => new URL(codes.keyUri(KEY, { issuer, label }));

  test.for([
    ['Hvězdný hosting', 'žofie@příklad.cz', 'Hvězdný hosting:žofie@příklad.cz'],
    ['Firma: hosting', 'a:b', 'Firma hosting:a b'],
    ['A&B?#/%', 'x+y=z&secret=AAAA', 'A&B?#/%:x+y=z&secret=AAAA'],
    ['\ud800half', 'eva', '\ufffdhalf:eva'],
  ] as const)('of %s and %s has their names and the standard parameters', ([issuer, label, path]) => {
    const url = uri(issuer, label);
    expect([url.protocol, url.host]).toEqual(['otpauth:', 'totp']);
    expect(decodeURIComponent(url.pathname)).toBe(`/${path}`);
    expect(url.searchParams.getAll('secret')).toEqual([KEY]);
    expect(url.searchParams.get('issuer')).toBe(path.split(':', 1)[0]);
    for (const [name, standard] of [
      ['algorithm', 'SHA1'],
      ['digits', '6'],
      ['period', '30'],
    ] as const) {
      expect(url.searchParams.get(name) ?? standard).toBe(standard);
    }
  });
});
