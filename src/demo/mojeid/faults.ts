// What the simulated MojeID can do wrong, each by its switch: for everybody, or for one person.

/** Every switch, and what it does. */
// prettier-ignore
export const faults = {
  'issuer-without-slash':     'metadata: the issuer lacks its final slash',
  'id-token-other-issuer':    'ID token: another issuer',
  'id-token-other-audience':  'ID token: for another client',
  'id-token-two-audiences':   'ID token: for two clients, and no azp',
  'id-token-other-party':     'ID token: azp of another client',
  'id-token-unsigned':        'ID token: alg none',
  'id-token-hs256':           'ID token: HS256 with the client secret',
  'id-token-hs256-key':       'ID token: HS256 with the published key',
  'id-token-foreign-key':     'ID token: RS256 by a foreign key under our kid',
  'id-token-unknown-kid':     'ID token: RS256 by a key that is not published',
  'id-token-embedded-key':    'ID token: RS256 by a key in its own header',
  'id-token-other-nonce':     'ID token: another nonce',
  'id-token-no-nonce':        'ID token: no nonce',
  'id-token-expired':         'ID token: expired',
  'id-token-of-the-future':   'ID token: issued in the future',
  'id-token-no-subject':      'ID token: no subject',
  'id-token-absent':          'token: no ID token',
  'auth-time-absent':         'ID token: no auth_time',
  'auth-time-stale':          'ID token: auth_time of two hours ago, whatever was asked',
  'acr-lower':                'ID token: acr pwd, whatever was asked',
  'iss-other':                'callback: iss of another issuer',
  'iss-absent':               'callback: no iss',
  'iss-twice':                'callback: iss twice',
  'state-absent':             'callback: no state',
  'state-other':              'callback: another state',
  'code-absent':              'callback: no code',
  'token-slow':               'token: no answer for a long time',
  'token-error':              'token: 500',
  'token-html':               'token: a page instead of JSON',
  'token-redirect':           'token: a redirect',
  'userinfo-other-subject':   'userinfo: another subject',
  'userinfo-refused':         'userinfo: 401',
  'userinfo-error':           'userinfo: 500',
  'userinfo-slow':            'userinfo: no answer for a long time',
  'userinfo-huge':            'userinfo: a megabyte',
  'userinfo-html':            'userinfo: a page instead of JSON',
  'refresh-token':            'token: a refresh token that nobody asked for',
  'pkce-enforced':            'PKCE: asked for and checked; else it is ignored',
  'flags-as-words':           'claims: flags as the words true and false',
  'addresses-as-json':        'claims: whole addresses as JSON in a text',
  'pairwise':                 'subjects: another one for every client',
} as const;

export type FaultName = keyof typeof faults;

export const isFault = (name: string): name is FaultName => Object.hasOwn(faults, name);

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
