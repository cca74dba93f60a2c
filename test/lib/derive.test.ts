// Keys for one purpose each: stable, and unrelated to each other.

import { describe, expect, test } from 'vitest';
import { deriveKey, keyId } from '../../src/lib/derive.ts';

describe('deriving keys', () => {
  test('the same secret and purpose give the same key, of the length asked for', () => {
    expect(deriveKey('secret', 'seal', 32)).toEqual(deriveKey('secret', 'seal', 32));
    expect(deriveKey('secret', 'seal', 32)).toHaveLength(32);
  });

  test('another purpose or another secret gives an unrelated key', () => {
    const keys = [deriveKey('a', 'seal', 32), deriveKey('a', 'cookies', 32), deriveKey('b', 'seal', 32)];
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
  });

  test('derivation never changes, or everything sealed with it is lost', () => {
    expect(deriveKey('secret', 'seal', 32).toString('hex')).toBe(
      '1e7640e17f76039ab9e50ef1e06defc087a48434f7c276279664089f61c8cb46',
    );
    expect(keyId('secret')).toBe('5311632e9a85');
  });

  test('an empty secret is refused', () => {
    expect(() => deriveKey('', 'seal', 32)).toThrow(TypeError);
  });
});
