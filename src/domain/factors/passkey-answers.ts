// What a browser answers about passkeys, read before it is believed: its shape, and the kinds of keys that we take.

import { z } from 'zod';

/** The answer does not hold. `late`: only because it came too late or twice; asking anew will help. */
export class PasskeyRefused extends Error {
  override readonly name = 'PasskeyRefused';
  readonly late: boolean;
  constructor(detail: string, options: { late?: boolean; cause?: unknown } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.late = options.late ?? false;
  }
}

/** W7: ES256, EdDSA, RS256, in the order that we like them, each with its kind of key and its curve (RFC 9053 §7). */
const keyKinds = new Map<number, readonly [kind: number, curve?: number]>([
  [-7, [2, 1]],
  [-8, [1, 6]],
  [-257, [3]],
]);
/** Their numbers in the COSE registry. */
export const algorithms = [...keyKinds.keys()];
const cose = { kind: 1, algorithm: 3, curve: -1 } as const;
const base64url = z.string().regex(/^[\w-]*$/);
const envelope = { id: base64url.min(1), rawId: base64url, type: z.literal('public-key') };
const assertion = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.nullish(),
  }),
});
const creation = z.object({
  ...envelope,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    // What a browser may invent here is only handed back to it (WebAuthn L3 §5.8.4).
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(8)
      .catch([])
      .optional(),
  }),
});
const clientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
});

export type Assertion = z.output<typeof assertion>;

function parse<T>(schema: z.ZodType<T>, text: string, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PasskeyRefused(`${what} is not what a browser sends`, { cause });
  }
}

/** An answer of `navigator.credentials.get`. Throws `PasskeyRefused`, as all that reads does. */
export const readAssertion = (text: string): Assertion => parse(assertion, text, 'the assertion');

/** An answer of `navigator.credentials.create`. */
export const readCreation = (text: string) => parse(creation, text, 'the new passkey');

/** What the browser says of the page that asked (WebAuthn L3 §5.8.1); refuses pages inside other pages (W3). */
export const readClientData = (encoded: string) =>
  parse(clientData, Buffer.from(encoded, 'base64url').toString(), 'the client data');

/** W7: whether a COSE_Key is of the kind that its algorithm wants. */
export function isKeyOfItsAlgorithm(key: ReadonlyMap<number, unknown>): boolean {
  const [kind, curve] = keyKinds.get(key.get(cose.algorithm) as number) ?? [];
  return (
    kind !== undefined &&
    key.get(cose.kind) === kind &&
    (curve === undefined || key.get(cose.curve) === curve)
  );
}
