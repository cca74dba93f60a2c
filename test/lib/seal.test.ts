// Sealing values at rest: they open in their own place and nowhere else.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SealBroken, createSealer } from '../../src/lib/seal.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~';
const sealer = createSealer(['an installation secret']);

describe('sealing values at rest (A97)', () => {
  test('what was sealed opens for the same context', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (plain, context) => {
        expect(sealer.open(sealer.seal(plain, context), context)).toBe(plain);
      }),
    );
  });

  test('one value sealed twice looks different', () => {
    expect(sealer.seal('seed', 'a')).not.toBe(sealer.seal('seed', 'a'));
  });

  test('the envelope names its version and key, and hides the value', () => {
    expect(sealer.seal('JBSWY3DPEHPK3PXP', 'a')).toMatch(/^v1\.[0-9a-f]{12}\.[\w-]{16}\.[\w-]{43}$/);
  });

  test('a value moved to another record or field does not open', () => {
    const sealed = sealer.seal('seed', 'account/1/totp');
    for (const context of ['account/2/totp', 'account/1/phone', 'account/1/totp ', '']) {
      expect(() => sealer.open(sealed, context)).toThrow(SealBroken);
    }
  });

  test('a value changed in any character, cut or lengthened does not open', () => {
    const sealed = sealer.seal('a seed', 'a');
    const changed = Array.from(sealed).flatMap((character, index) =>
      Array.from(alphabet).map((other) => [character, other, index] as const),
    );
    for (const [character, other, index] of changed) {
      if (character === other) continue;
      const tampered = sealed.slice(0, index) + other + sealed.slice(index + 1);
      expect(() => sealer.open(tampered, 'a'), tampered).toThrow(SealBroken);
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(() => sealer.open(sealed.slice(0, length), 'a')).toThrow(SealBroken);
    }
    for (const suffix of ['A', '=', '\n', ' ', 'AAAA']) {
      expect(() => sealer.open(sealed + suffix, 'a')).toThrow(SealBroken);
    }
  });

  test('every bit of nonce, ciphertext and tag counts', () => {
    const [version, id, nonce, body] = sealer.seal('a seed', 'a').split('.') as [
      string,
      string,
      string,
      string,
    ];
    for (const part of ['nonce', 'body'] as const) {
      const bytes = Buffer.from(part === 'nonce' ? nonce : body, 'base64url');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const text = flipped.toString('base64url');
        const tampered = [version, id, part === 'nonce' ? text : nonce, part === 'body' ? text : body].join(
          '.',
        );
        expect(() => sealer.open(tampered, 'a')).toThrow(SealBroken);
      }
    }
  });

  test('text that was never sealed is refused with the same error', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => sealer.open(text, 'a')).toThrow(SealBroken);
      }),
    );
  });

  test('after rotation old values open and new ones use the new secret', () => {
    const old = createSealer(['old']);
    const both = createSealer(['new', 'old']);
    const next = createSealer(['new']);
    const sealed = old.seal('seed', 'a');
    expect(both.open(sealed, 'a')).toBe('seed');
    expect(next.open(both.seal('seed', 'a'), 'a')).toBe('seed');
    expect(() => next.open(sealed, 'a')).toThrow(/not configured/);
  });

  test('a sealer without a secret, or with an empty one, is refused', () => {
    expect(() => createSealer([])).toThrow(TypeError);
    expect(() => createSealer(['new', ''])).toThrow(TypeError);
  });
});
