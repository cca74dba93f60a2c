// What the documentation says, held against the code where that can be done.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../src/cli/output.ts';
import { options } from '../src/config/options.ts';
import { delays, TRIED_FOR } from '../src/domain/limits/backoff.ts';
import { CONFIRMATION_SECONDS, MOST_MAILS } from '../src/domain/sign-ins/confirmations.ts';
import { MOST_FAILED_PASSWORDS } from '../src/domain/passwords/failed-passwords.ts';
import { lostDeviceQuota } from '../src/domain/factors/lost-device.ts';
import { linkLives } from '../src/domain/one-time-links.ts';
import { KEPT } from '../src/domain/messages/outbox-delivery.ts';
import { passkeyPolicies } from '../src/domain/factors/passkey-sign-in.ts';
import { MOST_PASSKEYS } from '../src/domain/factors/passkeys.ts';
import { PHONE_CODE_LIFE_SECONDS } from '../src/domain/factors/phone-codes.ts';
import { PROOF_LIFE_SECONDS } from '../src/domain/limits/proof-of-work.ts';
import { RECOVERY_CODES } from '../src/domain/factors/recovery-codes.ts';
import { signInMailQuota } from '../src/domain/sign-ins/sign-in-recorder.ts';
import { throttledRowsQuota } from '../src/domain/sign-ins/history.ts';
import { recoveryQuotas } from '../src/domain/passwords/recovery.ts';
import { REGISTRATION_LIFE_SECONDS, registrationQuotas } from '../src/domain/registration/registrations.ts';
import { RETIRED_KEPT_SECONDS } from '../src/domain/signing-keys.ts';
import { supportQuotas } from '../src/domain/support/support-requests.ts';
import { codePolicies, passwordPolicies } from '../src/domain/limits/throttle.ts';
import { STEP_SECONDS } from '../src/domain/factors/time-codes.ts';
import { ENROLMENT_LIFE_SECONDS } from '../src/domain/factors/totp.ts';
import { CHALLENGE_SECONDS } from '../src/domain/factors/webauthn-challenges.ts';

const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...[
    'adding-things',
    'api',
    'api-tokens',
    'command-line',
    'configuration',
    'cookbook',
    'operations',
    'security-model',
  ].map((n) => `docs/${n}.md`),
  'docs/guide.cs.md',
  'docs/guide.en.md',
];

