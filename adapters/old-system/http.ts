// The old system behind an operator's HTTP hook: one POST with name and password, answered with the account or a no.

import type { Fetcher } from '../../src/ports/fetcher.ts';
import type { OldSystem } from '../../src/ports/old-system.ts';

export type OldSystemHook = {
  readonly url: string;
  /** Sent as a bearer token (RFC 6750 §2.1). */
  readonly token?: string | undefined;
  /** Takes requests to this hook only. */
  readonly fetcher: Fetcher;
};

/** What says no: the password is wrong, or there is nobody of that name. */
const NO = new Set([401, 404]);

/** The old system over the hook: 200 with a JSON object is a yes, 401 and 404 are a no. */
export function createHttpOldSystem({ url, token, fetcher }: OldSystemHook): OldSystem {
  return {
    async ask(login, password) {
      const response = await fetcher(url, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ login, password }),
      });
      if (NO.has(response.status)) return undefined;
      if (response.status !== 200) throw new Error(`the old system answered ${response.status}`);
      return readObject(await response.text());
    },
  };
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own sentence would repeat a piece of the answer.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error('the old system answered with something that is no JSON object');
}
