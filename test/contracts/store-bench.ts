// What the parts of the storage contract share: the kind of document, the two sides, the clock.

import type { Collection, Shape, Store } from '../../src/ports/store.ts';

export type Thing = { login?: string; email?: string; kind?: string; owner?: string; data?: unknown };
export type ThingKey = 'login' | 'email' | 'kind' | 'owner';
export type Things = Collection<Thing, ThingKey>;

export const things: Shape<Thing, ThingKey> = {
  name: 'things',
  unique: ['login', 'email'],
  index: ['kind', 'owner'],
};

/** A second way to the same data: another process or connection. It does half of every contest. */
export type Opened = { readonly store: Store; readonly rival: Store };
export type OpenForContract = (now: () => number) => Promise<Store | Opened>;

/** What the parts of the contract work with. `advance` moves the clock by milliseconds. */
export type Bench = {
  readonly things: () => Things;
  readonly rival: () => Things;
  readonly now: () => number;
  readonly advance: (milliseconds: number) => void;
  readonly store: () => Store;
};
