// Where data of a person or a customer come from: which upstream has said them, and when they were taken over.

/** What an item was taken from. */
export type ItemSource = { readonly upstream: string; readonly at: string };
export type Sources = Readonly<Record<string, ItemSource>>;

/** The fields of an account behind each item that can be taken over. */
const accountItems = {
  name: ['name', 'givenName', 'familyName'],
  phone: ['phone'],
  address: ['address'],
} as const;

/** Sources without those whose items say something else now. */
export function withoutChanged(
  sources: Sources | undefined,
  isChanged: (item: string) => boolean,
): Sources | undefined {
  if (sources === undefined) return undefined;
  const kept = Object.entries(sources).filter(([item]) => !isChanged(item));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** The sources of an account after a change that did not take anything over. */
export function keptSources<T extends { readonly sources?: Sources | undefined }>(
  before: T,
  after: T,
): Sources | undefined {
  return withoutChanged(before.sources, (item) =>
    (Object.hasOwn(accountItems, item) ? accountItems[item as keyof typeof accountItems] : []).some(
      (field) => JSON.stringify(before[field as keyof T]) !== JSON.stringify(after[field as keyof T]),
    ),
  );
}
