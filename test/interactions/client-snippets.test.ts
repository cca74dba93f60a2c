// The snippets of the console's page about an application: what is pasted as it stands has to work.

import { expect, test } from 'vitest';
import { snippetsFor } from '../../interactions/admin/client-snippets.ts';

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
