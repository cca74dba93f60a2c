// Making an ed25519 key pair in the form that OpenSSH reads (PROTOCOL.key). The private part is given to the caller and
// kept nowhere.

import { generateKeyPairSync, randomBytes } from 'node:crypto';

const TYPE = 'ssh-ed25519';
/** What the private part is filled up to, for the cipher "none". */
const BLOCK = 8;
const LINE = 70;

const text = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A new pair: the line for `authorized_keys`, and the file `id_ed25519`, without a passphrase. */
export function makeSshKey(comment: string): { readonly publicLine: string; readonly privateFile: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  const [publicBytes, seed] = [Buffer.from(x, 'base64url'), Buffer.from(d, 'base64url')];
  const blob = Buffer.concat([text(TYPE), text(publicBytes)]);
  // The same number twice: how a wrong passphrase would show.
  const check = randomBytes(4);
  const inner = Buffer.concat([
    check,
    check,
    text(TYPE),
    text(publicBytes),
    text(Buffer.concat([seed, publicBytes])),
    text(comment),
  ]);
  const missing = (BLOCK - (inner.length % BLOCK)) % BLOCK;
  const padding = Buffer.from(Array.from({ length: missing }, (_, index) => index + 1));
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    text('none'),
    text('none'),
    text(''),
    number(1),
    text(blob),
    text(Buffer.concat([inner, padding])),
  ]);
  const lines = file.toString('base64').match(new RegExp(`.{1,${LINE}}`, 'g'))!;
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`);
  return {
    publicLine: [TYPE, blob.toString('base64'), comment].filter(Boolean).join(' '),
    privateFile: `${[begin, ...lines, end].join('\n')}\n`,
  };
}
