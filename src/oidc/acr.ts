// Levels of authentication that an ID token can carry (OpenID Connect Core §2, `acr`), and who asks for which. Two are
// our own; the others are proved by an upstream alone and go by the names that the configuration gives them.

export const ONE_FACTOR = 'urn:vratny:acr:one-factor';
export const MULTI_FACTOR = 'urn:vratny:acr:multi-factor';

/** Our own levels, weakest first. */
const ownLevels: readonly string[] = [ONE_FACTOR, MULTI_FACTOR];

/** Two factors, by the `amr` of a session: its level may be one that an upstream has proved. */
export const isMultiFactor = (amr: readonly string[] | undefined): boolean => amr?.includes('mfa') === true;

type AcrClaim = {
  readonly essential?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
};

export type AskedLevels = {
  /** Two factors, where nothing better is proved. */
  readonly multiFactor: boolean;
  /** Levels that an upstream proves, as the client prefers them. */
  readonly wanted: readonly string[];
  /** Nothing else will do. */
  readonly isDemanded: boolean;
};

export type Levels = ReturnType<typeof createLevels>;

/** The levels there are, with those that `offered` upstreams prove. */
export function createLevels(offered: readonly string[]) {
  const isOwn = (value: unknown): boolean => ownLevels.includes(value as string);
  const isOffered = (value: unknown): value is string => offered.includes(value as string);
  const isKnown = (value: unknown): boolean => isOwn(value) || isOffered(value);

  /** What an upstream proves, as far as it is preferred to what we do ourselves. */
  const beforeOwn = (values: readonly unknown[]): string[] => {
    const own = values.findIndex(isOwn);
    return values.slice(0, own === -1 ? undefined : own).filter(isOffered);
  };
  const firstOwn = (values: readonly unknown[]): unknown => values.find(isOwn);

  return {
    /** For discovery: our own first. */
    all: [...ownLevels, ...offered],

    /**
     * What a request asks for: by its `acr_values` in order of preference (Core §3.1.2.1), or by `acr` in its `claims`,
     * where nothing else may do (§5.5.1.1). Levels that we do not know are passed over.
     */
    askedBy(acrParameter: unknown, claimsParameter: unknown): AskedLevels {
      const preferred = typeof acrParameter === 'string' ? acrParameter.split(' ') : [];
      const claim = acrClaim(claimsParameter);
      const claimed = [
        claim.value,
        ...(Array.isArray(claim.values) ? (claim.values as unknown[]) : []),
      ].filter(isKnown);
      const wanted = beforeOwn(claimed.length > 0 ? claimed : preferred);
      return {
        multiFactor: firstOwn(preferred) === MULTI_FACTOR || firstOwn(claimed) === MULTI_FACTOR,
        wanted,
        isDemanded: claim.essential === true && wanted.length > 0 && wanted.length === claimed.length,
      };
    },
  };
}

/** What a `claims` parameter says of `acr` in the ID token. */
function acrClaim(text: unknown): AcrClaim {
  if (typeof text !== 'string') return {};
  try {
    const claims = JSON.parse(text) as { id_token?: { acr?: AcrClaim | null } | null } | null;
    return claims?.id_token?.acr ?? {};
  } catch {
    return {};
  }
}
