// What a client may be registered with, row by row, and what is said when it may not.

import { describe, expect, test } from 'vitest';
import {
  clientMetadata,
  redirectUriProblem,
  type ClientRegistration,
} from '../../../src/domain/clients/client-metadata.ts';

const web: ClientRegistration = {
  client_id: 'panel',
  client_name: 'Hosting panel',
  redirect_uris: ['https://panel.example/callback'],
};
const rsa = (bytes: number) => ({
  kty: 'RSA',
  e: 'AQAB',
  n: Buffer.alloc(bytes, 0xb5).toString('base64url'),
});
const [RSA, SHORT] = [rsa(256), rsa(128)];
const problems = (fields: Record<string, unknown>): string[] => {
  const result = clientMetadata.safeParse({ ...web, ...fields });
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('redirect URIs', () => {
  test.for([
    'https://panel.example/callback',
    'https://panel.example:8443/cb?tenant=1',
    'https://xn--hkyky-dsa.example/',
    'http://localhost:3001/callback',
    'http://127.0.0.1/cb',
    'http://[::1]:8080/cb',
  ])('of a web client: %s will do', (uri) => {
    expect(redirectUriProblem(uri, false)).toBeUndefined();
  });

  test.for([
    ['http://panel.example/cb', 'https'],
    ['http://localhost.evil.example/cb', 'https'],
    ['http://127.0.0.1.evil.example/cb', 'https'],
    ['https://panel.example/cb#part', 'fragment'],
    ['https://panel.example/cb#', 'fragment'],
    ['https://user@panel.example/cb', 'user name'],
    ['https://user:pass@panel.example/cb', 'user name'],
    ['https://panel.example@evil.example/', 'user name'],
    ['https://panel.example\\@evil.example/', 'backslash'],
    ['https://panel.example/a b', 'space'],
    ['https://panel.example/\r\nX: y', 'space'],
    ['\thttps://panel.example/', 'space'],
    ['https://panel.example/\u200b', 'invisible'],
    ['https://panel.example/\u0000', 'invisible'],
    ['/callback', 'absolute'],
    ['https:/panel.example/callback', 'absolute'],
    ['https:panel.example/callback', 'absolute'],
    ['https://panel.example:99999/', 'absolute'],
    ['https://*.panel.example/callback', 'wildcard'],
    ['//panel.example/callback', 'absolute'],
    ['', 'absolute'],
    ['javascript:alert(1)', 'must use https'],
    ['JaVaScRiPt:alert(1)', 'must use https'],
    ['data:text/html,x', 'must use https'],
    ['vbscript:x', 'must use https'],
    ['file:///etc/passwd', 'must use https'],
    ['com.example.app:/cb', 'must use https'],
  ])('of a web client: %j will not (%s)', ([uri, reason]) => {
    expect(redirectUriProblem(uri!, false)).toContain(reason);
  });

  test.for([
    ['com.example.app:/cb', undefined],
    ['http://127.0.0.1/cb', undefined],
    ['https://app.example/cb', undefined],
    ['myapp:/cb', 'with a dot'],
    ['javascript:alert(1)', 'with a dot'],
    ['data:text/html,x', 'with a dot'],
    ['http://app.example/cb', 'loopback'],
  ])('of a native client: %s (%s)', ([uri, reason]) => {
    const problem = redirectUriProblem(uri!, true);
    if (reason === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(reason);
  });

  test('say which one is wrong, and whether it is for signing in or out', () => {
    expect(problems({ redirect_uris: ['https://ok.example/', 'http://panel.example/'] })).toEqual([
      'redirect_uris.1: http://panel.example/ must use https; http is for loopback addresses only',
    ]);
    expect(problems({ post_logout_redirect_uris: ['nowhere'] })).toEqual([
      'post_logout_redirect_uris.0: nowhere is not an absolute URI',
    ]);
  });
});

describe('a registration', () => {
  test('of the least needed gets the standard of the rest', () => {
    expect(clientMetadata.parse(web)).toEqual({
      ...web,
      application_type: 'web',
      post_logout_redirect_uris: [],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid profile email phone address customer offline_access',
      id_token_signed_response_alg: 'RS256',
      first_party: false,
      resource_server: false,
    });
  });

  test('without people has no response types and needs no redirect URI', () => {
    const service = clientMetadata.parse({ ...web, redirect_uris: [], grant_types: ['client_credentials'] });
    expect(service.response_types).toEqual([]);
  });

  // prettier-ignore
  test.for<[Record<string, unknown>, string]>([
    [{ client_id: '' },                                                   'client_id: must be 1 to 100'],
    [{ client_id: 'has space' },                                          'client_id: must be 1 to 100'],
    [{ client_id: '__proto__' },                                          'client_id: must be 1 to 100'],
    [{ client_id: '01890a5d-ac96-774b-bcce-b302099a8057' },               'client_id: must not look like an account id'],
    [{ client_name: '   ' },                                              'client_name:'],
    [{ client_name: 'x'.repeat(101) },                                    'client_name:'],
    [{ redirect_uris: [] },                                               'redirect_uris: at least one is needed'],
    [{ redirect_uris: Array(51).fill('https://panel.example/') },         'redirect_uris:'],
    [{ redirect_uris: 'https://panel.example/' },                         'redirect_uris:'],
    [{ grant_types: [] },                                                 'grant_types:'],
    [{ grant_types: ['implicit'] },                                       'grant_types.0:'],
    [{ grant_types: ['password'] },                                       'grant_types.0:'],
    [{ grant_types: ['refresh_token'] },                                  'grant_types: refresh_token needs authorization_code'],
    [{ response_types: ['token'] },                                       'response_types.0:'],
    [{ response_types: ['code id_token'] },                               'response_types.0:'],
    [{ token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'client_credentials'] }, 'grant_types: client_credentials needs a client that can keep a secret'],
    [{ token_endpoint_auth_method: 'none', resource_server: true },       'resource_server: needs a client that can keep a secret'],
    [{ token_endpoint_auth_method: 'client_secret_jwt' },                 'token_endpoint_auth_method:'],
    [{ token_endpoint_auth_method: 'private_key_jwt' },                   'jwks: jwks or jwks_uri belongs to the method private_key_jwt'],
    [{ jwks_uri: 'https://panel.example/jwks' },                          'jwks: jwks or jwks_uri belongs to the method private_key_jwt'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://panel.example/jwks', jwks: { keys: [RSA] } },            'jwks_uri: give either'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } },                           'jwks.keys:'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', d: 'x' }] } },      'jwks: must hold public keys only'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ ...RSA, p: 'x' }] } },         'jwks: must hold public keys only'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] } }, 'jwks: has a key of type EC that cannot be read'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [SHORT] } },                      'jwks: RSA keys need 2048 bits'],
    [{ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'x' }] } },     'jwks.keys.0.kty:'],
    [{ scope: 'openid  email' },                                          'scope: must be scope names'],
    [{ scope: 'openid "x"' },                                             'scope: must be scope names'],
    [{ scope: '' },                                                       'scope: must be scope names'],
    [{ id_token_signed_response_alg: 'none' },                            'id_token_signed_response_alg:'],
    [{ id_token_signed_response_alg: 'HS256' },                           'id_token_signed_response_alg:'],
    [{ default_max_age: -1 },                                             'default_max_age:'],
    [{ accent_color: 'red; background: url(x)' },                         'accent_color: must be a colour'],
    [{ client_secret: 'chosen by the client' },                           ': Unrecognized key: "client_secret"'],
    [{ sub: 'somebody' },                                                 ': Unrecognized key: "sub"'],
    [{ frontchannel_logout_uri: 'https://panel.example/' },               ': Unrecognized key: "frontchannel_logout_uri"'],
    [{ backchannel_logout_uri: 'http://panel.example/' },                 'backchannel_logout_uri: must be an https URL'],
  ])('with %j is refused: %s', ([fields, reason]) => {
    expect(problems(fields).join('\n')).toContain(reason);
  });

  test('links to web pages only (A3)', () => {
    for (const field of ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'initiate_login_uri']) {
      for (const uri of [
        'javascript:alert(1)',
        'JaVaScRiPt:alert(1)',
        '\tjavascript:alert(1)',
        'data:text/html,x',
        'vbscript:x',
        'http://panel.example/',
        'https://a@panel.example/',
        'https://panel.example/\u202e',
        '//panel.example',
        'x',
      ]) {
        expect([field, uri, problems({ [field]: uri })]).toEqual([
          field,
          uri,
          [`${field}: must be an https URL (http for loopback only)`],
        ]);
      }
      expect(problems({ [field]: 'https://panel.example/page' })).toEqual([]);
    }
  });

  test('reads the same again: what is stored is what would be stored', () => {
    const stored = clientMetadata.parse({ ...web, client_name: '  Panel ', first_party: true });
    expect(stored.client_name).toBe('Panel');
    expect(clientMetadata.parse(stored)).toEqual(stored);
  });
});
