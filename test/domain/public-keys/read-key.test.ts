// What is taken for a public key, and what is refused with its reason: every type of OpenSSH, GPG keys with what they say
// of themselves, and above all private keys in any dress.

import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { array, assert, nat, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { armor, openArmor } from '../../../src/domain/public-keys/gpg-packets.ts';
import { makeSshKey } from '../../../src/domain/public-keys/new-ssh-key.ts';
import { readPublicKey } from '../../../src/domain/public-keys/read-key.ts';
import { ed25519Fingerprint, gpgFingerprint, gpgKeys, sshKeys } from '../../support/sample-keys.ts';

const text = (value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const line = (type: string, ...parts: (Buffer | string)[]): string =>
  `${type} ${Buffer.concat([text(type), ...parts.map(text)]).toString('base64')}`;
const blobOf = (key: string): Buffer => Buffer.from(key.split(' ')[1]!, 'base64');
const problemOf = (typed: string): string => {
  const read = readPublicKey(typed);
  return read.kind === 'refused' ? read.problem : `taken: ${read.key.type}`;
};

describe('SSH keys', () => {
  const point = blobOf(sshKeys.ecdsa256).subarray(-65);
  const taken: readonly [string, object][] = [
    [sshKeys.ed25519, { type: 'ssh-ed25519', fingerprint: ed25519Fingerprint, comment: 'jana@notebook' }],
    [sshKeys.ecdsa256, { type: 'ecdsa-sha2-nistp256' }],
    [sshKeys.ecdsa384, { type: 'ecdsa-sha2-nistp384' }],
    [sshKeys.ecdsa521, { type: 'ecdsa-sha2-nistp521' }],
    [sshKeys.rsa2048, { type: 'ssh-rsa', bits: 2048 }],
    [line('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 7), 'ssh:'), { type: 'sk-ssh-ed25519@openssh.com' }],
    [
      line('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', point, 'ssh:'),
      { type: 'sk-ecdsa-sha2-nistp256@openssh.com', comment: '' },
    ],
    [`\uFEFF\r\n  ${sshKeys.ed25519}\u202e evil\t\r\n`, { comment: 'jana@notebook evil' }],
  ];
  test.each(taken)('%s is taken', (typed, expected) => {
    expect(readPublicKey(typed)).toMatchObject({ kind: 'read', key: { kind: 'ssh', ...expected } });
  });

  const [type, base64] = sshKeys.ed25519.split(' ') as [string, string];
  const offCurve = Buffer.from(point);
  offCurve[64]! ^= 1;
  const refused: readonly [string, string, string][] = [
    ['nothing', '  \n', 'not_a_key'],
    ['words', 'my key', 'not_a_key'],
    ['a name of every object', 'constructor AAAA', 'not_a_key'],
    ['a NUL', `${type} ${base64} a\0b`, 'not_a_key'],
    ['two keys', `${sshKeys.ed25519}\n${sshKeys.ecdsa256}`, 'several_keys'],
    ['options in front', `command="/bin/sh" ${sshKeys.ed25519}`, 'options'],
    ['a certificate', sshKeys.certificate, 'certificate'],
    ['DSA', line('ssh-dss', Buffer.alloc(128, 1)), 'dsa'],
    ['a short RSA key', sshKeys.rsa1024, 'weak_rsa'],
    ['a key cut off', `${type} ${base64.slice(0, -4)}`, 'damaged'],
    ['base64 that is none', `${type} ${base64.slice(0, -1)}!`, 'damaged'],
    ['the numbers of another type', `ssh-rsa ${base64}`, 'damaged'],
    ['more behind it', line(type, Buffer.alloc(32, 7), 'more'), 'damaged'],
    ['a point off the curve', line('ecdsa-sha2-nistp256', 'nistp256', offCurve), 'damaged'],
    ['another curve', line('ecdsa-sha2-nistp256', 'nistp384', point), 'damaged'],
    [
      'an even modulus',
      line('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.concat([Buffer.from([1]), Buffer.alloc(256)])),
      'damaged',
    ],
    ['a negative modulus', line('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(256, 0xff)), 'damaged'],
    ['ten kilobytes', `${sshKeys.ed25519} ${'x'.repeat(20_000)}`, 'too_long'],
  ];
  test.each(refused)('%s is refused', (_what, typed, problem) => expect(problemOf(typed)).toBe(problem));
});

describe('GPG keys', () => {
  test('say whose they are, their fingerprint and their end', () => {
    expect(readPublicKey(`hello\n${gpgKeys.ed25519}`).kind).toBe('refused');
    expect(readPublicKey(`${gpgKeys.ed25519.replaceAll('\n', '\r\n')}\r\n`)).toMatchObject({
      kind: 'read',
      key: {
        kind: 'gpg',
        type: 'EdDSA',
        fingerprint: gpgFingerprint,
        userIds: ['Jana Nováková <jana@example.cz>'],
        endsAt: '2030-01-01T12:00:00.000Z',
      },
    });
    const endless = readPublicKey(gpgKeys.rsa2048);
    expect(endless).toMatchObject({ kind: 'read', key: { type: 'RSA', bits: 2048 } });
    expect(endless.kind === 'read' && endless.key).not.toHaveProperty('endsAt');
  });

  test('are kept without what was written around them', () => {
    const commented = gpgKeys.ed25519.replace(
      'BLOCK-----\n',
      'BLOCK-----\nComment: <script>alert(1)</script>\n',
    );
    const read = readPublicKey(commented);
    expect(read.kind === 'read' && read.key.text.trim()).toBe(gpgKeys.ed25519);
  });

  const bytes = openArmor(gpgKeys.ed25519)!;
  const changed = (change: (bytes: Buffer) => void): string => {
    const copy = Buffer.from(bytes);
    change(copy);
    return armor(copy);
  };
  const refused: readonly [string, string, string][] = [
    ['a short RSA key', gpgKeys.rsa1024, 'weak_rsa'],
    ['a revoked key', gpgKeys.revoked, 'revoked'],
    ['a wrong checksum', gpgKeys.ed25519.replace('=5H0N', '=5H0M'), 'damaged'],
    ['a secret key behind the armor of a public one', changed((copy) => (copy[0] = 0x94)), 'private_key'],
    ['version 3', changed((copy) => (copy[2] = 3)), 'old_key'],
    ['two keys in one block', armor(Buffer.concat([bytes, bytes])), 'several_keys'],
    ['a key cut off', armor(bytes.subarray(0, -3)), 'damaged'],
    ['a signed message', '-----BEGIN PGP SIGNED MESSAGE-----\n\nhello', 'damaged'],
  ];
  test.each(refused)('%s is refused', (_what, typed, problem) => expect(problemOf(typed)).toBe(problem));

  test('whatever bytes are in the armor, it is a key or a refusal', () => {
    assert(
      property(array(tuple(nat(bytes.length - 1), nat(255)), { maxLength: 4 }), (edits) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of edits) copy[at] = value;
        expect(['read', 'refused']).toContain(readPublicKey(armor(copy)).kind);
      }),
      { numRuns: 300 },
    );
  });
});

test('a private key is known as one in every dress', () => {
  const { privateFile } = makeSshKey('x');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'pem' });
  for (const typed of [
    privateFile,
    privateFile.split('\n').slice(1, -2).join(''),
    ` ${privateFile.toLowerCase()}`,
    `${sshKeys.ed25519}\n${privateFile}`,
    pem('pkcs1'),
    pem('pkcs8'),
    'PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none',
    '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ',
    '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----',
  ])
    expect(problemOf(typed)).toBe('private_key');
});

test('a pair made here is one: the private part belongs to the public one', () => {
  const { publicLine, privateFile } = makeSshKey('Notebook Jany');
  expect(readPublicKey(publicLine)).toMatchObject({ kind: 'read', key: { comment: 'Notebook Jany' } });
  const [begin, ...rest] = privateFile.trim().split('\n');
  expect([begin, rest.pop()]).toEqual([
    '-----BEGIN OPENSSH PRIVATE KEY-----',
    '-----END OPENSSH PRIVATE KEY-----',
  ]);
  const file = Buffer.from(rest.join(''), 'base64');
  const blob = blobOf(publicLine);
  const at = file.lastIndexOf(blob.subarray(-32)) - 32;
  const d = file.subarray(at, at + 32).toString('base64url');
  const x = blob.subarray(-32).toString('base64url');
  const key = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d, x }, format: 'jwk' });
  expect(key.export({ format: 'jwk' })).toMatchObject({ d, x });
  // Filled up to blocks of eight, and as long as it says.
  expect(file.toString('latin1', 0, 15)).toBe('openssh-key-v1\0');
  expect(file.readUInt32BE(file.indexOf(blob) + blob.length) % 8).toBe(0);
});
