// The upstreams of the configuration, by name. One that is switched off is nowhere to be found: not for a button, and
// not at the callback of a sign-in that began before (CVE-2025-64717).

import type { ConfiguredUpstream } from '../../ports/upstream.ts';

/** What pages show of an upstream. */
export type UpstreamFace = Pick<ConfiguredUpstream, 'name' | 'label' | 'kind' | 'logoUrl'>;

const faceOf = ({ name, label, kind, logoUrl }: ConfiguredUpstream): UpstreamFace => ({
  name,
  label,
  kind,
  ...(logoUrl === undefined ? {} : { logoUrl }),
});

/** A page of an upstream on which people sign out of it. */
export type WayOut = { readonly label: string; readonly url: string };

/** What an upstream calls these levels of ours, as they are preferred. */
export const theirLevels = (
  { levels }: Pick<ConfiguredUpstream, 'levels'>,
  ours: readonly string[],
): string[] => [...new Set(ours.flatMap((level) => (Object.hasOwn(levels, level) ? levels[level]! : [])))];

/** What a sign-in with this level there proves here; nothing without one. */
export const ourLevels = (
  { levels }: Pick<ConfiguredUpstream, 'levels'>,
  acr: string | undefined,
): string[] =>
  acr === undefined
    ? []
    : Object.entries(levels).flatMap(([level, theirs]) => (theirs.includes(acr) ? [level] : []));

/** Upstreams by name; `isOff`: an operator has switched it off. */
export function createUpstreams(
  configured: readonly ConfiguredUpstream[],
  isOff: (name: string) => boolean = () => false,
) {
  const enabled = () => configured.filter((upstream) => upstream.enabled && !isOff(upstream.name));
  return {
    /** Those that may be used, in the order of the configuration. */
    faces: (): UpstreamFace[] => enabled().map(faceOf),
    /** Those that prove one of these levels. */
    proving: (levels: readonly string[]): UpstreamFace[] =>
      enabled()
        .filter((upstream) => theirLevels(upstream, levels).length > 0)
        .map(faceOf),
    /** Every level that one of them proves, when it is not switched off. */
    levels: (): string[] => [
      ...new Set(
        configured.filter((upstream) => upstream.enabled).flatMap(({ levels }) => Object.keys(levels)),
      ),
    ],
    /** Where people sign out of one, to be offered; `undefined` where it has no such page. */
    wayOut: (name: string | undefined): WayOut | undefined => {
      const { label, logoutUrl: url } = enabled().find((upstream) => upstream.name === name) ?? {};
      return label === undefined || url === undefined ? undefined : { label, url };
    },
    /** One that may be used. */
    find: (name: string): ConfiguredUpstream | undefined =>
      enabled().find((upstream) => upstream.name === name),
    /** Whether people can sign in with what is linked at this issuer. */
    isUsable: ({ issuer }: { readonly issuer: string }): boolean =>
      enabled().some((upstream) => upstream.issuer === issuer),
    /**
     * What the upstream of a link is called now: an operator may have given its issuer another name. One that the
     * configuration does not know any more has the name of then, but not that of another one.
     */
    nameOf: ({ issuer, upstream }: { readonly issuer: string; readonly upstream: string }): string =>
      configured.find((known) => known.issuer === issuer)?.name ??
      (configured.some(({ name }) => name === upstream) ? `${upstream}-former` : upstream),
    /** What people call it, also when it may not be used, or is no longer there. */
    labelOf: (name: string): string => configured.find((upstream) => upstream.name === name)?.label ?? name,
  };
}

export type Upstreams = ReturnType<typeof createUpstreams>;
