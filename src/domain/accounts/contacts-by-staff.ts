// What staff or a program has set or taken for verified, of the two ways in which a person is reached: it proves nobody
// yet. Else one operator could lead mail and text messages to themselves, and take the second factor off with them.

import type { Account, AccountChange } from './accounts.ts';

export type Contact = 'email' | 'phone';

/** When each was last set or verified by somebody else than its person; ISO 8601, UTC. */
export type ContactsByStaff = { readonly [C in Contact]?: string };

/** The change that notes it, for the write that sets or verifies them. */
export const notedContacts = (
  { contactsByStaff }: Account,
  contacts: readonly Contact[],
  now: Date,
): AccountChange =>
  contacts.length === 0
    ? {}
    : {
        contactsByStaff: {
          ...contactsByStaff,
          ...Object.fromEntries(contacts.map((contact) => [contact, now.toISOString()])),
        },
      };

/** The change that forgets it: the person has proved that it is theirs, after all their proofs. */
export function provedContact({ contactsByStaff }: Account, contact: Contact): AccountChange {
  if (contactsByStaff === undefined) return {};
  const left = Object.entries(contactsByStaff).filter(([name]) => name !== contact);
  return { contactsByStaff: left.length === 0 ? undefined : Object.fromEntries(left) };
}

/** Whether either came from staff less than so many seconds ago. */
export const isContactByStaff = (
  { contactsByStaff = {} }: Account,
  now: Date,
  waitSeconds: number,
): boolean =>
  Object.values(contactsByStaff).some((at) => Date.parse(at) + waitSeconds * 1000 > now.getTime());
