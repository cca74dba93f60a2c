// What the engine asks others for: keys of clients (`jwks_uri`) and lists of their addresses (`sector_identifier_uri`),
// and notices of ended sessions, which are sent.

import { requireJsonType } from '../lib/json-answer.ts';
import type { Fetcher } from '../ports/fetcher.ts';

/** The engine's `fetch`. What it reads has to be sent as JSON: a file that somebody uploaded there is no set of keys (S-6). */
export const createEngineFetch =
  (fetcher: Fetcher) =>
  async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const target = typeof url === 'string' ? url : url instanceof URL ? url.href : url.url;
    const response = await fetcher(target, init);
    // The engine refuses every other status by itself, and of a notice that was sent it reads nothing.
    if (init?.method === 'GET' && response.status === 200) requireJsonType(response);
    return response;
  };
