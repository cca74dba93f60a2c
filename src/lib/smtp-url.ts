// The address of a mail server: where it is, who we are there, and whether the connection has to be encrypted.

export type SmtpServer = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (RFC 8314 §3); else STARTTLS. */
  readonly secure: boolean;
  /** Nothing is sent in the clear: without STARTTLS the connection ends. */
  readonly requireTLS: boolean;
  /** STARTTLS is not even tried: a server on this machine has a certificate that nobody vouches for. */
  readonly ignoreTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Reads `smtp://USER:PASSWORD@HOST:PORT` (587 and STARTTLS) or `smtps://…` (465). Encryption is required, but on
 * loopback or with `?requireTLS=false`. `undefined` when the text is nothing like that.
 */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '') return undefined;
  if (!['', '/'].includes(url.pathname) || url.hash !== '') return undefined;
  const wishes = [...url.searchParams];
  if (wishes.some(([name, value]) => name !== 'requireTLS' || !['true', 'false'].includes(value)))
    return undefined;
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocal = LOOPBACK.test(host);
  const wish = url.searchParams.get('requireTLS');
  let auth: SmtpServer['auth'];
  try {
    auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  } catch {
    return undefined;
  }
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && (wish === null ? !isLocal : wish === 'true'),
    ignoreTLS: !secure && wish === null && isLocal,
    ...(auth.user === '' ? {} : { auth }),
  };
}
