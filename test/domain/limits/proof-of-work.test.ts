// Proof of work: the format of ALTCHA, one use, one subject, one end, and nothing that a forger could turn.

import { createChallenge, verifySolution } from 'altcha-lib/v1';
import type { Payload } from 'altcha-lib/v1/types';
import { beforeAll, expect, test } from 'vitest';
import {
  createProofOfWork,
  PROOF_LIFE_SECONDS,
  type ProofOfWork,
} from '../../../src/domain/limits/proof-of-work.ts';
import { authenticate } from '../../../src/lib/digest.ts';
import type { Store } from '../../../src/ports/store.ts';
import { solveChallenge } from '../../support/proof-of-work.ts';
import { manualClock, memoryStore, type ManualClock } from '../../support/rules.ts';

const [key, olderKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
const options = { keys: [key, olderKey], maxNumber: 1000 };
const SUBJECT = 'a page in a browser';

let clock: ManualClock;
let store: Store;
let proofs: ProofOfWork;
beforeAll(async () => {
  clock = manualClock();
  store = await memoryStore(clock);
  proofs = createProofOfWork(store, clock, options);
});

const solved = async (subject = SUBJECT) => solveChallenge(await proofs.challenge(subject));
const payloadOf = (answer: string) => JSON.parse(Buffer.from(answer, 'base64').toString()) as Payload;
const answerOf = (payload: object) => Buffer.from(JSON.stringify(payload)).toString('base64');

test('a challenge has the fields that ALTCHA’s widget reads, and its answer those that it sends', async () => {
  const challenge = JSON.parse(await proofs.challenge(SUBJECT)) as Record<string, unknown>;
  expect(challenge).toEqual({
    algorithm: 'SHA-256',
    challenge: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    maxnumber: 1000,
    salt: expect.stringMatching(/^[0-9a-f]{24}\?expires=\d+&$/) as string,
    signature: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  const answer = solveChallenge(JSON.stringify(challenge));
  expect(await verifySolution(answer, authenticate(key, SUBJECT), false)).toBe(true);
  // The widget tells the time that it took as well.
  expect(await proofs.redeem(SUBJECT, answerOf({ ...payloadOf(answer), took: 812 }))).toBe('accepted');
});

test('two challenges are never the same', async () => {
  const made = await Promise.all(Array.from({ length: 50 }, () => proofs.challenge(SUBJECT)));
  expect(new Set(made).size).toBe(50);
});

test('an answer counts once, also when it is sent fifty times at once, and through another node', async () => {
  const answer = await solved();
  const other = createProofOfWork(store, clock, options);
  const verdicts = await Promise.all(
    Array.from({ length: 50 }, (_, index) => (index % 2 ? other : proofs).redeem(SUBJECT, answer)),
  );
  expect(verdicts.filter((verdict) => verdict === 'accepted')).toEqual(['accepted']);
  expect(await proofs.redeem(SUBJECT, answer)).toBe('refused');
});

test('an answer is good for its own subject only', async () => {
  const answer = await solved();
  expect(await proofs.redeem(`${SUBJECT} of somebody else`, answer)).toBe('refused');
  expect(await proofs.redeem('', answer)).toBe('refused');
  expect(await proofs.redeem(SUBJECT, answer)).toBe('accepted');
});

test('an answer is good for ten minutes', async () => {
  const [inTime, tooLate] = [await solved(), await solved()];
  clock.advance(PROOF_LIFE_SECONDS * 1000 - 1000);
  expect(await proofs.redeem(SUBJECT, inTime)).toBe('accepted');
  clock.advance(1000);
  expect(await proofs.redeem(SUBJECT, tooLate)).toBe('refused');
});

test('a challenge made before the secret was rotated is still good', async () => {
  const before = createProofOfWork(store, clock, { ...options, keys: [olderKey] });
  const answer = solveChallenge(await before.challenge(SUBJECT));
  expect(await proofs.redeem(SUBJECT, answer)).toBe('accepted');
  const foreign = createProofOfWork(store, clock, { ...options, keys: [Buffer.alloc(32, 9)] });
  expect(await proofs.redeem(SUBJECT, solveChallenge(await foreign.challenge(SUBJECT)))).toBe('refused');
});

test('a form without an answer is told apart from one with a wrong answer', async () => {
  expect(await proofs.redeem(SUBJECT, undefined)).toBe('missing');
  expect(await proofs.redeem(SUBJECT, '')).toBe('missing');
  expect(await proofs.redeem(SUBJECT, 'x')).toBe('refused');
});

test('what a forger changes in an answer makes it none', async () => {
  const answer = await solved();
  const right = payloadOf(answer);
  const later = right.salt.replace(
    /expires=\d+/,
    `expires=${Math.floor(clock.now().getTime() / 1000) + 86_400}`,
  );
  const own = await createChallenge({
    hmacKey: 'a key of a forger',
    number: 7,
    expires: new Date(clock.now().getTime() + 60_000),
  });
  const forged: object[] = [
    { ...right, number: right.number + 1 },
    { ...right, number: String(right.number) },
    { ...right, number: -1 },
    { ...right, number: 1e300 },
    { ...right, salt: later },
    { ...right, salt: right.salt.slice(0, -1) },
    { ...right, salt: `${right.salt}&` },
    { ...right, salt: right.salt.replace('expires', 'expire') },
    { ...right, salt: right.salt.replace('?', '?expires=99999999999&') },
    { ...right, algorithm: 'SHA-1' },
    { ...right, algorithm: 'none' },
    { ...right, signature: right.signature.replace(/./, (digit) => (digit === '0' ? '1' : '0')) },
    { ...right, signature: '' },
    { ...right, challenge: right.challenge.toUpperCase() },
    { ...own, number: 7 },
    // Digits moved from the number to the salt give the same hash (CVE-2025-68113 of ALTCHA's libraries).
    {
      ...right,
      salt: right.salt + String(right.number).slice(0, 1),
      number: Number(String(right.number).slice(1)),
    },
    [],
    { __proto__: right },
  ];
  for (const payload of forged) {
    expect([payload, await proofs.redeem(SUBJECT, answerOf(payload))]).toEqual([payload, 'refused']);
  }
  for (const text of ['null', '7', '"text"', '{', '\u0000', `{"salt":${'['.repeat(500)}`]) {
    expect(await proofs.redeem(SUBJECT, Buffer.from(text).toString('base64'))).toBe('refused');
  }
  expect(await proofs.redeem(SUBJECT, 'A'.repeat(16_000))).toBe('refused');
  // None of these has used the right one up.
  expect(await proofs.redeem(SUBJECT, answer)).toBe('accepted');
});

test('the number is found with half of the hashes on average', async () => {
  const numbers = await Promise.all(
    Array.from({ length: 200 }, async () => payloadOf(await solved()).number),
  );
  expect(Math.max(...numbers)).toBeLessThanOrEqual(1000);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  expect(mean).toBeGreaterThan(400);
  expect(mean).toBeLessThan(600);
});
