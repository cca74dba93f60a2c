// The configuration told to people: nothing secret, and the docs are what the code says.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { describeConfig, reference, template } from '../../src/config/describe.ts';
import { checkConfig, type Environment } from '../../src/config/load.ts';
import { options } from '../../src/config/options.ts';

const describeOf = (env: Environment) =>
  Object.fromEntries(describeConfig(checkConfig(env), env).map((row) => [row.variable, row]));

describe('what is in force', () => {
  test('every option is there, with where it comes from', () => {
    const env = {
      VRATNY_PORT: '4000',
      VRATNY_SESSION_LIFE: '12h',
      VRATNY_TRUSTED_PROXIES: '10.0.0.1 10.0.0.2',
    };
    const rows = describeOf(env);
    expect(Object.keys(rows)).toEqual(Object.values(options).map(({ variable }) => variable));
    expect(rows['VRATNY_PORT']).toMatchObject({ value: '4000', source: 'variable' });
    expect(rows['VRATNY_ISSUER']).toMatchObject({ value: 'http://localhost:4000', source: 'made' });
    expect(rows['VRATNY_SESSION_LIFE']).toMatchObject({ value: '12h' });
    expect(rows['VRATNY_TRUSTED_PROXIES']).toMatchObject({ value: '10.0.0.1 10.0.0.2' });
    expect(rows['VRATNY_ACCESS_TOKEN_LIFE']).toMatchObject({ value: '1h', source: 'standard' });
    expect(rows['VRATNY_DEMO']).toMatchObject({ value: 'false', source: 'made' });
  });

  test.each([
    'mongodb://vratny:hunter2@db.example.com/vratny',
    'mongodb://vratny:hun/ter2@db.example.com/vratny',
    'mongodb://vratny:p@hunter2@db1.example.com,db2.example.com/vratny?replicaSet=rs',
    'mongodb+srv://hunter2@db.example.com/vratny',
    'mongodb://db.example.com/vratny?tlsCertificateKeyFilePassword=hunter2&tls=true',
    'mongodb://db.example.com/vratny?authMechanismProperties=AWS_SESSION_TOKEN:hunter2',
  ])('credentials in %s are masked', (storage) => {
    const { value } = describeOf({ VRATNY_STORAGE: storage })['VRATNY_STORAGE']!;
    expect(value).not.toMatch(/hunter2|ter2/);
    expect(value).toMatch(/^mongodb(\+srv)?:\/\/.*example\.com/);
  });

  test('of the mail server and the gateway only what is no secret shows, and nothing where nothing is set', () => {
    const rows = describeOf({
      VRATNY_SMTP_URL: 'smtps://us:hunter2@mail.example.com',
      VRATNY_SMS_URL: 'https://sms.example.com/send?key=hunter2',
    });
    expect(rows['VRATNY_SMTP_URL']).toMatchObject({ value: expect.stringMatching(/^•+$/) as string });
    expect(rows['VRATNY_SMS_URL']).toMatchObject({ value: expect.stringMatching(/^•+$/) as string });
    expect(rows['VRATNY_SMS_TOKEN']).toMatchObject({ value: '', source: 'standard' });
    expect(describeOf({})['VRATNY_SMTP_URL']).toMatchObject({ value: '', source: 'standard' });
  });

  test('the secret never shows, not even its length', () => {
    const secrets = ['x'.repeat(32), 'y'.repeat(64)].map(
      (secret) => describeOf({ VRATNY_SECRET: secret })['VRATNY_SECRET']!.value,
    );
    expect(secrets[0]).toBe(secrets[1]);
    expect(secrets[0]).not.toMatch(/x|y/);
  });
});

describe('the template', () => {
  const parsed = (text: string) => parseEnv(text) as Record<string, string>;

  test('sets nothing as it is, and says what each option is for in lines of bounded length', () => {
    expect(parsed(template())).toEqual({});
    for (const line of template().split('\n')) expect(line.length).toBeLessThanOrEqual(200);
  });

  test('parses back to the standard configuration when every line is put in force', () => {
    const env = parsed(template().replaceAll(/^#(VRATNY_)/gm, '$1'));
    expect(new Set(Object.keys(env))).toEqual(
      new Set(Object.values(options).map(({ variable }) => variable)),
    );
    // Where each value comes from differs, of course.
    const { demo: _demo, described: _described, ...config } = checkConfig(env);
    const { demo: _standard, described: _sources, ...standard } = checkConfig({});
    expect(config).toEqual(standard);
  });
});

test('docs/configuration.md is the generated reference: `npm run docs` writes it', () => {
  const file = join(import.meta.dirname, '../../docs/configuration.md');
  expect(readFileSync(file, 'utf8')).toBe(reference());
});
