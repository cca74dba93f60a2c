// The k-anonymity range API of Pwned Passwords, or a mirror of it: it learns the first five digits of a hash, which
// some hundred thousands of passwords share, and answers with the rest of all that it knows of.

import type { BreachedPasswords } from '../../src/ports/breached-passwords.ts';
import type { Fetcher } from '../../src/ports/fetcher.ts';
import { sha1 } from './sha1.ts';

const PREFIX_DIGITS = 5;

/** A list behind `<url>/<five digits>`; the fetcher brings the time limit. */
export function createRangeApi({ url, fetcher }: { url: string; fetcher: Fetcher }): BreachedPasswords {
  const base = url.endsWith('/') ? url : `${url}/`;
  return {
    name: new URL(url).host,
    async has(password) {
      const hash = sha1(password);
      const [prefix, rest] = [hash.slice(0, PREFIX_DIGITS), hash.slice(PREFIX_DIGITS)];
      // Padded, so that who sees the length of the answer does not learn which range it is.
      const answer = await fetcher(`${base}${prefix}`, { headers: { 'Add-Padding': 'true' } });
      if (answer.status !== 200) throw new Error(`the list answered ${answer.status}`);
      const lines = (await answer.text()).toUpperCase().split(/\r?\n/);
      return lines.some((line) => {
        const [suffix, count = ''] = line.split(':');
        // Padding counts nought.
        return suffix === rest && Number(count) > 0;
      });
    },
  };
}
