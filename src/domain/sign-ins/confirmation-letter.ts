// The letter that a sign-in waits for (S43): everything that the letter about a sign-in tells, and the link.

import type { Networks } from '../../ports/networks.ts';
import { readAgent } from '../../lib/user-agent.ts';
import type { StoredAccount } from '../accounts/accounts.ts';
import type { Confirmation } from './confirmations.ts';
import type { EndingLinks } from './ending-links.ts';
import type { Letters } from '../messages/letters.ts';

/** Sends it. The number is not in it: who answers must see the page that waits. */
export function createConfirmationLetter(parts: {
  letters: Letters;
  endingLinks: EndingLinks;
  networks: Networks;
}) {
  const { letters, endingLinks, networks } = parts;
  return async function mail(
    account: StoredAccount,
    confirmation: Confirmation,
    link: { readonly secret: string; readonly expiresAt: Date },
  ): Promise<void> {
    const { at, address = '', userAgent, clientName } = confirmation;
    const network = address === '' ? undefined : networks.find(address);
    const [logOutUrl, lockUrl] = await Promise.all([
      endingLinks.logOutUrl(account),
      endingLinks.lockUrl(account),
    ]);
    await letters.send(account, 'security', 'confirm-sign-in', {
      when: at,
      address,
      organisation: network?.organisation ?? '',
      country: network?.country ?? '',
      ...readAgent(userAgent),
      application: clientName,
      url: letters.url(`/confirm-sign-in/${link.secret}`),
      expiresAt: link.expiresAt,
      logOutUrl,
      lockUrl,
    });
  };
}
