// Where the request under way came from, for whoever writes down what it did, however deep in the rules.

import { AsyncLocalStorage } from 'node:async_hooks';

export type RequestOrigin = {
  readonly requestId: string;
  /** Unknown when a proxy could not tell it. */
  readonly address: string | undefined;
  readonly userAgent: string;
};

/** A scope that the gate opens for each request; outside of requests, as in commands and timers, there is none. */
export function createRequestScope() {
  const storage = new AsyncLocalStorage<RequestOrigin>();
  return {
    run: <R>(origin: RequestOrigin, work: () => R): R => storage.run(origin, work),
    here: (): RequestOrigin | undefined => storage.getStore(),
  };
}

export type RequestScope = ReturnType<typeof createRequestScope>;
