// Letters and text messages: to the address or number on file, in the person's language, and letters never in the way
// of what was done.

import { expect, test } from 'vitest';
import { createLetters, type MailText } from '../../../src/domain/messages/letters.ts';
import { silentLog, type Facts } from '../../../src/lib/log.ts';
import { translator } from '../../views/renderer.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

const clock = manualClock();
const compose: MailText = (name, locale, props) => ({
  subject: `${name} ${locale}`,
  text: JSON.stringify(props),
  html: '',
});

async function setUp(enqueue?: () => Promise<string>, brand = 'Hvězdný hosting') {
  const sent: [string, object][] = [];
  const lines: [Facts, string][] = [];
  const letters = createLetters({
    outbox: {
      enqueue:
        enqueue ??
        ((channel, message) => {
          sent.push([channel, message]);
          return Promise.resolve('id');
        }),
    },
    compose,
    say: (key, locale, values) => translator.translate(locale, key, { brand, ...values }),
    issuer: 'https://id.example.cz',
    fallback: 'en',
    log: { ...silentLog, error: (facts, message) => void lines.push([facts, message]) },
  });
  const store = await memoryStore(clock);
  const account = (fields: { locale?: 'cs' | 'en'; login?: string; name?: string; phone?: string }) =>
    newAccount(store, clock, { email: 'eva@example.cz', ...fields });
  return { letters, sent, lines, account };
}

test('a letter goes to the address on file and speaks the language of the account, else the one of the house', async () => {
  const { letters, sent, account } = await setUp();
  const eva = await account({ locale: 'cs', login: 'eva', name: 'Eva Malá' });
  await letters.send(eva, 'security', 'password-changed', { when: 1 });
  const { locale: _locale, login: _login, name: _name, ...doc } = eva.doc;
  await letters.send({ ...eva, doc }, 'account', 'set-password', {});
  expect(sent).toEqual([
    [
      'mail',
      {
        kind: 'security',
        to: 'eva@example.cz',
        subject: 'password-changed cs',
        text: JSON.stringify({ name: 'Eva Malá', login: 'eva', when: 1 }),
        html: '',
      },
    ],
    [
      'mail',
      {
        kind: 'account',
        to: 'eva@example.cz',
        subject: 'set-password en',
        text: JSON.stringify({ name: 'eva@example.cz', login: 'eva@example.cz' }),
        html: '',
      },
    ],
  ]);
});

test('what tells of a link is not sent when the link is over', async () => {
  const { letters, sent, account } = await setUp();
  const expiresAt = new Date('2026-11-22T12:00:00Z');
  await letters.send(await account({}), 'account', 'set-password', { url: 'https://a', expiresAt });
  expect(sent[0]![1]).toMatchObject({ expiresAt });
});

test('links are built from the issuer alone (C3)', async () => {
  const { letters } = await setUp();
  expect(letters.url('/set-password/x')).toBe('https://id.example.cz/set-password/x');
});

test('an outbox that cannot be written is logged, with the letter and the account but not its text', async () => {
  const { letters, lines, account } = await setUp(() => Promise.reject(new Error('the disk is full')));
  const eva = await account({ phone: '+420601123456' });
  await expect(
    letters.send(eva, 'account', 'set-password', { url: 'https://a-secret' }),
  ).resolves.toBeUndefined();
  expect(lines).toEqual([
    [{ account: eva.id, letter: 'set-password', error: new Error('the disk is full') }, 'mail not sent'],
  ]);
  await expect(letters.text(eva, 'code', { code: '123456' })).rejects.toThrow('the disk is full');
});

test('a text message goes to the number on file, or to the one that is to be verified', async () => {
  const { letters, sent, account } = await setUp();
  const eva = await account({ locale: 'cs', phone: '+420601123456' });
  const expiresAt = new Date('2026-11-21T12:10:00Z');
  await letters.text(eva, 'code', { code: '123456', expiresAt });
  await letters.text(eva, 'code', { code: '654321' }, '+420602000000');
  expect(sent).toEqual([
    [
      'sms',
      {
        to: '+420601123456',
        text: '123456 je vas kod pro sluzbu Hvezdny hosting. Nikomu ho nesdelujte, my se na nej nikdy neptame.',
        expiresAt,
      },
    ],
    ['sms', { to: '+420602000000', text: expect.stringContaining('654321') as string }],
  ]);
  const { phone: _phone, ...doc } = eva.doc;
  await expect(letters.text({ ...eva, doc }, 'code', { code: '1' })).rejects.toThrow(TypeError);
});

test.each(['cs', 'en'] as const)(
  'a code is one SMS in %s, however long the name of the house',
  async (locale) => {
    const { letters, sent, account } = await setUp(undefined, 'Ž'.repeat(60));
    await letters.text(await account({ locale, phone: '+420601123456' }), 'code', { code: '123456' });
    const { text } = sent[0]![1] as { text: string };
    expect(text.length).toBeLessThanOrEqual(160);
    expect(text).toMatch(/^[\n\x20-\x5a_a-z]+$/);
    expect(text).toContain('123456');
  },
);