/** The cells of every table row of a page. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

const spell = (seconds: number): string => {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ] as const;
  const [unit, size] = units.find(
    ([, size]) => seconds % size === 0 && (size < 86_400 || seconds > size),
  ) ?? ['s', 1];
  return `${seconds / size} ${unit}`;
};

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('leads only to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    expect(links.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
  });

  test('names only options, commands and files that exist', () => {
    const known: string[] = Object.values(options).flatMap(({ variable }) => [variable, `${variable}_FILE`]);
    const named = [...text.matchAll(/VRATNY_[A-Z0-9_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
    const files = [...text.matchAll(/`((?:src|interactions|adapters|views|test|docs|bench)\/[\w./-]+)`/g)];
    expect(files.map(([, file]) => file!).filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

describe('docs/security-model.md', () => {
  const rows = rowsOf(read('docs/security-model.md'));

  test('has a row for every counter of the throttle, with its numbers and what can be done to others with it', () => {
    const policies = {
      ...passwordPolicies,
      ...codePolicies,
      'passkey network': passkeyPolicies.network,
      'passkey wide': passkeyPolicies.wide,
    };
    for (const [name, policy] of Object.entries(policies)) {
      const row = rows.find(([first]) => first === `\`${name}\``);
      expect(row?.slice(2, 5)).toEqual([
        String(policy.free),
        spell(policy.longestDelaySeconds),
        spell(policy.forgetAfterSeconds),
      ]);
      expect(row?.[5]?.length).toBeGreaterThan(20);
    }
  });

  test('tells how many there may be of what is bounded by a number', () => {
    const value = (what: string) => rows.find(([first]) => first?.startsWith(what))?.[1] ?? '';
    const inTime = ({ limit, windowSeconds }: { limit: number; windowSeconds: number }) =>
      `${limit} in ${spell(windowSeconds)}`;
    expect(value('mails to a lost device')).toBe(inTime(lostDeviceQuota));
    expect(value('links to a forgotten')).toContain(`${inTime(recoveryQuotas.account)} for one account`);
    expect(value('requests for such links')).toContain(inTime(recoveryQuotas.network));
    expect(value('requests for such links')).toContain(inTime(recoveryQuotas.all));
    expect(value('wrong passwords in a row')).toContain(`${MOST_FAILED_PASSWORDS}`);
    expect(value('requests to support')).toContain(inTime(supportQuotas.network));
    expect(value('requests to support')).toContain(inTime(supportQuotas.wide));
    expect(value('requests to support')).toContain(inTime(supportQuotas.all));
    expect(value('mails about sign-ins')).toBe(inTime(signInMailQuota));
    expect(value('throttled attempts in the history')).toContain(inTime(throttledRowsQuota));
    for (const bound of [registrationQuotas.network, registrationQuotas.wide, registrationQuotas.all])
      expect(value('registrations')).toContain(inTime(bound));
    expect(value('mails to complete')).toContain(inTime(registrationQuotas.mail));
    expect(value('mails to confirm')).toContain(`${MOST_MAILS} for one sign-in`);
    expect(value('passkeys')).toBe(`${MOST_PASSKEYS}`);
    expect(value('recovery codes')).toBe(`${RECOVERY_CODES}`);
    expect(value('trusted addresses')).toBe(options.addressListMax.standard);
  });

  test('tells the life-times that hold without any setting', () => {
    const value = (what: string) => rows.find(([first]) => first?.startsWith(what))?.[1] ?? '';
    const inWords = (text = '') =>
      text.replace(/^(\d+)([a-z]+)$/, (_, n: string, u: string) => `${n} ${u === 'm' ? 'min' : u}`);
    const lives: Record<string, number> = {
      'link for a forgotten': linkLives.recover,
      'link for a lost device': linkLives['lost-device'],
      'link that verifies': linkLives['verify-email'],
      'links that end': linkLives['logout-all'],
      'link that confirms': CONFIRMATION_SECONDS,
      registration: REGISTRATION_LIFE_SECONDS,
      'code of the app': STEP_SECONDS,
      'key of the app, shown': ENROLMENT_LIFE_SECONDS,
      'code in a text message': PHONE_CODE_LIFE_SECONDS,
      'question to a passkey': CHALLENGE_SECONDS,
      'proof of work': PROOF_LIFE_SECONDS,
      'message in the outbox': TRIED_FOR / 1000,
    };
    for (const [what, seconds] of Object.entries(lives)) expect(value(what)).toContain(spell(seconds));
    expect(linkLives['not-me']).toBe(linkLives['logout-all']);
    expect(value('message in the outbox')).toContain(spell(KEPT / 1000));
    expect(value('login history')).toContain(inWords(options.historyLife.standard));
    expect(value('known places')).toContain(inWords(options.historyLife.standard));
    expect(value('access token')).toBe(inWords(options.accessTokenLife.standard));
    expect(value('client-credentials')).toBe(inWords(options.clientTokenLife.standard));
    expect(value('refresh token')).toContain(inWords(options.refreshTokenLife.standard));
    expect(value('refresh token')).toContain(inWords(options.refreshTokenMax.standard));
    expect(value('session')).toContain(inWords(options.sessionLife.standard));
    expect(value('session')).toContain(inWords(options.sessionMax.standard));
    expect(value('sign-in under way')).toBe(inWords(options.interactionLife.standard));
    expect(value('link that sets')).toContain(spell(linkLives['set-password']));
    expect(value('retired signing key')).toContain(spell(RETIRED_KEPT_SECONDS));
  });
});

describe('docs/operations.md', () => {
  test('tells when a message is tried again', () => {
    expect(delays.map((milliseconds) => milliseconds / 1000)).toEqual([10, 60, 300, 900, 3600]);
    const text = read('docs/operations.md').replaceAll(/\s+/g, ' ');
    expect(text).toContain('after 10 seconds, 1, 5 and 15 minutes, 1 hour and then hourly for 24 hours');
  });
});

describe('the guides', () => {
  const words = (text: string) =>
    text
      .replaceAll(/[\s\u00a0]+/g, ' ')
      .trim()
      .replace(/:$/, '');
  const textsOf = (value: unknown): string[] =>
    typeof value === 'string'
      ? [words(value.replaceAll(/\{\{.*?\}\}/g, '…'))]
      : Object.values(value as object).flatMap(textsOf);

  test.each(['en', 'cs'])(
    'S82: docs/guide.%s.md calls pages and buttons what they are called there',
    (locale) => {
      const texts = new Set(textsOf(JSON.parse(read(`views/locales/${locale}.json`))));
      const named = [...read(`docs/guide.${locale}.md`).matchAll(/\*\*(.+?)\*\*/gs)].map(([, name]) =>
        words(name!),
      );
      expect(named.length).toBeGreaterThan(60);
      expect(named.filter((name) => !texts.has(name))).toEqual([]);
    },
  );

  test('S82: have the same parts in both languages', () => {
    const shapeOf = (locale: string) =>
      [...read(`docs/guide.${locale}.md`).matchAll(/^(#+|-|\d\.) /gm)].map(([, mark]) => mark);
    expect(shapeOf('cs')).toEqual(shapeOf('en'));
  });
});

describe('docs/command-line.md', () => {
  const text = read('docs/command-line.md');

  test('lists every exit code', () => {
    const codes = rowsOf(text).map(([first]) => first);
    for (const code of Object.values(exitCodes)) expect(codes).toContain(String(code));
  });

  test('names every verb and every option of the command line', () => {
    const sources = [
      'account',
      'client',
      'config',
      'doctor',
      'keys',
      'mail',
      'outbox',
      'run',
      'storage',
      'support',
      'upstream',
    ].map((name) => read(`src/cli/${name}.ts`));
    const flags = sources.flatMap((source) =>
      [...source.matchAll(/'(--[a-z][a-z-]*)[ ']/g)].map(([, flag]) => flag!),
    );
    expect(flags.length).toBeGreaterThan(30);
    expect(flags.filter((flag) => !text.includes(flag))).toEqual([]);
    const verbs = sources.flatMap((source) =>
      [...source.matchAll(/(?:\.command\(|one\(|verb\()\s*'([a-z-]+)/g)].map(([, verb]) => verb!),
    );
    expect(verbs.length).toBeGreaterThan(15);
    expect(verbs.filter((verb) => !new RegExp(`\\b${verb}\\b`).test(text))).toEqual([]);
  });
});
