// Letters: to the address on file, in the person's language, and never in the way of what was done.

import { expect, test } from 'vitest';
import { createLetters, type MailText } from '../../src/domain/letters.ts';
import { silentLog, type Facts } from '../../src/lib/log.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import { manualClock, memoryStore, newAccount } from '../support/rules.ts';

const clock = manualClock();
const compose: MailText = (name, locale, props) => ({
  subject: `${name} ${locale}`,
  text: JSON.stringify(props),
  html: '',
});

async function setUp(send?: () => Promise<void>) {
  const mails: Mail[] = [];
  const lines: [Facts, string][] = [];
  const letters = createLetters({
    mailer: { send: send ?? ((mail) => Promise.resolve(void mails.push(mail))) },
    compose,
    issuer: 'https://id.example.cz',
    fallback: 'en',
    log: { ...silentLog, error: (facts, message) => void lines.push([facts, message]) },
  });
  const store = await memoryStore(clock);
  const account = (fields: { locale?: 'cs' | 'en'; login?: string; name?: string }) =>
    newAccount(store, clock, { email: 'eva@example.cz', ...fields });
  return { letters, mails, lines, account };
}

test('a letter goes to the address on file and speaks the language of the account, else the one of the house', async () => {
  const { letters, mails, account } = await setUp();
  const eva = await account({ locale: 'cs', login: 'eva', name: 'Eva Malá' });
  await letters.send(eva, 'security', 'password-changed', { when: 1 });
  const { locale: _locale, login: _login, name: _name, ...doc } = eva.doc;
  await letters.send({ ...eva, doc }, 'account', 'set-password', {});
  expect(mails).toEqual([
    {
      kind: 'security',
      to: 'eva@example.cz',
      subject: 'password-changed cs',
      text: JSON.stringify({ name: 'Eva Malá', login: 'eva', when: 1 }),
      html: '',
    },
    {
      kind: 'account',
      to: 'eva@example.cz',
      subject: 'set-password en',
      text: JSON.stringify({ name: 'eva@example.cz', login: 'eva@example.cz' }),
      html: '',
    },
  ]);
});

test('links are built from the issuer alone (C3)', async () => {
  const { letters } = await setUp();
  expect(letters.url('/set-password/x')).toBe('https://id.example.cz/set-password/x');
});

test('a mail server that is away is logged, with the letter and the account but not its text', async () => {
  const { letters, lines, account } = await setUp(() => Promise.reject(new Error('connection refused')));
  const eva = await account({});
  await expect(
    letters.send(eva, 'account', 'set-password', { url: 'https://a-secret' }),
  ).resolves.toBeUndefined();
  expect(lines).toEqual([
    [{ account: eva.id, letter: 'set-password', error: new Error('connection refused') }, 'mail not sent'],
  ]);
});
