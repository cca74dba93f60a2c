// Requests made of header lines as they come over the wire.

import type { IncomingMessage } from 'node:http';

export type Line = readonly [name: string, value: string];

/** A request as Node hands it over: views made from the raw lines. */
export function requestOf(
  peer: string | undefined,
  lines: readonly Line[],
  server: unknown = { address: () => ({}) },
) {
  const headersDistinct: Record<string, string[]> = {};
  for (const [name, value] of lines) (headersDistinct[name.toLowerCase()] ??= []).push(value);
  const headers = Object.fromEntries(
    Object.entries(headersDistinct).map(([name, all]) => [name, all.join(', ')]),
  );
  const req = { rawHeaders: lines.flat(), headers, headersDistinct, socket: { remoteAddress: peer, server } };
  return req as unknown as IncomingMessage;
}
