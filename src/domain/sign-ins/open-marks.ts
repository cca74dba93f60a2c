// Marks of an open browser (S39): that an account has signed in there since it was opened. They are kept in a cookie
// that ends with the browser, and nobody but us can make one.

import { authenticate, digestsEqual } from '../../lib/digest.ts';

/** Marks made with the first key and good with any. */
export function createOpenMarks(keys: readonly Buffer[]) {
  const [current] = keys;
  if (current === undefined) throw new TypeError('marks of open browsers need a key');
  const textOf = (accountId: string, browserId: string) => `${accountId}\n${browserId}`;
  return {
    /** The mark of an account that signs in in the browser with this long-lived id. */
    make: (accountId: string, browserId: string): string =>
      authenticate(current, textOf(accountId, browserId)),
    /** Whether one of the marks is the account's, made in this browser. */
    has: (marks: readonly string[], accountId: string, browserId: string): boolean =>
      keys.some((key) => {
        const wanted = authenticate(key, textOf(accountId, browserId));
        return marks.some((mark) => digestsEqual(mark, wanted));
      }),
  };
}

export type OpenMarks = ReturnType<typeof createOpenMarks>;
