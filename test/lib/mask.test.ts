// What is shown of an address or a number: enough for its owner, too little for anybody else.

import { expect, test } from 'vitest';
import { maskEmail, maskPhone } from '../../src/lib/mask.ts';

test.each([
  ['jana.novakova@example.cz', 'j•••@e•••.cz'],
  ['a@b.co', 'a•••@b•••.co'],
  ['žofie@účetnictví.example', 'ž•••@ú•••.example'],
  ['😀x@mail.example.org', '😀•••@m•••.org'],
  ['"odd@local"@example.com', '"•••@e•••.com'],
  ['root@localhost', 'r•••@l•••'],
])('%s is shown as %s', (email, shown) => {
  expect(maskEmail(email)).toBe(shown);
});

test.each([
  ['+420601234123', '+420 ••• ••• 123'],
  ['+421905123456', '+421 ••• ••• 456'],
  ['+4915112345678', '+••• ••• 678'],
])('%s is shown as %s', (phone, shown) => {
  expect(maskPhone(phone)).toBe(shown.replaceAll(' ', '\u00a0'));
});
