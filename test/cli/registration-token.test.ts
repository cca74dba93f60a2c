// `registration-token …`, `account search` and `customer search` as an operator types them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

let at: Installation;
beforeAll(() => {
  at = install({ VRATNY_CLIENT_REGISTRATION: '{"partners": {"hosts": ["partner.example"]}}' });
});
afterAll(() => at.remove());

test('a token is printed once, listed without itself, and taken back', async () => {
  const made = await at.json<{ id: string; token: string; usesLeft: number }>([
    ['registration-token', 'create', '--policy', 'partners', '--uses', '3', '--note', 'a partner'],
  ]);
  expect(made).toMatchObject({ usesLeft: 3, token: expect.stringMatching(/^vratny_iat_/) as string });
  const listed = await at.json<object[]>([['registration-token', 'list']]);
  expect(listed).toMatchObject([{ id: made.id, note: 'a partner' }]);
  expect(JSON.stringify(listed)).not.toContain(made.token);
  await at.json([['registration-token', 'revoke', made.id]]);
  expect(await at.json([['registration-token', 'list']])).toEqual([]);
  expectRefusal(await at.run([['registration-token', 'revoke', made.id]]), 3, 'no registration token');
  expectRefusal(await at.run([['registration-token', 'create', '--policy', 'x']]), 2, 'no policy x');
});

test('people and firms are found by the beginning of a name', async () => {
  await at.json([
    ['account', 'create', '--email', 'eva@example.cz', '--name', 'Eva Říhová', '--phone', '+420601123456'],
    ['--company', 'Hvězda s.r.o.'],
  ]);
  for (const text of ['riho', 'eva@', '601 123'])
    expect(await at.json([['account', 'search', text]])).toMatchObject([{ email: 'eva@example.cz' }]);
  expect(await at.json([['customer', 'search', 'hvezda']])).toMatchObject([{ name: 'Hvězda s.r.o.' }]);
  expect(await at.json([['account', 'search', 'nobody']])).toEqual([]);
  expectRefusal(await at.run([['account', 'search', 'eva', '--after', 'x']]), 2, '--after');
});
