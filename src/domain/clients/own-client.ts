// The account pages as a client of their own provider: whoever comes to them signs in like everywhere else.

import type { ClientRecord } from './clients.ts';

export const ACCOUNT_CLIENT = 'vratny-account';
/** Where the account pages are led back to. */
export const ACCOUNT_CALLBACK = '/account/signed-in';

/**
 * The built-in client of the account pages. It gets no code and no token (`response_type=none`, OAuth 2.0 Multiple
 * Response Types §4): the session itself carries the pages.
 */
export function accountClient(issuer: string, name: string): ClientRecord {
  const since = new Date(0).toISOString();
  return {
    metadata: {
      client_id: ACCOUNT_CLIENT,
      client_name: name,
      application_type: 'web',
      redirect_uris: [`${issuer}${ACCOUNT_CALLBACK}`],
      post_logout_redirect_uris: [],
      grant_types: [],
      // The type knows only what an operator may register.
      response_types: ['none' as 'code'],
      token_endpoint_auth_method: 'none',
      scope: 'openid',
      id_token_signed_response_alg: 'RS256',
      client_uri: `${issuer}/account`,
      first_party: true,
      resource_server: false,
    },
    secrets: [],
    createdAt: since,
    updatedAt: since,
  };
}
