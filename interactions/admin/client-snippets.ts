// What common programs want to be told of a client: a snippet each, ready to be pasted.

import { DEVICE_GRANT, type ClientMetadata } from '../../src/domain/clients/client-metadata.ts';

import { isPermission } from '../../src/domain/operators/permissions.ts';
import { operatorsApiOf } from '../../src/oidc/operator-scopes.ts';

export type Snippet = { readonly name: string; readonly text: string };

/** Stands in snippets where the secret goes. */
export const SECRET = 'THE_SECRET';

/** The line by which openid-client learns of the issuer; plain http, as in a trial on one's own machine, it must be told. */
function discoveryLine(issuer: string, id: string, isPublic: boolean): string {
  const secret = isPublic ? 'undefined' : `'${SECRET}'`;
  const allowed = ', undefined, { execute: [client.allowInsecureRequests] }';
  const rest = issuer.startsWith('http:') ? `, ${secret}${allowed}` : isPublic ? '' : `, ${secret}`;
  return `const config = await client.discovery(new URL('${issuer}'), '${id}'${rest});`;
}

/** The address of one's own that the registration has, or an example of what to register. */
const redirectOf = ({ redirect_uris: [first] }: ClientMetadata, example: string) => first ?? example;

/** What a device does: it asks for a code, shows it, and asks until its person is done. */
function deviceSnippets(issuer: string, { client_id: id }: ClientMetadata, isPublic: boolean): Snippet[] {
  const asClient = isPublic ? '' : ` -u '${id}:${SECRET}'`;
  const named = isPublic ? ` -d client_id='${id}'` : '';
  return [
    {
      name: 'curl',
      text: [
        `curl${asClient} ${issuer}/device-authorization${named} -d scope='openid profile offline_access'`,
        `curl${asClient} ${issuer}/token${named} -d grant_type=${DEVICE_GRANT} -d device_code=DEVICE_CODE`,
      ].join('\n'),
    },
    {
      name: 'openid-client (Node.js)',
      text: [
        "import * as client from 'openid-client';",
        '',
        discoveryLine(issuer, id, isPublic),
        "const asked = await client.initiateDeviceAuthorization(config, { scope: 'openid profile offline_access' });",
        'show(`Open ${asked.verification_uri} and type ${asked.user_code}`);',
        'const tokens = await client.pollDeviceAuthorizationGrant(config, asked);',
      ].join('\n'),
    },
  ];
}

/** Permissions that read a list of their own name: a first request to try. */
const LISTS: ReadonlySet<string> = new Set(['accounts:read', 'customers:read', 'clients:read']);

/** How a machine gets its token; one that may use the operators' API names it, or the token opens nothing there. */
function machineSnippet(issuer: string, { client_id: id, scope }: ClientMetadata): Snippet {
  const asked = `curl -u '${id}:${SECRET}' ${issuer}/token -d grant_type=client_credentials`;
  const permissions = scope.split(' ').filter(isPermission);
  if (permissions.length === 0) return { name: 'curl', text: `${asked} -d scope='${scope}'` };
  const api = operatorsApiOf(issuer);
  const [first] = permissions.filter((name) => LISTS.has(name));
  const call = `curl -H 'Authorization: Bearer THE_TOKEN' '${api}/${first?.split(':')[0]}?limit=1'`;
  return {
    name: 'curl',
    text: [
      `${asked} \\`,
      `  -d resource='${api}' \\`,
      `  -d scope='${permissions.join(' ')}'`,
      ...(first === undefined ? [] : [call]),
      `# What there is: ${api}/docs`,
    ].join('\n'),
  };
}

/** The addresses that a client has use for. */
export function endpointsFor(
  issuer: string,
  { grant_types: grants }: ClientMetadata,
): Readonly<Record<string, string>> {
  const [isBrowsers, isDevices] = [grants.includes('authorization_code'), grants.includes(DEVICE_GRANT)];
  return {
    issuer,
    discovery: `${issuer}/.well-known/openid-configuration`,
    ...(isBrowsers ? { authorization: `${issuer}/authorize` } : {}),
    token: `${issuer}/token`,
    // A machine of its own has nobody to ask about.
    ...(isBrowsers || isDevices ? { userinfo: `${issuer}/userinfo` } : {}),
    jwks: `${issuer}/jwks`,
    ...(isBrowsers ? { logout: `${issuer}/logout` } : {}),
    ...(isDevices ? { device: `${issuer}/device-authorization`, verification: `${issuer}/device` } : {}),
  };
}

