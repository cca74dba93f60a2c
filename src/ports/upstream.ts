// Identity providers that we ask who somebody is (MojeID, any OpenID Connect provider): two functions, begin and complete.

/** What is kept of a sign-in under way, on our side and for one use only. Nothing of it goes into a URL but `state`. */
export type UpstreamTicket = {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly maxAgeSeconds?: number;
  readonly acrValues?: readonly string[];
};

export type UpstreamDemand = {
  /** Where the browser comes back to: a path of this upstream's own, the same for begin and complete. */
  readonly redirectUri: string;
  readonly uiLocale: 'cs' | 'en';
  /** How long ago the person may have signed in there; 0: must sign in anew. Absent: no matter. */
  readonly maxAgeSeconds?: number;
  /** Levels of which the sign-in must have one, in the upstream's own exact strings. */
  readonly acrValues?: readonly string[];
  /** Levels that would be welcome, best first; who has none of them signs in all the same. */
  readonly acrPreferred?: readonly string[];
  readonly loginHint?: string;
};

export type UpstreamAddress = {
  readonly street?: string;
  readonly city?: string;
  readonly postalCode?: string;
  readonly region?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
};

/** What an upstream says of a person. Every text is bounded, NFC, trimmed and free of control characters. */
export type UpstreamProfile = {
  /** What the person is called there, for display: never a key. */
  readonly username?: string;
  readonly name?: string;
  readonly givenName?: string;
  readonly familyName?: string;
  readonly email?: string;
  /** What the upstream claims; whether that is believed is `trustsEmail`. False without an e-mail. */
  readonly emailVerified: boolean;
  /** E.164. */
  readonly phone?: string;
  readonly phoneVerified: boolean;
  readonly address?: UpstreamAddress;
  readonly company?: { readonly name?: string; readonly ico?: string; readonly dic?: string };
  readonly billingAddress?: UpstreamAddress;
};

/** Who came back. Only `issuer` and `subject` together identify (OpenID Connect Core §5.7). */
export type UpstreamIdentity = {
  readonly issuer: string;
  readonly subject: string;
  /** Ours there: under pairwise subjects another one means other subjects. */
  readonly clientId: string;
  readonly subjectType?: string;
  /** When the person signed in there, in seconds since 1970. Absent: nobody knows, so never fresh. */
  readonly authTime?: number;
  /** Level of that sign-in from the signed ID token. Absent: the lowest. It says nothing about later sign-ins. */
  readonly acr?: string;
  readonly profile: UpstreamProfile;
};

export interface Upstream {
  /**
   * Where to send the browser, and what to keep until it is back. Rejects with `UpstreamRefused` (`unavailable`) when
   * the provider does not tell where that is.
   */
  begin(demand: UpstreamDemand): Promise<{ readonly url: string; readonly ticket: UpstreamTicket }>;
  /**
   * Who came back, proved. The caller has taken the ticket by the browser's own cookie, once, and the ticket is of this
   * upstream. Rejects with `UpstreamRefused` and nothing else; then nothing of the answer holds.
   */
  complete(callbackParams: URLSearchParams, ticket: UpstreamTicket): Promise<UpstreamIdentity>;
  /** Resolves when the provider answers and its keys are there; rejects with `UpstreamRefused`. */
  check?(): Promise<void>;
}

export type UpstreamRefusal =
  /** The person turned back there, or refused to hand over their data. */
  | 'cancelled'
  /** The provider will not sign in without asking the person, or could not. */
  | 'login_required'
  | 'interaction_required'
  /** The sign-in there is older than was demanded, or its time is not told. */
  | 'not_fresh'
  /** The sign-in there has none of the levels demanded. */
  | 'level_unmet'
  /** The answer is forged, damaged, of another sign-in or of another provider. */
  | 'invalid'
  /** The provider does not answer, answers with an error, or not as it should. */
  | 'unavailable';

/** Nobody is signed in. `message` is for the log: no tokens, no codes, nothing personal. */
export class UpstreamRefused extends Error {
  override readonly name = 'UpstreamRefused';
  readonly reason: UpstreamRefusal;
  constructor(reason: UpstreamRefusal, detail: string = reason) {
    super(detail);
    this.reason = reason;
  }
}

export type UpstreamKind = 'oidc' | 'mojeid';

/** An upstream of the configuration. */
export type ConfiguredUpstream = {
  /** `[a-z0-9-]{1,32}`, unique: its callback path, its place in the history. */
  readonly name: string;
  readonly kind: UpstreamKind;
  /** What people call it. */
  readonly label: string;
  /** Half of the key of its links. */
  readonly issuer: string;
  /** A disabled one is refused everywhere, at the callback too; its links stay. */
  readonly enabled: boolean;
  /** Whether its `emailVerified: true` stands for a verification of ours. */
  readonly trustsEmail: boolean;
  /** Levels after which no second factor of ours is asked, compared exactly. */
  readonly levelsEnough: readonly string[];
  /** Levels that clients may ask us for, each with those of this upstream that fulfil it, compared exactly. */
  readonly levels: Readonly<Record<string, readonly string[]>>;
  /** Whether people are asked at sign-in, too, which is right where it says something new of them. */
  readonly comparesAtSignIn: boolean;
  /** Its page for signing out there, to be offered and never opened by itself. */
  readonly logoutUrl?: string;
  /** Its logo, at an address of ours. */
  readonly logoUrl?: string;
  readonly upstream: Upstream;
};
