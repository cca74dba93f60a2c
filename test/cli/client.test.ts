// `client …` as an operator types it, in the real process.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEVICE_GRANT } from '../../src/domain/clients/client-metadata.ts';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

type Client = Record<string, unknown> & { client_id: string; client_secret?: string };
const PANEL = ['--name', 'Hosting panel', '--redirect-uri', 'https://panel.example/cb'];

let at: Installation;
let panel: Client;
beforeAll(async () => {
  at = install();
  panel = await at.json<Client>(['client', 'create', ...PANEL]);
});
afterAll(() => at.remove());

describe('client create', () => {
  test('prints id and secret, which is never shown again', async () => {
    expect(panel).toMatchObject({
      client_id: expect.stringMatching(/^client-[\w-]{20}$/) as string,
      client_secret: expect.stringMatching(/^[\w-]{43}$/) as string,
      client_name: 'Hosting panel',
      redirect_uris: ['https://panel.example/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
      first_party: false,
    });
    const later = await Promise.all([
      at.run(['client', 'show', panel.client_id]),
      at.run(['client', 'list', '--json']),
      at.run(['client', 'show', panel.client_id, '--json']),
    ]);
    for (const { code, stdout } of later) {
      expect(code).toBe(0);
      expect(stdout).toContain(panel.client_id);
      expect(stdout).not.toContain(panel.client_secret);
      expect(stdout).not.toContain('secret"');
    }
  });

  test('makes every kind of client', async () => {
    const file = join(at.folder, 'keys.json');
    writeFileSync(
      file,
      '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
    );
    const [browser, machine, app, keyed, screen, local] = await Promise.all([
      at.json<Client>(['client', 'create', ...PANEL, '--public']),
      at.json<Client>([
        'client',
        'create',
        '--name',
        'Billing',
        '--grant',
        'client_credentials',
        '--id',
        'billing',
      ]),
      at.json<Client>([
        ['client', 'create', '--name', 'App', '--native', '--public'],
        ['--redirect-uri', 'com.example.app:/cb', '--redirect-uri', 'http://127.0.0.1/cb'],
      ]),
      at.json<Client>(['client', 'create', ...PANEL, '--auth-method', 'private_key_jwt', '--jwks', file]),
      at.json<Client>(['client', 'create', '--name', 'Screen', '--public', '--grant', 'device_code']),
      at.json<Client>([
        [
          'client',
          'create',
          '--name',
          'Local',
          '--redirect-uri',
          'http://localhost:8080/cb',
          '--first-party',
        ],
        ['--grant', 'authorization_code', '--scope', 'openid profile', '--scope', 'email', '--require-par'],
      ]),
    ]);
    expect(browser).toMatchObject({ token_endpoint_auth_method: 'none' });
    expect(browser.client_secret).toBeUndefined();
    expect(machine).toMatchObject({ client_id: 'billing', redirect_uris: [], response_types: [] });
    expect(machine.client_secret).toBeDefined();
    expect(app).toMatchObject({
      application_type: 'native',
      redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb'],
    });
    expect(keyed.client_secret).toBeUndefined();
    expect(screen).toMatchObject({ grant_types: [DEVICE_GRANT], redirect_uris: [], response_types: [] });
    expect(local).toMatchObject({
      grant_types: ['authorization_code'],
      scope: 'openid profile email',
      first_party: true,
      require_pushed_authorization_requests: true,
    });
  });

  test('as text it says where the application finds the rest, and that the secret is not kept', async () => {
    const { code, stdout, stderr } = await at.run([
      'client',
      'create',
      '--name',
      'Křížová a syn',
      '--scope',
      'read openid ssh_keys',
      ...PANEL.slice(2),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^client_id {2,}client-/m);
    expect(stdout).toMatch(/^client_secret {2,}[\w-]{43}$/m);
    expect(stdout).toContain('never shown again');
    expect(stdout).toContain('http://localhost:3999/.well-known/openid-configuration');
    expect(stderr).toBe('note: no resource of VRATNY_RESOURCES has the scope read\n');
  });

  test.each<[string, string[], number, RegExp]>([
    ['no name', PANEL.slice(2), 2, /give --name/],
    [
      'nowhere to return to',
      ['--name', 'X'],
      2,
      /give --redirect-uri, --grant client_credentials for a machine, or --grant device_code/,
    ],
    [
      'a web address without TLS',
      ['--name', 'X', '--redirect-uri', 'http://panel.example/cb'],
      2,
      /--redirect-uri: http:\/\/panel\.example\/cb must use https/,
    ],
    [
      'no address at all',
      ['--name', 'X', '--redirect-uri', 'panel'],
      2,
      /--redirect-uri: panel is not an absolute URI/,
    ],
    [
      'an unknown grant',
      [...PANEL, '--grant', 'implicit'],
      2,
      /--grant: must be one of authorization_code, refresh_token, client_credentials/,
    ],
    [
      'an unknown method',
      [...PANEL, '--auth-method', 'tls'],
      2,
      /--auth-method.*Allowed choices are client_secret_basic/s,
    ],
    [
      'two things that contradict each other',
      [...PANEL, '--public', '--auth-method', 'client_secret_post'],
      2,
      /--public.*cannot be used with/,
    ],
    [
      'keys that cannot be read',
      [...PANEL, '--jwks', '/nowhere/keys.json'],
      2,
      /--jwks: \/nowhere\/keys\.json will not do: ENOENT/,
    ],
    [
      'several mistakes',
      ['--name', 'X', '--redirect-uri', 'http://x.example', '--id', 'a b'],
      2,
      /will not do:\n {2}- --id: .*\n {2}- --redirect-uri: /,
    ],
    [
      'an id that looks like an account',
      [...PANEL, '--id', '01890a5d-ac96-774b-bcce-b302099a8057'],
      2,
      /--id: must not look like an account id/,
    ],
    [
      'an unknown option',
      [...PANEL, '--colour', 'red'],
      2,
      /unknown option '--colour'\nsee: .*client create --help/,
    ],
    ['a word too many', [...PANEL, 'more'], 2, /too many arguments/],
  ])('%s is refused with what to do', async (_what, args, code, sentence) => {
    expectRefusal(await at.run(['client', 'create', ...args]), code, sentence);
  });

  test('an id that is taken is its own exit code', async () => {
    expectRefusal(await at.run(['client', 'create', ...PANEL, '--id', panel.client_id]), 4, /exists already/);
  });
});

describe('client update', () => {
  test('changes what is named, takes off what is empty, and keeps the secret', async () => {
    const { client_id: id } = await at.json<Client>([
      ['client', 'create', ...PANEL, '--logo-uri', 'https://panel.example/logo.svg', '--require-par'],
      ['--post-logout-redirect-uri', 'https://panel.example/'],
    ]);
    const changed = await at.json<Client>([
      ['client', 'update', id, '--name', 'Panel 2', '--logo-uri', '', '--no-require-par', '--first-party'],
      ['--post-logout-redirect-uri', ''],
    ]);
    expect(changed).toMatchObject({
      client_name: 'Panel 2',
      redirect_uris: ['https://panel.example/cb'],
      post_logout_redirect_uris: [],
      require_pushed_authorization_requests: false,
      first_party: true,
    });
    expect(changed).not.toHaveProperty('logo_uri');
    expect(changed).not.toHaveProperty('client_secret');
    expect(await at.json(['client', 'show', id])).toEqual(changed);
  });

  test('to a method with a secret it prints the new one; back to none it is gone', async () => {
    const { client_id: id } = await at.json<Client>(['client', 'create', ...PANEL, '--public']);
    const method = (name: string) => at.json<Client>(['client', 'update', id, '--auth-method', name]);
    expect((await method('client_secret_post')).client_secret).toMatch(/^[\w-]{43}$/);
    const uri = 'https://panel.example/jwks';
    const keyed = await at.json<Client>([
      ['client', 'update', id, '--auth-method', 'private_key_jwt', '--jwks-uri', uri],
    ]);
    expect([keyed['jwks_uri'], keyed.client_secret]).toEqual([uri, undefined]);
    const open = await method('none');
    expect([open['jwks_uri'], open.client_secret]).toEqual([undefined, undefined]);
  });

  test('nothing to change, an unknown client and a bad value are refused', async () => {
    const [nothing, unknown, bad] = await Promise.all([
      at.run(['client', 'update', panel.client_id]),
      at.run(['client', 'update', 'nobody', '--name', 'X']),
      at.run(['client', 'update', panel.client_id, '--accent-color', 'red']),
    ]);
    expectRefusal(nothing, 2, /nothing to change/);
    expectRefusal(unknown, 3, /no client nobody: `client list` shows/);
    expectRefusal(bad, 2, /--accent-color: must be a colour like #0a6b5c/);
  });
});

test('client rotate-secret prints a new secret once', async () => {
  const rotated = await at.json<Client>(['client', 'rotate-secret', panel.client_id]);
  expect(Object.keys(rotated)).toEqual(['client_id', 'client_secret']);
  expect(rotated.client_secret).toMatch(/^[\w-]{43}$/);
  expect(rotated.client_secret).not.toBe(panel.client_secret);
  const { client_id: open } = await at.json<Client>(['client', 'create', ...PANEL, '--public']);
  expectRefusal(await at.run(['client', 'rotate-secret', open]), 2, /authenticates without a secret of ours/);
});

test('client delete removes it, and a second time there is none', async () => {
  const { client_id: id } = await at.json<Client>(['client', 'create', ...PANEL]);
  expect(await at.json(['client', 'delete', id])).toEqual({ client_id: id, deleted: true });
  expectRefusal(await at.run(['client', 'delete', id]), 3, /no client/);
  expectRefusal(await at.run(['client', 'show', id]), 3, /no client/);
});

test('clients kept in a file are listed and cannot be changed', async () => {
  const file = join(at.folder, 'clients.json');
  const kept = {
    client_id: 'webmail',
    client_name: 'Webmail',
    redirect_uris: ['https://mail.example/cb'],
    token_endpoint_auth_method: 'none',
  };
  writeFileSync(file, JSON.stringify([kept]));
  const env = { VRATNY_CLIENTS_FILE: file };
  const [list, change] = await Promise.all([
    at.run(['client', 'list', '--json'], { env }),
    at.run(['client', 'delete', 'webmail'], { env }),
  ]);
  expect((JSON.parse(list.stdout) as Client[])[0]).toMatchObject(kept);
  expectRefusal(change, 2, /kept in the clients file: change it there/);
  writeFileSync(file, '[{"client_id":"a b"}]');
  expectRefusal(await at.run(['client', 'list'], { env }), 2, /VRATNY_CLIENTS_FILE/);
});
