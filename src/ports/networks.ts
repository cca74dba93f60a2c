// Whose network an address is in: an operator's local database, or nothing. Nobody is asked over the net.

/** What is known of a network. */
export type NetworkName = {
  /** Who runs it, such as an internet provider. */
  readonly organisation?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
};

export type Networks = {
  /** What is known of the network of an address; `undefined` when nothing is. Never throws. */
  find(address: string): NetworkName | undefined;
};
