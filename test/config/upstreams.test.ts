// The file of upstreams and MojeID's short options: every problem by its name, and no value of theirs in a message.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkConfig, type Environment } from '../../src/config/load.ts';
import { readUpstreamsFile } from '../../src/config/upstreams.ts';
import { createConfiguredUpstreams } from '../../src/configured-upstreams.ts';
import { silentLog } from '../../src/lib/log.ts';
import { readConfiguredFiles } from '../../src/outside.ts';
import { temporaryFolder } from '../support/program.ts';
import { testClock } from '../support/world.ts';

const good = {
  name: 'corp',
  kind: 'oidc',
  issuer: 'https://login.example.com/realm/',
  client_id: 'vratny',
  client_secret: 'hunter2',
};
const production = { readFile: () => 'hunter2\n', production: true };
const problemOf = (entries: unknown, context = production): string => {
  try {
    readUpstreamsFile(typeof entries === 'string' ? entries : JSON.stringify(entries), context);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the file', () => {
  test('keeps the issuer as it is written, and reads the secret from where it is', () => {
    const { client_secret: _secret, ...rest } = good;
    const [one, two] = readUpstreamsFile(
      JSON.stringify([
        good,
        { ...rest, name: 'b', issuer: 'https://b.example', client_secret_file: '/run/b' },
      ]),
      production,
    );
    expect(one).toEqual(good);
    expect(two).toMatchObject({ issuer: 'https://b.example', client_secret: 'hunter2' });
    expect(two).not.toHaveProperty('client_secret_file');
  });

  test.each([
    ['{', 'is not JSON'],
    ['{}', 'must hold an array of upstreams'],
    [[{ ...good, name: 'Corp' }], 'upstream Corp: name must be 1 to 32 of a-z, 0-9 and -'],
    [[{ ...good, kind: 'saml' }], 'upstream corp: kind must be oidc or mojeid'],
    [[{ ...good, issuer: 'http://login.example.com' }], 'upstream corp: issuer must be https'],
    [[{ ...good, issuer: 'http://127.0.0.1:3002/oidc/' }], 'upstream corp: issuer must be https'],
    [[{ ...good, issuer: 'https://login.example.com/?a' }], 'upstream corp: issuer must have no query'],
    [
      [{ ...good, client_secret_file: '/x' }],
      'needs one of client_secret, client_secret_file and client_key_file',
    ],
    [
      [{ ...good, client_secret: undefined }],
      'needs one of client_secret, client_secret_file and client_key_file',
    ],
    [[{ ...good, id_token_signed_response_alg: 'none' }], 'id_token_signed_response_alg must be one of'],
    [[{ ...good, id_token_signed_response_alg: 'HS256' }], 'id_token_signed_response_alg must be one of'],
    [[{ ...good, token_endpoint_auth_method: 'none' }], 'token_endpoint_auth_method must be one of'],
    [
      [{ ...good, levels: { 'urn:vratny:acr:multi-factor': ['x'] } }],
      'must be called without spaces, and by none of our own',
    ],
    [[{ ...good, levels: { gold: 'au' } }], 'must be a list of texts'],
    [
      [{ ...good, token_endpoint_auth_method: 'private_key_jwt' }],
      'has a client_key_file for private_key_jwt',
    ],
    [
      [
        {
          ...good,
          client_secret: undefined,
          client_key_file: '/x',
          token_endpoint_auth_method: 'private_key_jwt',
        },
      ],
      'client_key_file is no private key in PEM',
    ],
    [[{ ...good, scopes: ['openid', 'offline_access'] }], 'scopes must have openid, and not offline_access'],
    [[{ ...good, scopes: ['email'] }], 'scopes must have openid'],
    [[{ ...good, scope: 'openid' }], 'has unknown fields: scope'],
    [[good, { ...good, issuer: 'https://other.example' }], 'upstream corp: is there twice'],
    [[good, { ...good, name: 'two' }], 'upstream two: has the issuer of another one'],
    [[null], 'upstream number 1: it'],
  ])('%j is refused', (entries, sentence) => {
    const problem = problemOf(entries);
    expect(problem).toContain(sentence);
    expect(problem).not.toContain('hunter2');
  });

  test('all problems are told at once', () => {
    const problem = problemOf([
      { ...good, kind: 'saml' },
      { ...good, name: '' },
    ]);
    expect(problem.split('; ')).toHaveLength(2);
  });

  test('a simulator on this machine is for trying things out only', () => {
    const local = [{ ...good, issuer: 'http://127.0.0.1:3002/oidc/' }];
    expect(problemOf(local, { ...production, production: false })).toBe('');
    expect(
      problemOf([{ ...good, issuer: 'http://10.0.0.1/' }], { ...production, production: false }),
    ).toContain('issuer must be https');
  });
});

