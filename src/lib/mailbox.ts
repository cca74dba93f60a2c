// Mail addresses as we write to them and from them: plain ones, so that none can carry a second header or recipient.

export type Mailbox = { readonly name: string; readonly address: string };

const MOST_OCTETS = 254;
/** No quoted local parts, comments, routes or domain literals (RFC 5321 §4.1.2): nobody has them, attackers do. */
const PLAIN = /^[^\s\p{C}@<>()[\]\\,;:"]+@[^\s\p{C}@<>()[\]\\,;:"]+$/u;
const BREAKS = /[\p{C}\p{Zl}\p{Zp}]/u;

/** Whether the address names one mailbox and nothing else (A10). */
export const isPlainAddress = (address: string): boolean =>
  Buffer.byteLength(address) <= MOST_OCTETS && PLAIN.test(address);

/** Reads `Name <address>` or `address`; `undefined` when it is neither, or holds line ends or control characters. */
export function parseMailbox(text: string): Mailbox | undefined {
  if (BREAKS.test(text)) return undefined;
  const [, name = '', bracketed] = /^([^<>]*)<([^<>]*)>$/.exec(text.trim()) ?? [];
  const address = bracketed ?? text.trim();
  if (!isPlainAddress(address)) return undefined;
  return { name: name.trim().replace(/^"(.*)"$/, '$1'), address };
}
