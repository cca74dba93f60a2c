// What docs/security-model.md says, held against the code: numbers, keys, ways in.

import { describe, expect, test } from 'vitest';
import { options } from '../src/config/options.ts';
import { TRIED_FOR } from '../src/domain/limits/backoff.ts';
import { CONFIRMATION_SECONDS, MOST_MAILS } from '../src/domain/sign-ins/confirmations.ts';
import { GUESSES_TOLD, MOST_FAILED_PASSWORDS } from '../src/domain/passwords/failed-passwords.ts';
import { lostDeviceQuota } from '../src/domain/factors/lost-device.ts';
import { linkLives } from '../src/domain/one-time-links.ts';
import { KEPT } from '../src/domain/messages/outbox-delivery.ts';
import { passkeyPolicies } from '../src/domain/factors/passkey-sign-in.ts';
import { MOST_PASSKEYS } from '../src/domain/factors/passkeys.ts';
import { PHONE_CODE_LIFE_SECONDS } from '../src/domain/factors/phone-codes.ts';
import { PROOF_LIFE_SECONDS } from '../src/domain/limits/proof-of-work.ts';
import { RECOVERY_CODES } from '../src/domain/factors/recovery-codes.ts';
import { guessedMailQuota, signInMailQuota } from '../src/domain/sign-ins/sign-in-recorder.ts';
import { throttledRowsQuota } from '../src/domain/sign-ins/history.ts';
import { recoveryQuotas } from '../src/domain/passwords/recovery.ts';
import { registrationQuotas } from '../src/domain/registration/registrations.ts';
import { REGISTRATION_LIFE_SECONDS } from '../src/domain/registration/stored-registration.ts';
import { RETIRED_KEPT_SECONDS } from '../src/domain/signing-keys.ts';
import { supportQuotas } from '../src/domain/support/support-requests.ts';
import { deviceQuotas } from '../src/oidc/device-quota.ts';
import { codePolicies, passwordPolicies, userCodePolicies } from '../src/domain/limits/throttle.ts';
import { STEP_SECONDS } from '../src/domain/factors/time-codes.ts';
import { ENROLMENT_LIFE_SECONDS } from '../src/domain/factors/totp.ts';
import { CHALLENGE_SECONDS } from '../src/domain/factors/webauthn-challenges.ts';
import { pipelines } from '../interactions/pipeline.ts';
import { readDoc, rowsOf } from './support/docs.ts';
import { sources } from './support/sources.ts';

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

describe('docs/security-model.md', () => {
  const text = readDoc('docs/security-model.md');
  const rows = rowsOf(text);

  test('A36: has a row for every counter of the throttle, with its numbers and what can be done to others with it', () => {
    const policies = {
      ...passwordPolicies,
      ...codePolicies,
      'passkey network': passkeyPolicies.network,
      'passkey wide': passkeyPolicies.wide,
      'user code browser': userCodePolicies.browser,
      'user code network': userCodePolicies.network,
      'user code wide': userCodePolicies.wide,
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

  test('A37: lists every way in, with what it proves', () => {
    const named = { password: 'password', passkey: 'passkey', upstream: 'identity at an upstream' };
    const [identify] = pipelines.login;
    expect(Object.keys(named)).toEqual([...identify!.anyOf]);
    for (const step of Object.values(named))
      expect(rows.find(([first]) => first === step)?.map((cell) => cell.length > 2)).toEqual([
        true,
        true,
        true,
      ]);
  });

  test('A94: lists every key that is derived from the secret, by its purpose', () => {
    const house = sources.filter(({ file }) => file.startsWith('src/') && !file.startsWith('src/demo/'));
    const purposes = house.flatMap(({ text: code }) =>
      [...code.matchAll(/(?:deriveKey\([\w.[\]!]+, |keys(?:Of|For)\()'([^']+)'/g)].map(
        ([, purpose]) => purpose!,
      ),
    );
    // The name of a secret is told to everybody.
    const keys = purposes.filter((purpose) => purpose !== 'key id');
    expect(keys).toContain('seal');
    expect(keys.length).toBeGreaterThanOrEqual(9);
    const listed = rows.filter((row) => row[1]?.includes('`VRATNY_SECRET`')).flat();
    expect(keys.filter((purpose) => !listed.some((cell) => cell.includes(`\`${purpose}\``)))).toEqual([]);
  });

  test('tells how many there may be of what is bounded by a number', () => {
    const value = (what: string) => rows.find(([first]) => first?.startsWith(what))?.[1] ?? '';
    const inTime = ({ limit, windowSeconds }: { limit: number; windowSeconds: number }) =>
      `${limit} in ${spell(windowSeconds)}`;
    expect(value('mails to a lost device')).toBe(inTime(lostDeviceQuota));
    expect(value('links to a forgotten')).toContain(`${inTime(recoveryQuotas.account)} for one account`);
    expect(value('requests for such links')).toContain(inTime(recoveryQuotas.network));
    expect(value('requests for such links')).toContain(inTime(recoveryQuotas.wide));
    expect(value('requests for such links')).toContain(inTime(recoveryQuotas.all));
    expect(value('wrong passwords in a row')).toContain(`${MOST_FAILED_PASSWORDS}`);
    expect(value('requests to support')).toContain(inTime(supportQuotas.network));
    expect(value('requests to support')).toContain(inTime(supportQuotas.wide));
    expect(value('requests to support')).toContain(inTime(supportQuotas.all));
    expect(value('mails about sign-ins')).toBe(inTime(signInMailQuota));
    expect(value('such mails only because')).toContain(inTime(guessedMailQuota));
    expect(text).toContain(`after ${GUESSES_TOLD} wrong passwords or more`);
    expect(value('throttled attempts in the history')).toContain(inTime(throttledRowsQuota));
    for (const bound of [registrationQuotas.network, registrationQuotas.wide, registrationQuotas.all])
      expect(value('registrations')).toContain(inTime(bound));
    expect(value('mails to complete')).toContain(inTime(registrationQuotas.mail));
    for (const bound of [deviceQuotas.network, deviceQuotas.wide])
      expect(value('codes for devices')).toContain(inTime(bound));
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