describe('the list', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const listOf = (env: Environment) => createConfiguredUpstreams(checkConfig(env), silentLog, testClock);
  const mojeid = { VRATNY_MOJEID_CLIENT_ID: 'id', VRATNY_MOJEID_CLIENT_SECRET: 'hunter2' };
  const fileOf = (entries: unknown) => {
    const file = join(folder.path, 'upstreams.json');
    writeFileSync(file, JSON.stringify(entries));
    return { VRATNY_UPSTREAMS_FILE: file };
  };

  test('MojeID needs no more than a client id and a secret', () => {
    expect(listOf({})).toEqual([]);
    expect(listOf(mojeid)).toMatchObject([
      {
        name: 'mojeid',
        kind: 'mojeid',
        label: 'MojeID',
        issuer: 'https://mojeid.cz/oidc/',
        enabled: true,
        trustsEmail: true,
        levelsEnough: [],
        comparesAtSignIn: false,
        // Who is known at high is known at substantial.
        levels: {
          'http://eidas.europa.eu/LoA/substantial': [
            'http://eidas.europa.eu/LoA/substantial',
            'http://eidas.europa.eu/LoA/high',
          ],
          'http://eidas.europa.eu/LoA/high': ['http://eidas.europa.eu/LoA/high'],
        },
        logoutUrl: 'https://mojeid.cz/logout/',
      },
    ]);
    expect(
      listOf({
        ...mojeid,
        VRATNY_MOJEID_ISSUER: 'https://mojeid.regtest.nic.cz/oidc/',
        VRATNY_MOJEID_LEVELS_ENOUGH: 'http://eidas.europa.eu/LoA/high phr',
        VRATNY_MOJEID_COMPARE: 'true',
      }),
    ).toMatchObject([
      {
        logoutUrl: 'https://mojeid.regtest.nic.cz/logout/',
        levelsEnough: ['http://eidas.europa.eu/LoA/high', 'phr'],
        comparesAtSignIn: true,
      },
    ]);
  });

  test('others stand in the file, beside MojeID, and trust nothing by themselves', () => {
    const entries = [
      { ...good, label: 'Corporate', enabled: false },
      { ...good, name: 'b', issuer: 'https://b.example', levels: { gold: ['au'] } },
    ];
    expect(listOf({ ...mojeid, ...fileOf(entries) })).toMatchObject([
      { name: 'corp', label: 'Corporate', enabled: false, trustsEmail: false, levelsEnough: [] },
      { name: 'b', label: 'b', enabled: true, trustsEmail: false, levels: { gold: ['au'] } },
      { name: 'mojeid' },
    ]);
  });

  test.each([
    [{ VRATNY_MOJEID_CLIENT_ID: 'id' }, 'VRATNY_MOJEID_CLIENT_ID and VRATNY_MOJEID_CLIENT_SECRET'],
    [{ ...mojeid, VRATNY_MOJEID_ISSUER: 'http://mojeid.cz/oidc/' }, 'VRATNY_MOJEID_ISSUER must be https'],
  ])('%o is told by `config validate` and at the start', (env, sentence) => {
    expect(() => readConfiguredFiles(checkConfig(env))).toThrow(sentence);
  });

  test('MojeID twice is refused: two buttons would lead to one identity', () => {
    const twice = fileOf([{ ...good, name: 'mine', kind: 'mojeid', issuer: 'https://mojeid.cz/oidc/' }]);
    expect(() => readConfiguredFiles(checkConfig({ ...mojeid, ...twice }))).toThrow(
      'VRATNY_UPSTREAMS_FILE will not do: MojeID is there already',
    );
  });
});