/** Snippets for a client of this issuer. */
export function snippetsFor(issuer: string, client: ClientMetadata): Snippet[] {
  const { client_id: id, client_name: name } = client;
  const discovery = `${issuer}/.well-known/openid-configuration`;
  const isPublic = client.token_endpoint_auth_method === 'none';
  if (client.grant_types.includes(DEVICE_GRANT) && !client.grant_types.includes('authorization_code'))
    return deviceSnippets(issuer, client, isPublic);
  if (!client.grant_types.includes('authorization_code')) return [machineSnippet(issuer, client)];
  const openidClient = [
    "import * as client from 'openid-client';",
    '',
    discoveryLine(issuer, id, isPublic),
    'const verifier = client.randomPKCECodeVerifier();',
    'const url = client.buildAuthorizationUrl(config, {',
    `  redirect_uri: '${redirectOf(client, 'https://app.example.com/callback')}',`,
    "  scope: 'openid profile email',",
    '  code_challenge: await client.calculatePKCECodeChallenge(verifier),',
    "  code_challenge_method: 'S256',",
    '});',
    '// Keep the verifier in the session and send the browser to `url`. When it comes back to `here`:',
    'const tokens = await client.authorizationCodeGrant(config, here, { pkceCodeVerifier: verifier });',
    'const person = tokens.claims();',
  ].join('\n');
  const generic = [
    `issuer         ${issuer}`,
    `discovery      ${discovery}`,
    `client id      ${id}`,
    `redirect URI   ${redirectOf(client, '–')}`,
    'scope          openid profile email',
    'PKCE           S256, always',
  ].join('\n');
  const all: Snippet[] = [
    { name: 'OpenID Connect', text: generic },
    { name: 'openid-client (Node.js)', text: openidClient },
  ];
  if (isPublic) return all;
  return [
    ...all,
    {
      name: 'oauth2-proxy',
      text: [
        'provider = "oidc"',
        `oidc_issuer_url = "${issuer}"`,
        `client_id = "${id}"`,
        `client_secret = "${SECRET}"`,
        'code_challenge_method = "S256"',
        'scope = "openid profile email"',
        'email_domains = ["*"]',
        'cookie_secret = "32 RANDOM BYTES IN BASE64"',
        'upstreams = ["http://127.0.0.1:8080/"]',
        `redirect_url = "${redirectOf(client, 'https://app.example.com/oauth2/callback')}"`,
      ].join('\n'),
    },
    {
      name: 'Apache mod_auth_openidc',
      text: [
        `OIDCProviderMetadataURL ${discovery}`,
        `OIDCClientID ${id}`,
        `OIDCClientSecret ${SECRET}`,
        `OIDCRedirectURI ${redirectOf(client, 'https://app.example.com/oidc/callback')}`,
        'OIDCScope "openid profile email"',
        'OIDCPKCEMethod S256',
        'OIDCCryptoPassphrase "exec:/usr/bin/openssl rand -base64 32"',
        '',
        '<Location />',
        '  AuthType openid-connect',
        '  Require valid-user',
        '</Location>',
      ].join('\n'),
    },
    {
      name: 'Nextcloud (user_oidc)',
      text: `occ user_oidc:provider vratny --clientid='${id}' --clientsecret='${SECRET}' --discoveryuri='${discovery}' --scope='openid profile email'`,
    },
    {
      name: 'GitLab',
      text: [
        "gitlab_rails['omniauth_providers'] = [{",
        "  name: 'openid_connect', label: 'Vrátný',",
        '  args: {',
        "    name: 'openid_connect', scope: ['openid', 'profile', 'email'], response_type: 'code',",
        `    issuer: '${issuer}', discovery: true, pkce: true, uid_field: 'sub',`,
        `    client_options: { identifier: '${id}', secret: '${SECRET}', redirect_uri: '${redirectOf(client, 'https://gitlab.example.com/users/auth/openid_connect/callback')}' }`,
        '  }',
        '}]',
      ].join('\n'),
    },
    {
      name: 'Grafana',
      text: [
        '[auth.generic_oauth]',
        'enabled = true',
        `name = ${name.replaceAll(/[\r\n]/g, ' ')}`,
        `client_id = ${id}`,
        `client_secret = ${SECRET}`,
        'scopes = openid profile email',
        `auth_url = ${issuer}/authorize`,
        `token_url = ${issuer}/token`,
        `api_url = ${issuer}/userinfo`,
        'use_pkce = true',
      ].join('\n'),
    },
  ];
}
