// What an upstream says of a person beside what their account says (mojeid.md: the person decides, item by item).
// Billing data of a customer are none of these: nothing here changes an invoice.

import type { UpstreamProfile } from '../../ports/upstream.ts';
import type { Account, AccountChange, PostalAddress } from '../accounts/accounts.ts';

/** What can be taken over; each a locale key under `account.differences.item`. */
export const differenceItems = ['name', 'phone', 'address'] as const;
export type DifferenceItem = (typeof differenceItems)[number];

export type Difference = {
  readonly item: DifferenceItem;
  /** Empty where there is nothing. */
  readonly local: string;
  readonly theirs: string;
  /** A verified phone guards the account: another one is verified first, on its own page. */
  readonly canTake: boolean;
};

/** Where an item of an account was taken from. */
export type ItemSource = { readonly upstream: string; readonly at: string };

const nameOf = ({
  givenName = '',
  familyName = '',
  name,
}: Pick<Account, 'givenName' | 'familyName' | 'name'>): string =>
  `${givenName} ${familyName}`.trim() || (name ?? '');

const shownAddress = ({ street, postalCode, city, region, country }: PostalAddress = {}): string =>
  [street, [postalCode, city].filter(Boolean).join(' '), region, country].filter(Boolean).join(', ');

/** What differs; what the upstream does not say does not. */
export function differencesOf(account: Account, profile: UpstreamProfile): Difference[] {
  const hasVerifiedPhone = account.phone !== undefined && account.phoneVerified === true;
  const all: Difference[] = [
    { item: 'name', local: nameOf(account), theirs: nameOf(profile), canTake: true },
    { item: 'phone', local: account.phone ?? '', theirs: profile.phone ?? '', canTake: !hasVerifiedPhone },
    {
      item: 'address',
      local: shownAddress(account.address),
      theirs: shownAddress(profile.address),
      canTake: true,
    },
  ];
  return all.filter(({ local, theirs }) => theirs !== '' && theirs !== local);
}

/** The change that takes these items over, with where they come from; of those that differ and may be taken. */
export function takenItems(
  account: Account,
  profile: UpstreamProfile,
  wanted: readonly string[],
  source: ItemSource,
): { readonly change: AccountChange; readonly items: readonly DifferenceItem[] } {
  const items = differencesOf(account, profile)
    .filter(({ item, canTake }) => canTake && wanted.includes(item))
    .map(({ item }) => item);
  const { givenName, familyName, phone, address } = profile;
  const change: AccountChange = {
    ...(items.includes('name')
      ? {
          name: nameOf(profile),
          ...(givenName === undefined ? {} : { givenName }),
          ...(familyName === undefined ? {} : { familyName }),
        }
      : {}),
    // Whoever it reaches is yet to be proved here.
    ...(items.includes('phone') && phone !== undefined ? { phone, phoneVerified: false } : {}),
    ...(items.includes('address') && address !== undefined ? { address } : {}),
    ...(items.length === 0
      ? {}
      : { sources: { ...account.sources, ...Object.fromEntries(items.map((item) => [item, source])) } }),
  };
  return { change, items };
}
