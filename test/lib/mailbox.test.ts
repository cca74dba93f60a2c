// Senders as operators write them.

import { expect, test } from 'vitest';
import { isPlainAddress, parseMailbox } from '../../src/lib/mailbox.ts';

test.each([
  ['info@example.com', { name: '', address: 'info@example.com' }],
  [' Hvězdný hosting <info@example.com> ', { name: 'Hvězdný hosting', address: 'info@example.com' }],
  ['"Hosting, s.r.o." <info@example.com>', { name: 'Hosting, s.r.o.', address: 'info@example.com' }],
  ['<info@localhost>', { name: '', address: 'info@localhost' }],
])('%j is a sender', (text, box) => {
  expect(parseMailbox(text)).toEqual(box);
});

test.each([
  '',
  'info',
  'Hoster <info>',
  'a@example.com, b@example.com',
  'Hoster <a@example.com> <b@example.com>',
  'Hoster\r\nBcc: x@example.com <info@example.com>',
  'Hoster <info@example.com>\n',
  'Hoster\u2028 <info@example.com>',
  'Hoster\u0000 <info@example.com>',
])('%j is none', (text) => {
  expect(parseMailbox(text)).toBeUndefined();
});

test('an address has a length that mail servers take (RFC 5321 §4.5.3.1)', () => {
  expect(isPlainAddress(`${'a'.repeat(64)}@${'b'.repeat(189)}`)).toBe(true);
  expect(isPlainAddress(`${'a'.repeat(64)}@${'b'.repeat(190)}`)).toBe(false);
});
