// What the simulated MojeID can do wrong, each by its switch: for everybody, or for one person.

/** Every switch; what it does is told by its locale key under `demo.mojeid.fault`. */
export const faultNames = [
  'issuer-without-slash',
  'id-token-other-issuer',
  'id-token-other-audience',
  'id-token-two-audiences',
  'id-token-other-party',
  'id-token-unsigned',
  'id-token-hs256',
  'id-token-hs256-key',
  'id-token-foreign-key',
  'id-token-unknown-kid',
  'id-token-embedded-key',
  'id-token-other-nonce',
  'id-token-no-nonce',
  'id-token-expired',
  'id-token-of-the-future',
  'id-token-no-subject',
  'id-token-absent',
  'auth-time-absent',
  'auth-time-stale',
  'acr-lower',
  'iss-other',
  'iss-absent',
  'iss-twice',
  'state-absent',
  'state-other',
  'code-absent',
  'token-slow',
  'token-error',
  'token-html',
  'token-redirect',
  'userinfo-other-subject',
  'userinfo-refused',
  'userinfo-error',
  'userinfo-slow',
  'userinfo-huge',
  'userinfo-html',
  'refresh-token',
  'pkce-enforced',
  'flags-as-words',
  'addresses-as-json',
  'pairwise',
] as const;

export type FaultName = (typeof faultNames)[number];

export const isFault = (name: string): name is FaultName => faultNames.includes(name as FaultName);

const EVERYBODY = '*';

/** The switches that are on. */
export function createFaults() {
  const on = new Map<string, ReadonlySet<FaultName>>();
  return {
    /** Turns these on, and all others off, for everybody or for one person. */
    set(names: readonly FaultName[], person: string = EVERYBODY): void {
      on.set(person, new Set(names));
    },
    clear: (): void => on.clear(),
    /** Whether it is on for everybody, or for this person. */
    has: (name: FaultName, person?: string): boolean =>
      on.get(EVERYBODY)?.has(name) === true || (person !== undefined && on.get(person)?.has(name) === true),
    /** Those that are on for everybody, or for one person only. */
    list: (person: string = EVERYBODY): FaultName[] => [...(on.get(person) ?? [])],
  };
}

export type Faults = ReturnType<typeof createFaults>;
