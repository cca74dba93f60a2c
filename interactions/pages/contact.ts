// Confirming an address as a contact of a customer by a mailed link (S25). GET shows the question, POST answers it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Contacts } from '../../src/domain/customers/contacts.ts';
import type { Cookies } from '../../src/http/cookies.ts';
import type { Csrf } from '../../src/http/csrf.ts';
import type { Pages } from '../../src/http/pages.ts';
import { createMailedLink } from '../mailed-link.ts';

/** GET and POST /contact/:secret */
export function createContactPage(parts: { contacts: Contacts; pages: Pages; cookies: Cookies; csrf: Csrf }) {
  const { contacts } = parts;
  const template = 'pages/contact.njk';
  const link = createMailedLink('contact', parts);

  /** Unknown, used and old links look alike. */
  const showOver = (req: IncomingMessage, res: ServerResponse): void =>
    link.show(req, res, { template, status: 410, props: { kind: 'over' } });

  return {
    async show(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const contact = await contacts.peek(secret);
      if (!contact) return showOver(req, res);
      return link.ask(req, res, secret, { template, props: { kind: 'ask', contact } });
    },

    async submit(req: IncomingMessage, res: ServerResponse, secret: string): Promise<void> {
      const form = await link.read(req, res, secret);
      const isWanted = form['answer'] !== 'no';
      if (!(await contacts.answer(secret, isWanted))) return showOver(req, res);
      return link.show(req, res, { template, props: { kind: isWanted ? 'done' : 'refused' } });
    },
  };
}

export type ContactPage = ReturnType<typeof createContactPage>;
