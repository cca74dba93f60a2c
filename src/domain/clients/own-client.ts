// The pages of our own as clients of their own provider: whoever comes to them signs in like everywhere else.

import type { ClientRecord } from './clients.ts';

/** Pages of ours that one signs in to. */
export type OwnPlace = {
  readonly clientId: string;
  /** Where a sign-in leads back to. */
  readonly callback: string;
  readonly home: string;
};

export const accountPlace: OwnPlace = {
  clientId: 'vratny-account',
  callback: '/account/signed-in',
  home: '/account',
};
export const consolePlace: OwnPlace = {
  clientId: 'vratny-console',
  callback: '/admin/signed-in',
  home: '/admin',
};

export const ACCOUNT_CLIENT = accountPlace.clientId;

/**
 * The built-in client of such pages. It gets no code and no token (`response_type=none`, OAuth 2.0 Multiple Response
 * Types §4): the session itself carries the pages.
 */
function ownClient(place: OwnPlace, issuer: string, name: string): ClientRecord {
  const since = new Date(0).toISOString();
  return {
    metadata: {
      client_id: place.clientId,
      client_name: name,
      application_type: 'web',
      redirect_uris: [`${issuer}${place.callback}`],
      post_logout_redirect_uris: [],
      grant_types: [],
      // The type knows only what an operator may register.
      response_types: ['none' as 'code'],
      token_endpoint_auth_method: 'none',
      scope: 'openid',
      id_token_signed_response_alg: 'RS256',
      client_uri: `${issuer}${place.home}`,
      first_party: true,
      resource_server: false,
    },
    secrets: [],
    createdAt: since,
    updatedAt: since,
  };
}

/** Ours, under the brand's name. */
export const ownClients = ({ issuer, brandName }: { issuer: string; brandName: string }): ClientRecord[] => [
  ownClient(accountPlace, issuer, brandName),
  ownClient(consolePlace, issuer, `${brandName} – admin`),
];
