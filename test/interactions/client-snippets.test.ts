// The snippets of the console's page about an application: what is pasted as it stands has to work.

import { expect, test } from 'vitest';
import type { ClientMetadata } from '../../src/domain/clients/client-metadata.ts';
import { snippetsFor } from '../../interactions/admin/client-snippets.ts';

const machine: Omit<ClientMetadata, 'scope'> = {
  client_id: 'robot',
  client_name: 'Robot',
  application_type: 'web',
  redirect_uris: [],
  post_logout_redirect_uris: [],
  grant_types: ['client_credentials'],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'RS256',
  first_party: false,
  resource_server: false,
};

test('a machine with permissions is shown how to name the operators’ API, and a first request; another one is not', () => {
  const textFor = (scope: string) => snippetsFor('https://id.example.com', { ...machine, scope })[0]!.text;
  const api = 'https://id.example.com/admin/api/v1';
  expect(textFor('keys:read accounts:read').split('\n')).toEqual([
    "curl -u 'robot:THE_SECRET' https://id.example.com/token -d grant_type=client_credentials \\",
    `  -d resource='${api}' \\`,
    "  -d scope='keys:read accounts:read'",
    `curl -H 'Authorization: Bearer THE_TOKEN' '${api}/accounts?limit=1'`,
    `# What there is: ${api}/docs`,
  ]);
  expect(textFor('orders:write')).not.toContain('resource');
});

test('the snippets have every line without which a program does not start, or guards nothing', () => {
  const snippets = snippetsFor('https://id.example.com', {
    client_id: 'panel',
    client_name: 'Panel',
    application_type: 'web',
    redirect_uris: ['https://panel.example.com/callback'],
    post_logout_redirect_uris: [],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email',
    id_token_signed_response_alg: 'RS256',
    first_party: true,
    resource_server: false,
  });
  const textOf = (wanted: string) => snippets.find(({ name }) => name === wanted)!.text;
  for (const line of ['email_domains', 'cookie_secret', 'upstreams', 'redirect_url', 'code_challenge_method'])
    expect(textOf('oauth2-proxy')).toMatch(new RegExp(`^${line} = `, 'm'));
  expect(textOf('Apache mod_auth_openidc')).toMatch(
    /<Location \/>\n +AuthType openid-connect\n +Require valid-user/,
  );
});
