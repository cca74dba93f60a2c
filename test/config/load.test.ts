// Every rule of reading the configuration.

import { readFileSync, statSync, writeFileSync, mkdirSync, readdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkConfig, ConfigProblems, loadConfig, type Environment } from '../../src/config/load.ts';
import { temporaryFolder } from '../support/program.ts';

const SECRET = 'a secret of at least thirty-two characters';
const production = {
  NODE_ENV: 'production',
  VRATNY_ISSUER: 'https://id.example.com',
  VRATNY_STORAGE: 'mongodb://db.example.com/vratny',
  VRATNY_SECRET: SECRET,
};

function problemsOf(env: Environment): readonly string[] {
  try {
    checkConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
}

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('reading', () => {
  test('with nothing set the demo runs on loopback, with SQLite in ./data', () => {
    expect(checkConfig({})).toMatchObject({
      demo: true,
      issuer: 'http://localhost:3000',
      host: '127.0.0.1',
      port: 3000,
      demoPort: 3001,
      storage: 'sqlite:./data/vratny.sqlite',
      production: false,
    });
  });

  test('ports and the log level leave the demo on; any other setting, and production, end it', () => {
    expect(
      checkConfig({
        VRATNY_PORT: '4000',
        VRATNY_DEMO_PORT: '4001',
        VRATNY_DEMO_MOJEID_PORT: '4002',
        VRATNY_LOG_LEVEL: 'debug',
      }),
    ).toMatchObject({
      demo: true,
      issuer: 'http://localhost:4000',
    });
    expect(checkConfig({ VRATNY_BRAND_NAME: 'Hoster' }).demo).toBe(false);
    expect(checkConfig({ VRATNY_DEMO: 'false' }).demo).toBe(false);
    expect(checkConfig({ VRATNY_DEMO: 'true', VRATNY_BRAND_NAME: 'Hoster' }).demo).toBe(true);
    expect(checkConfig(production).demo).toBe(false);
  });

  test('an empty variable counts as not set', () => {
    expect(checkConfig({ VRATNY_PORT: '', VRATNY_ISSUER: '', VRATNY_BRAND_NAME: '' })).toMatchObject({
      demo: true,
      port: 3000,
    });
  });

  test('texts become lists, numbers, seconds and objects', () => {
    const config = checkConfig({
      ...production,
      VRATNY_TRUSTED_PROXIES: '10.0.0.1, 2001:db8::/48\nunix',
      VRATNY_SESSION_LIFE: '12h',
      VRATNY_PROXY_HEADER: ' Forwarded ',
      VRATNY_RESOURCES: '{"https://api.example.com": "read write"}',
      VRATNY_PROXY_PORTS: 'true',
    });
    expect(config).toMatchObject({
      trustedProxies: ['10.0.0.1', '2001:db8::/48', 'unix'],
      sessionLife: 43_200,
      proxyHeader: 'forwarded',
      resources: { 'https://api.example.com': 'read write' },
      proxyPorts: true,
    });
  });

  test.each([
    ['VRATNY_PORT', '0', 'must be between 1 and 65535'],
    ['VRATNY_PORT', '80.5', 'must be a whole number'],
    ['VRATNY_ISSUER', 'id.example.com', 'must be an http or https URL, such as https://'],
    ['VRATNY_ISSUER', 'https://id.example.com/', 'must be an origin without a path'],
    ['VRATNY_ISSUER', 'https://id.example.com/auth', 'must be an origin without a path'],
    ['VRATNY_STORAGE', 'postgres://db/x', 'must be sqlite:PATH or mongodb://HOST/DATABASE'],
    ['VRATNY_TRUSTED_PROXIES', '10.0.0.0/33', 'must be addresses, CIDR ranges or the word unix'],
    ['VRATNY_FETCH_ALLOW', 'localhost', 'must be addresses or CIDR ranges'],
    ['VRATNY_PROXY_HEADER', 'x forwarded', 'must be the name of a header'],
    ['VRATNY_RESOURCES', 'read', 'must be JSON'],
    ['VRATNY_RESOURCES', '{"https://api.example.com": 1}', 'scopes must be texts'],
    ['VRATNY_RESOURCES', '{"api": "read"}', 'names must be absolute URIs'],
    ['VRATNY_SMTP_URL', 'mail.example.com', 'must be like smtp://'],
    ['VRATNY_SMTP_URL', 'smtp://mail.example.com?tls.rejectUnauthorized=false', 'must be like smtp://'],
    ['VRATNY_MAIL_FROM', 'Hoster', 'must be one address'],
    ['VRATNY_MAIL_FROM', 'a@example.com, b@example.com', 'must be one address'],
    ['VRATNY_MAIL_FROM', 'Hoster <a@example.com>\r\nBcc: b@example.com', 'must be one address'],
    ['VRATNY_MAIL_FROM_SECURITY', 'a@example.com\nBcc: b@example.com', 'must be one address'],
    ['VRATNY_SMS_URL', 'sms://gateway', 'must be an http or https URL'],
    ['VRATNY_SMS_TOKEN', 'a\r\nX-Header: b', 'must be printable ASCII without spaces'],
    ['VRATNY_SMS_FORMAT', 'xml', 'must be one of json, form'],
    ['VRATNY_SMS_FIELDS', 'to', 'must be two field names'],
    ['VRATNY_SMS_FIELDS', 'to,to', 'must be two different names'],
    ['VRATNY_BRAND_NAME', 'x'.repeat(61), 'must be at most 60 characters'],
    ['VRATNY_BRAND_NAME', '  ', 'must not be empty'],
    ['VRATNY_BRAND_ACCENT', 'green', 'must be a colour like #0a6b5c'],
    ['VRATNY_LOCALE', 'de', 'must be one of cs, en'],
    ['VRATNY_HASH_PROFILE', 'md5', 'must be one of argon2id, pbkdf2-sha512, legacy'],
    ['VRATNY_SESSION_LIFE', '14', 'must be a number with a unit'],
    ['VRATNY_SESSION_LIFE', '0s', 'must be between'],
    ['VRATNY_ACCESS_TOKEN_LIFE', '15d', 'must be between 1s and 14d'],
    ['VRATNY_PROXY_PORTS', 'yes', 'must be true or false'],
    ['VRATNY_SECRET', 'short', 'must be at least 32 characters'],
    ['VRATNY_SECRET', ' , ', 'must not be empty'],
  ])('%s=%s is refused by its name', (variable, value, sentence) => {
    const problems = problemsOf({ [variable]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${variable} ${sentence}`);
  });
});

describe('telling', () => {
  test('all problems are told at once', () => {
    const error = (() => {
      try {
        return checkConfig({ VRATNY_PORT: 'x', VRATNY_LOCALE: 'de', VRATNY_ISSUR: 'y', VRATNY_SECRET: 'z' });
      } catch (thrown) {
        return thrown as ConfigProblems;
      }
    })() as ConfigProblems;
    expect(error.problems).toHaveLength(4);
    expect(error.message.split('\n')).toHaveLength(5);
    expect(error.message).toContain('\n  - VRATNY_ISSUR is not an option: did you mean VRATNY_ISSUER?');
  });

  test('a value is never repeated, as it may be a secret in the wrong place', () => {
    for (const variable of [
      'VRATNY_PORT',
      'VRATNY_LOCALE',
      'VRATNY_STORAGE',
      'VRATNY_RESOURCES',
      'VRATNY_SECRET',
    ])
      expect(problemsOf({ [variable]: 'hunter2' }).join()).not.toContain('hunter2');
  });

  test.each([
    ['VRATNY_SECRETS', 'VRATNY_SECRET'],
    ['VRATNY_SECRET_FIL', 'VRATNY_SECRET_FILE'],
    ['VRATNY_ISSUER_FILE', 'VRATNY_ISSUER'],
    ['VRATNY_TRUSTED_PROXY', 'VRATNY_TRUSTED_PROXIES'],
    ['VRATNY_', 'VRATNY_PORT'],
  ])('%s is unknown, and %s is near', (typed, near) => {
    expect(problemsOf({ [typed]: '' }).join()).toContain(`${typed} is not an option: did you mean VRATNY_`);
    if (typed !== 'VRATNY_') expect(problemsOf({ [typed]: '' }).join()).toContain(`did you mean ${near}?`);
  });

  test('other names are none of its business', () => {
    expect(problemsOf({ HOME: '/', VRATNYX: '1', vratny_port: 'x' })).toEqual([]);
  });
});

describe('secrets in files', () => {
  test('VRATNY_SECRET_FILE and VRATNY_STORAGE_FILE name files that hold the value', () => {
    const [secret, storage] = [join(folder.path, 'secret'), join(folder.path, 'storage')];
    writeFileSync(secret, `${SECRET}\n${SECRET} of before\n`);
    writeFileSync(storage, 'sqlite:/var/lib/vratny/db.sqlite\n');
    expect(checkConfig({ VRATNY_SECRET_FILE: secret, VRATNY_STORAGE_FILE: storage })).toMatchObject({
      secrets: [SECRET, `${SECRET} of before`],
      storage: 'sqlite:/var/lib/vratny/db.sqlite',
      demo: false,
    });
  });

  test('a file that is away, or an empty one, is told by the variable', () => {
    const empty = join(folder.path, 'empty');
    writeFileSync(empty, '\n');
    expect(problemsOf({ VRATNY_SECRET_FILE: join(folder.path, 'none') }).join()).toMatch(
      /^VRATNY_SECRET_FILE cannot be read: ENOENT/,
    );
    expect(problemsOf({ ...production, VRATNY_SECRET: '', VRATNY_SECRET_FILE: empty })).toEqual([
      'VRATNY_SECRET must not be empty',
    ]);
  });

  test('a variable beside its file is refused: nobody could tell which one holds', () => {
    const file = join(folder.path, 'secret');
    writeFileSync(file, SECRET);
    expect(problemsOf({ VRATNY_SECRET: SECRET, VRATNY_SECRET_FILE: file })).toEqual([
      'VRATNY_SECRET and VRATNY_SECRET_FILE are both set: keep one',
    ]);
  });

  test('files that are named and cannot be read are told before anything starts', () => {
    const problems = problemsOf({
      VRATNY_CLIENTS_FILE: join(folder.path, 'clients.json'),
      VRATNY_BRAND_LOGO: join(folder.path, 'logo.svg'),
    });
    expect(problems.map((problem) => problem.split(':', 1)[0])).toEqual([
      'VRATNY_CLIENTS_FILE cannot be read',
      'VRATNY_BRAND_LOGO cannot be read',
    ]);
  });
});

describe('production', () => {
  test('a complete configuration passes', () => {
    expect(problemsOf(production)).toEqual([]);
    expect(problemsOf({ ...production, VRATNY_ISSUER: 'http://127.0.0.1:3000' })).toEqual([]);
  });

  test('with nothing set it lists issuer, storage and secret', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual([
      'VRATNY_ISSUER is required in production',
      'VRATNY_STORAGE is required in production',
      'VRATNY_SECRET (or VRATNY_SECRET_FILE) is required in production',
    ]);
  });

  test.each([
    [{ VRATNY_ISSUER: 'http://id.example.com' }, 'VRATNY_ISSUER must be https in production'],
    [{ VRATNY_ISSUER: 'http://localhost.example.com' }, 'VRATNY_ISSUER must be https in production'],
    [{ VRATNY_DEMO: 'true' }, 'VRATNY_DEMO must not be true in production'],
    [{ VRATNY_STORAGE: 'sqlite::memory:' }, 'VRATNY_STORAGE must not be in memory in production'],
    [{ VRATNY_TRUSTED_PROXIES: '0.0.0.0/0' }, 'VRATNY_TRUSTED_PROXIES must not trust a range wider'],
    [{ VRATNY_TRUSTED_PROXIES: '10.0.0.1,::/0' }, 'VRATNY_TRUSTED_PROXIES must not trust a range wider'],
    [{ VRATNY_SECRET: '' }, 'VRATNY_SECRET (or VRATNY_SECRET_FILE) is required in production'],
  ])('%o is refused', (change, sentence) => {
    const problems = problemsOf({ ...production, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(sentence);
  });
});

describe('the kept secret', () => {
  const storageIn = (path: string) => `sqlite:${join(path, 'sub/vratny.sqlite')}`;

  test('is made once beside the data, for its owner only, and nothing else is left there', () => {
    const env = { VRATNY_STORAGE: storageIn(folder.path) };
    const [secret] = loadConfig(env).secrets;
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(loadConfig(env).secrets).toEqual([secret]);
    const place = join(folder.path, 'sub');
    expect(readdirSync(place)).toEqual(['secret']);
    expect(statSync(join(place, 'secret')).mode & 0o777).toBe(0o600);
    expect(statSync(place).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(place, 'secret'), 'utf8')).toBe(`${secret}\n`);
  });

  test('is not made by a mere check, in production, or for a database in memory', () => {
    checkConfig({ VRATNY_STORAGE: storageIn(folder.path) });
    loadConfig({ ...production, VRATNY_STORAGE: storageIn(folder.path) });
    const [one] = loadConfig({ VRATNY_STORAGE: 'sqlite::memory:' }).secrets;
    expect(loadConfig({ VRATNY_STORAGE: 'sqlite::memory:' }).secrets).not.toEqual([one]);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('that is damaged is told, and never replaced: what it sealed could not be opened any more', () => {
    mkdirSync(join(folder.path, 'sub'));
    writeFileSync(join(folder.path, 'sub/secret'), '');
    expect(() => loadConfig({ VRATNY_STORAGE: storageIn(folder.path) })).toThrow(
      /VRATNY_SECRET is not set, and none can be kept.*does not hold a secret/,
    );
    expect(readFileSync(join(folder.path, 'sub/secret'), 'utf8')).toBe('');
  });

  test('that cannot be kept is told', () => {
    writeFileSync(join(folder.path, 'sub'), 'a file where the folder should be');
    expect(() => loadConfig({ VRATNY_STORAGE: storageIn(folder.path) })).toThrow(
      /VRATNY_SECRET is not set, and none can be kept beside the data: ENOTDIR/,
    );
  });

  test('is the same for processes that start at once', async () => {
    const module = join(import.meta.dirname, '../../src/config/load.ts');
    const code = `import { loadConfig } from ${JSON.stringify(module)};
      process.stdin.once('data', () => {
        process.stdout.write(loadConfig({ VRATNY_STORAGE: process.argv[1] }).secrets[0]);
        process.stdin.destroy();
      });
      process.stderr.write('ready');`;
    const children = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', code, storageIn(folder.path)]),
    );
    await Promise.all(children.map((child) => new Promise((resolve) => child.stderr.once('data', resolve))));
    for (const child of children) child.stdin.write('go');
    const secrets = await Promise.all(children.map((child) => text(child.stdout)));
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[\w-]{43}$/);
  });
});
