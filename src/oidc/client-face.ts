// A client as pages show it.

import type { ClientMetadata } from '../domain/clients/client-metadata.ts';
import type { ClientFace } from '../http/pages.ts';

/** The client's name and links, and every address a form may lead on to. */
export function faceOf(client: ClientMetadata): ClientFace {
  const home = client.client_uri ?? client.redirect_uris[0];
  const host = home === undefined ? undefined : URL.parse(home)?.host;
  return {
    name: client.client_name,
    ...(client.logo_uri ? { logoUri: client.logo_uri } : {}),
    ...(client.client_uri ? { uri: client.client_uri } : {}),
    ...(host ? { host } : {}),
    ...(client.policy_uri ? { policyUri: client.policy_uri } : {}),
    ...(client.tos_uri ? { tosUri: client.tos_uri } : {}),
    ...(client.accent_color ? { accent: client.accent_color } : {}),
    addresses: [
      ...client.redirect_uris,
      ...client.post_logout_redirect_uris,
      ...(client.client_uri ? [client.client_uri] : []),
      ...(client.initiate_login_uri ? [client.initiate_login_uri] : []),
    ],
  };
}
