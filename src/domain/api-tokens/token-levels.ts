// What an API token may do: a level, which stands for scopes of the API, and never more than its person's role allows.

export const tokenLevels = ['read', 'write', 'admin'] as const;
export type TokenLevel = (typeof tokenLevels)[number];

/** The scopes of each level, separated by spaces. */
export type LevelScopes = Readonly<Record<TokenLevel, string>>;

/** The highest level that a member with this role may give a token; of roles that are not known, the lowest. */
const highestOf: Readonly<Record<string, TokenLevel>> = { owner: 'admin', manager: 'write' };

/** The levels that a member with this role may choose from. */
export const levelsFor = (role: string): readonly TokenLevel[] =>
  tokenLevels.slice(0, tokenLevels.indexOf(highestOf[role] ?? 'read') + 1);

/** What a token of this level comes to while its person has this role: a role that was lowered takes it along. */
export function levelNow(level: TokenLevel, role: string): TokenLevel {
  const allowed = levelsFor(role);
  return allowed.includes(level) ? level : allowed.at(-1)!;
}
