// Who our mails come from when nobody has said: the brand, at the host of the issuer.

import { isIP } from 'node:net';
import type { Mailbox } from '../lib/mailbox.ts';
import type { Config } from './options.ts';

type Given = Pick<Config, 'issuer' | 'brandName' | 'mailFrom' | 'mailFromSecurity'>;

/** The domain of Message-IDs and of senders that were not configured: the issuer's host; an address has no mail. */
export function mailDomain({ issuer }: Pick<Config, 'issuer'>): string {
  const host = new URL(issuer).hostname;
  return isIP(host.replace(/^\[|\]$/g, '')) === 0 ? host : 'localhost';
}

/** The sender of each kind of mail (S60): security mails from a no-reply address, account mails from the company's. */
export function mailSenders(config: Given): { readonly account: Mailbox; readonly security: Mailbox } {
  const name = config.brandName.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  const at = (local: string): Mailbox => ({ name, address: `${local}@${mailDomain(config)}` });
  return {
    account: config.mailFrom ?? at('info'),
    security: config.mailFromSecurity ?? at('no-reply'),
  };
}
