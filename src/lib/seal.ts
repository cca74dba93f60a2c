// Encryption at rest: a value is sealed for one place (record and field) and opens only there (ASVS 11.3).

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { deriveKey, keyId } from './derive.ts';

const nonceBytes = 12;
const tagBytes = 16;
const envelope = /^v1\.([0-9a-f]{12})\.([\w-]{16})\.([\w-]{22,})$/;

/** The sealed value cannot be opened: it is damaged, belongs elsewhere, or its secret is no longer configured. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

export type Sealer = {
  /** `v1.<key id>.<nonce>.<ciphertext and tag>`, under the first secret. `context` names the record and field. */
  seal(plain: string, context: string): string;
  /** The text that was sealed for this context, under any of the secrets. Throws `SealBroken`. */
  open(sealed: string, context: string): string;
};

/**
 * Seals with the first secret and opens with any of them, so a secret is rotated by putting the new one in front.
 * AES-256-GCM with random 96-bit nonces: sound for 2^32 values under one secret (NIST SP 800-38D §8.3).
 */
export function createSealer(secrets: readonly string[]): Sealer {
  // Imported once: from bytes, every seal would do it again.
  const keys = new Map(
    secrets.map((secret) => [keyId(secret), createSecretKey(deriveKey(secret, 'seal', 32))]),
  );
  const [current] = keys;
  if (current === undefined) throw new TypeError('a sealer needs at least one secret');
  const [currentId, currentKey] = current;

  return {
    seal(plain, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce, { authTagLength: tagBytes });
      cipher.setAAD(associatedData(currentId, context));
      const sealed = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `v1.${currentId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`;
    },

    open(sealed, context) {
      const [, id = '', nonceText = '', bodyText = ''] = envelope.exec(sealed) ?? [];
      const [nonce, body] = [decode(nonceText), decode(bodyText)];
      if (nonce === undefined || body === undefined) throw new SealBroken('this is not a sealed value');
      const key = keys.get(id);
      if (key === undefined) throw new SealBroken(`sealed with secret ${id}, which is not configured`);
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
        decipher.setAAD(associatedData(id, context));
        decipher.setAuthTag(body.subarray(-tagBytes));
        return decipher.update(body.subarray(0, -tagBytes), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new SealBroken('the sealed value is damaged or belongs elsewhere', { cause });
      }
    },
  };
}

// The key id has a fixed length, so no two pairs of id and context give the same bytes.
const associatedData = (id: string, context: string): Buffer => Buffer.from(`v1.${id}.${context}`);

/** Node ignores stray bits and characters; here each text stands for one value only. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
}
