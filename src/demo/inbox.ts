// The demo's mail and text messages: kept in storage, so that the server and commands fill one inbox.

import { timeOrderedId } from '../lib/random.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { SmsSender } from '../ports/sms.ts';
import type { Shape, Store, Stored } from '../ports/store.ts';

export type Message = {
  readonly kind: 'mail' | 'sms';
  readonly to: string;
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
  readonly at: string;
};

/** The table of the demo; it is prepared when the demo starts and not part of the product's shapes. */
export const messagesShape: Shape<Message, never> = { name: 'demo_messages' };

/** A mailer and SMS sender that keep what they are given. */
export function createInbox(store: Store): Mailer & SmsSender & { list(): Promise<Stored<Message>[]> } {
  const messages = store.collection(messagesShape);
  const keep = async (message: Omit<Message, 'at'>): Promise<void> => {
    await store.prepare([messagesShape]);
    const now = new Date();
    await messages.insert(timeOrderedId(now), { ...message, at: now.toISOString() });
  };
  return {
    send: (message) =>
      'subject' in message
        ? keep({
            kind: 'mail',
            to: message.to,
            subject: message.subject,
            text: message.text,
            html: message.html,
          })
        : keep({ kind: 'sms', to: message.to, text: message.text }),
    list: () => messages.list(undefined, { limit: 200, newestFirst: true }),
  };
}
