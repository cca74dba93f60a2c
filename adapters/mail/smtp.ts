// Mail by SMTP (RFC 5321): encrypted, with time limits, one message to one recipient.

import { createTransport } from 'nodemailer';
import { isPlainAddress, type Mailbox } from '../../src/lib/mailbox.ts';
import type { SmtpServer } from '../../src/lib/smtp-url.ts';
import { DeliveryFailed, PermanentFailure } from '../../src/ports/delivery.ts';
import type { Mail, Mailer, MailKind } from '../../src/ports/mailer.ts';

export type SmtpOptions = {
  readonly server: SmtpServer;
  readonly from: Readonly<Record<MailKind, Mailbox>>;
  /** The domain of our Message-IDs, and what we call ourselves to the server. */
  readonly domain: string;
};

const CONNECTIONS = 5;
const CONNECT_MILLISECONDS = 10_000;
const SILENCE_MILLISECONDS = 30_000;
/** For a whole message; shorter than the outbox waits, so that none is sent after it was given back. */
const SEND_MILLISECONDS = 50_000;
const IDLE_MILLISECONDS = 20_000;
/** Answers that are about us and not about the message: the operator can put them right. */
const OUR_FAULT = new Set([503, 530, 534, 535, 538]);

type SmtpError = {
  readonly code?: string;
  readonly originalCode?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly message?: string;
};

/** A mailer for one server. Nothing is connected before the first letter. */
export function createSmtpMailer({ server, from, domain }: SmtpOptions): Mailer {
  const transport = createTransport({
    ...server,
    pool: true,
    name: domain,
    maxConnections: CONNECTIONS,
    // Trying again is the outbox's matter: it knows how often a message was sent.
    maxRequeues: 0,
    idleTimeout: IDLE_MILLISECONDS,
    connectionTimeout: CONNECT_MILLISECONDS,
    greetingTimeout: CONNECT_MILLISECONDS,
    dnsTimeout: CONNECT_MILLISECONDS,
    socketTimeout: SILENCE_MILLISECONDS,
    // A letter is what we made it of and never a file or an address that somebody wrote into it.
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: { minVersion: 'TLSv1.2' },
  });

  return {
    async send(mail, id) {
      if (!isPlainAddress(mail.to))
        throw new PermanentFailure('the address is not one that mail can be sent to');
      const sender = from[mail.kind];
      try {
        await transport.sendMail({
          ...contentOf(mail),
          from: sender,
          to: { name: '', address: mail.to },
          envelope: { from: sender.address, to: [mail.to] },
          messageId: `<${id}@${domain}>`,
          // Nobody's out-of-office note shall answer it (RFC 3834 §5).
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
          signal: AbortSignal.timeout(SEND_MILLISECONDS),
        });
      } catch (error) {
        throw told(error as SmtpError);
      }
    },
    async check() {
      try {
        await transport.verify();
      } catch (error) {
        throw told(error as SmtpError);
      }
    },
    close() {
      transport.close({ force: true });
      return Promise.resolve();
    },
  };
}

const contentOf = ({ subject, text, html }: Mail) => ({
  subject: subject.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim(),
  text,
  html,
});

/** What the server answers may repeat what it was sent, so only its codes are kept (RFC 5321 §4.2, RFC 3463). */
function told(error: SmtpError): DeliveryFailed {
  const { code = '', originalCode, responseCode, response = '' } = error;
  if (responseCode !== undefined) {
    const [, enhanced] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response) ?? [];
    const answer = enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
    if (code === 'EAUTH') return new DeliveryFailed(`the mail server does not let us in: ${answer}`);
    if (code === 'ETLS') return new DeliveryFailed(`the mail server offers no encryption: ${answer}`);
    const aboutTheMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
    const isFinal = aboutTheMessage && responseCode >= 500 && !OUR_FAULT.has(responseCode);
    return new (isFinal ? PermanentFailure : DeliveryFailed)(`the mail server answered ${answer}`);
  }
  // Before a message is under way nothing of it can be repeated.
  const isConnecting = ['ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'ETLS', 'EDNS'].includes(code);
  const why = isConnecting ? (error.message ?? '') : '';
  const name = originalCode ?? (code === '' ? 'no reason given' : code);
  return new DeliveryFailed(`the mail server cannot be reached: ${why === '' ? name : `${name} (${why})`}`);
}
