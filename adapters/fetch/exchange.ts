// One request over a fresh connection to an address that was chosen beforehand, and its whole answer.

import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type LookupFunction, isIP } from 'node:net';

export type Exchange = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Buffer;
  /** Where to connect; the URL's name is not looked up again. */
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  readonly maxBytes: number;
};

/**
 * Sends, and resolves with the answer once all of it is here. Rejects when the connection fails or is aborted, and
 * for a redirect, a body over the limit or an encoded one (64 KiB of gzip can be 64 MiB).
 */
export function exchange({
  url,
  method,
  headers,
  body,
  addresses,
  signal,
  maxBytes,
}: Exchange): Promise<Response> {
  return new Promise((resolve, reject) => {
    const name = url.hostname.replace(/^\[|\]$/g, '');
    const isHttps = url.protocol === 'https:';
    const options: RequestOptions & { servername?: string } = {
      method,
      hostname: name,
      port: url.port === '' ? (isHttps ? 443 : 80) : url.port,
      path: url.pathname + url.search,
      headers: {
        ...Object.fromEntries(headers),
        host: url.host,
        'accept-encoding': 'identity',
        ...((body.length > 0 || method === 'POST') && { 'content-length': body.length }),
      },
      lookup: pinned(addresses),
      // A kept connection would carry a later request past the check of addresses.
      agent: false,
      ...(isIP(name) === 0 && { servername: name.replace(/\.$/, '') }),
    };
    const request = (isHttps ? requestHttps : requestHttp)(options);
    const stop = (reason: unknown): void => {
      reject(reason);
      request.destroy();
    };
    const onAbort = (): void => stop(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    request.on('close', () => signal.removeEventListener('abort', onAbort));
    request.on('error', reject);
    request.on('response', (incoming) => {
      const complaint = complain(incoming);
      if (complaint !== undefined) return stop(new Error(complaint));
      readBody(incoming, maxBytes)
        .then((content) => resolve(toResponse(incoming, content)))
        .catch(stop);
    });
    request.end(body);
  });
}

/** A look-up that only ever gives the checked addresses. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, { all }, callback) => {
    if (all === true) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
}

function complain({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  if (statusCode >= 300 && statusCode < 400) return `answered with a redirect (${statusCode})`;
  const encoding = headers['content-encoding'];
  return encoding === undefined || encoding === 'identity' ? undefined : `answered in ${encoding}`;
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`answered with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toResponse(
  { statusCode = 0, statusMessage = '', rawHeaders }: IncomingMessage,
  content: Buffer<ArrayBuffer>,
) {
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  // A Response of these statuses must have no body (Fetch §2.2.3, null body status).
  const body = statusCode === 204 || statusCode === 205 ? null : content;
  return new Response(body, { status: statusCode, statusText: statusMessage, headers });
}
