// Requests we make to addresses that others chose (a client's jwks_uri): checked before a connection is opened.

/**
 * Like `fetch`, for https URLs of public addresses: the name is resolved once, every address is checked against the
 * special-use ranges, and the connection goes to a checked one. No redirects, a time limit, a size limit.
 * Rejects with `FetchRefused` before any connection is made, or with an `Error` when the request fails.
 */
export type Fetcher = (url: string, init?: RequestInit) => Promise<Response>;

/** The target is not one we talk to. The message is for the operator's log, never for the caller. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
}
