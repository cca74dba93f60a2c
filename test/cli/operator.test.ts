// `operator …` and `account create --operator` as they are typed, in the real process.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

let at: Installation;
beforeAll(() => {
  at = install();
});
afterAll(() => at.remove());

test('the first owner gets a link that sets a password, gives roles, and stays an owner', async () => {
  const owner = await at.json([
    ['account', 'create', '--operator', 'owner', '--login', 'petra', '--email', 'petra@example.com'],
  ]);
  expect(owner).toMatchObject({
    operatorRoles: ['owner'],
    hasPassword: false,
    setPasswordUrl: expect.stringMatching(/\/set-password\/[\w-]{43}$/) as string,
  });
  expect(owner).not.toHaveProperty('customer');
  expect(await at.json(['operator', 'grant', 'petra', 'auditor'])).toMatchObject({
    operatorRoles: ['owner', 'auditor'],
  });
  expectRefusal(await at.run(['operator', 'revoke', 'petra', 'owner']), 2, /this is the last owner/);
  const { stdout } = await at.run(['operator', 'list']);
  expect(stdout).toMatch(/petra +petra +owner, auditor +active/);
});
