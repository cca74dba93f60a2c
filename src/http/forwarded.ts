// The two list headers by which proxies hand on addresses, read into one list: nearest the client first.
// An entry that is no address is `undefined`; a header that is malformed as a whole gives no list.

import { isIP } from 'node:net';
import { normaliseAddress } from '../lib/address.ts';

export type Hops = readonly (string | undefined)[];

/** `X-Forwarded-For`. Ports (`192.0.2.7:443`, `[2001:db8::1]:443`) are read only where the proxy writes them. */
export const readForwardedFor = (value: string, allowPorts: boolean): Hops =>
  value.split(',').map((entry) => {
    const text = entry.replace(/^[ \t]+|(?<![ \t])[ \t]+$/g, '');
    return normaliseAddress(text) ?? (allowPorts ? addressOfNode(text) : undefined);
  });

/**
 * `Forwarded` (RFC 7239 §4): the `for` of every element. `unknown`, `_hidden` and a missing `for` are entries
 * without an address; a syntax error or a repeated parameter spoils the header.
 */
export function readForwarded(value: string): Hops | undefined {
  const hops: (string | undefined)[] = [];
  let parameters = new Map<string, string>();
  const pair = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:([!#$%&'*+.^_`|~\w-]+)|"((?:[^"\\]|\\.)*)")[ \t]*([;,]|$)/y;
  while (pair.lastIndex < value.length) {
    const [, name = '', token, quoted, separator] = pair.exec(value) ?? [];
    if (separator === undefined || parameters.has(name.toLowerCase())) return undefined;
    parameters.set(name.toLowerCase(), token ?? quoted!.replace(/\\(.)/g, '$1'));
    if (separator !== ';') {
      hops.push(addressOfNode(parameters.get('for') ?? ''));
      parameters = new Map();
    }
  }
  return value === '' || /[;,][ \t]*$/.test(value) ? undefined : hops;
}

/** The address of an RFC 7239 §6 node: IPv6 only in brackets, a port or obscured port allowed. */
function addressOfNode(node: string): string | undefined {
  const [, v6, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(node) ?? [];
  if (v6 !== undefined) return isIP(v6) === 6 ? normaliseAddress(v6) : undefined;
  return v4 === undefined ? undefined : normaliseAddress(v4);
}
