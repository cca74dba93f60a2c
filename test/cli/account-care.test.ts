// What operators do for people on the command line, in the real process: the same acts as in the console.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCore } from '../../src/core.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createConsents } from '../../src/domain/clients/consents.ts';
import { silentLog } from '../../src/lib/log.ts';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

type Account = Record<string, unknown> & { readonly id: string };
type Entry = { readonly action: string };

let at: Installation;
let id: string;
beforeAll(async () => {
  at = install();
  const email = ['--email', 'eva@example.cz'];
  const made = await at.json<Account>(['account', 'create', '--name', 'Eva Křížová', email]);
  id = made.id;
});
afterAll(() => at.remove());

const lastOf = async (action: string): Promise<Entry | undefined> =>
  (await at.json<Entry[]>(['audit', 'list', '--account', id])).find((entry) => entry.action === action);

test('account change sets what is named and takes away what is empty; the rest stays', async () => {
  const names = ['--login', 'eva.krizova', '--phone', '+420 601 123 456', '--given-name', 'Eva'];
  const changed = await at.json<Account>(['account', 'change', 'eva@example.cz', names]);
  expect(changed).toMatchObject({
    login: 'eva.krizova',
    phone: '+420601123456',
    phoneVerified: false,
    givenName: 'Eva',
    name: 'Eva Křížová',
  });
  const less = await at.json<Account>(['account', 'change', id, '--login', '', '--locale', 'en']);
  expect(less).not.toHaveProperty('login');
  expect(less).toMatchObject({ givenName: 'Eva', locale: 'en' });
  expect(await lastOf('account.changed')).toMatchObject({
    after: { login: null, fields: ['locale', 'login'] },
  });

  expectRefusal(await at.run(['account', 'change', id]), 2, /say what to change: --name, --given-name/);
  expectRefusal(await at.run(['account', 'change', id, '--phone', '601']), 2, /--phone.*international/);
  expectRefusal(await at.run(['account', 'change', id, '--locale', 'de']), 2, /--locale.*cs or en/);
  expectRefusal(await at.run(['account', 'change', 'nobody', '--name', 'X']), 3, 'no account nobody');
});

test('account verify takes what is on file for theirs, with a reason that is kept', async () => {
  const reason = ['--reason', 'called back on the number in the contract'];
  const verified = await at.json<Account>(['account', 'verify', id, '--email', '--phone', reason]);
  expect(verified).toMatchObject({ emailVerified: true, phoneVerified: true });
  expect(await lastOf('account.verified')).toMatchObject({ reason: reason[1] });
  expectRefusal(await at.run(['account', 'verify', id, reason]), 2, /say what you have verified/);
  expectRefusal(await at.run(['account', 'verify', id, '--email', '--reason', ' ']), 2, '--reason');
});

test('account change-email asks the new address by mail, and says so where no mail goes out', async () => {
  const line = ['account', 'change-email', id, '--reason', 'seen in the shop'];
  expectRefusal(await at.run([...line, '--email', 'new@example.cz']), 2, 'no mail server is configured');
  expectRefusal(await at.run([...line, '--email', 'nothing']), 2, /--email.*is not an e-mail address/);
});

test('sessions and consents are listed and ended', async () => {
  const core = await createCore(loadConfig(at.env), silentLog);
  const consents = createConsents(core.store, core.clock, core.endings);
  await consents.allow(id, 'recipes', { scopes: ['openid', 'email'], claims: [], resources: {} });
  await core.close();

  expect(await at.json(['account', 'consents', id])).toMatchObject([
    { clientId: 'recipes', scopes: ['openid', 'email'] },
  ]);
  expect(await at.json(['account', 'withdraw-consent', id, 'recipes'])).toEqual({
    accountId: id,
    clientId: 'recipes',
  });
  expect(await lastOf('consent.withdrawn')).toMatchObject({ clientId: 'recipes' });
  expectRefusal(
    await at.run(['account', 'withdraw-consent', id, 'recipes']),
    3,
    'this account allows the client nothing',
  );

  expect(await at.json(['account', 'sessions', id])).toEqual([]);
  expectRefusal(await at.run(['account', 'end-session', id, 'x']), 3, 'no such session of this account');
  expect(await at.json(['account', 'sign-out', id])).toEqual({ id });
  expect(await lastOf('account.signed_out_everywhere')).toBeDefined();
});
