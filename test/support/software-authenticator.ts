// An authenticator in software: makes ES256 passkeys and signs with them, and can be told to get any field wrong
// (WebAuthn Level 3 §6). What a browser would add, it adds too.

import { generateKeyPairSync, hash, randomBytes, sign, type KeyObject } from 'node:crypto';

type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

/** CBOR as authenticators write it (RFC 8949 §4.2): whole numbers, texts, bytes, lists and maps. */
export function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  const entries = [...(value as ReadonlyMap<number | string, Cbor>)];
  return Buffer.concat([
    head(5, entries.length),
    ...entries.flatMap(([key, item]) => [cbor(key), cbor(item)]),
  ]);
}

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.of((major << 5) | size);
  if (size < 256) return Buffer.of((major << 5) | 24, size);
  return Buffer.of((major << 5) | 25, size >> 8, size & 0xff);
}

export type Flags = { up?: boolean; uv?: boolean; be?: boolean; bs?: boolean; at?: boolean };

/** What may be bent: the client data as the browser writes it, and the authenticator's own part. */
export type Bent = {
  readonly clientData?: Readonly<Record<string, unknown>>;
  readonly rpId?: string;
  readonly flags?: Flags;
  readonly counter?: number;
  readonly userHandle?: string | undefined;
  /** Of a new passkey. */
  readonly alg?: number;
  readonly fmt?: string;
  readonly attStmt?: ReadonlyMap<string, Cbor>;
  readonly credentialId?: Buffer;
  /** The id beside the attested one. */
  readonly outerId?: string;
  /** Changes a signature. */
  readonly forge?: (signature: Buffer) => Buffer;
};

const base64url = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: Buffer | string): Buffer => hash('sha256', bytes, 'buffer');

const flagByte = ({ up = true, uv = true, be = false, bs = false, at = false }: Flags): number =>
  (up ? 0x01 : 0) | (uv ? 0x04 : 0) | (be ? 0x08 : 0) | (bs ? 0x10 : 0) | (at ? 0x40 : 0);

/** One passkey and the device that holds it. */
export class SoftwareAuthenticator {
  readonly origin: string;
  readonly credentialId: Buffer;
  readonly flags: Flags;
  readonly #keys: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
  });
  counter: number;
  /** Base64url, as the account gave it when the passkey was made. */
  userHandle: string | undefined;

  constructor(origin: string, { counts = true, ...flags }: Flags & { counts?: boolean } = {}) {
    this.origin = origin;
    this.flags = flags;
    this.counter = counts ? 1 : 0;
    this.credentialId = randomBytes(32);
  }

  get id(): string {
    return base64url(this.credentialId);
  }

  #clientData(type: string, challenge: string, bent: Bent): Buffer {
    const given = { type, challenge, origin: this.origin, crossOrigin: false, ...bent.clientData };
    return Buffer.from(JSON.stringify(given));
  }

  #authenticatorData(bent: Bent, at: boolean): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(bent.counter ?? this.counter);
    const rpId = bent.rpId ?? new URL(this.origin).hostname;
    return Buffer.concat([sha256(rpId), Buffer.of(flagByte({ ...this.flags, at, ...bent.flags })), counter]);
  }

  #publicKey(alg: number): Buffer {
    const { x, y } = this.#keys.publicKey.export({ format: 'jwk' }) as { x: string; y: string };
    const coordinates = [x, y].map((part) => Buffer.from(part, 'base64url'));
    return cbor(
      new Map<number, Cbor>([
        [1, 2],
        [3, alg],
        [-1, 1],
        [-2, coordinates[0]!],
        [-3, coordinates[1]!],
      ]),
    );
  }

  sign(data: Buffer): Buffer {
    return sign('sha256', data, this.#keys.privateKey);
  }

  /** Answers creation options, as `credential` of the form. */
  create(options: string, bent: Bent = {}): string {
    const { challenge, user } = JSON.parse(options) as { challenge: string; user: { id: string } };
    this.userHandle = user.id;
    const credentialId = bent.credentialId ?? this.credentialId;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(credentialId.length);
    const attested = [Buffer.alloc(16), length, credentialId, this.#publicKey(bent.alg ?? -7)];
    const authData = Buffer.concat([this.#authenticatorData(bent, true), ...attested]);
    const clientData = this.#clientData('webauthn.create', challenge, bent);
    const selfSigned = (): ReadonlyMap<string, Cbor> =>
      new Map<string, Cbor>([
        ['alg', -7],
        ['sig', (bent.forge ?? same)(this.sign(Buffer.concat([authData, sha256(clientData)])))],
      ]);
    const attestation = new Map<string, Cbor>([
      ['fmt', bent.fmt ?? 'none'],
      ['attStmt', bent.attStmt ?? (bent.fmt === 'packed' ? selfSigned() : new Map<string, Cbor>())],
      ['authData', authData],
    ]);
    const id = bent.outerId ?? base64url(credentialId);
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        attestationObject: base64url(cbor(attestation)),
        transports: ['internal', 'hybrid'],
      },
    });
  }

  /** Answers request options, as `credential` of the form. */
  get(options: string, bent: Bent = {}): string {
    const { challenge } = JSON.parse(options) as { challenge: string };
    if (this.counter > 0) this.counter += 1;
    const authData = this.#authenticatorData(bent, false);
    const clientData = this.#clientData('webauthn.get', challenge, bent);
    const signature = (bent.forge ?? same)(this.sign(Buffer.concat([authData, sha256(clientData)])));
    const userHandle = 'userHandle' in bent ? bent.userHandle : this.userHandle;
    return JSON.stringify({
      id: bent.outerId ?? this.id,
      rawId: bent.outerId ?? this.id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authData),
        signature: base64url(signature),
        ...(userHandle === undefined ? {} : { userHandle }),
      },
    });
  }
}

const same = (signature: Buffer): Buffer => signature;
