// What a client may be registered with: the field names of RFC 7591 and OpenID Connect Registration, checked
// stricter than the engine does, with messages that name the mistake.

import { z } from 'zod';
import { publicJwks, thumbprintsOf } from './client-keys.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
const MAX_URIS = 50;
/** Of the same few, each may be said more than once. */
const MAX_NAMES = 20;

/** The identity scopes a client gets when its registration names none. */
export const defaultScope = 'openid profile email phone address customer offline_access';

/** Of devices on which nobody signs in by themselves (RFC 8628). */
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  DEVICE_GRANT,
] as const;
export const authMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
export const idTokenAlgorithms = ['RS256', 'ES256', 'EdDSA'] as const;

const hasControl = (text: string) => /[\p{Cc}\p{Cf}\s\\]/u.test(text);

/** Why a URI cannot be one we redirect to, or `undefined`. Native apps may use loopback and their own schemes (RFC 8252). */
export function redirectUriProblem(uri: string, isNative: boolean): string | undefined {
  if (hasControl(uri)) return 'contains a space, a backslash or an invisible character';
  const url = URL.parse(uri);
  // A browser reads https:/host as https://host; who compares the text does not.
  if (!url || /^https?:(?!\/\/)/i.test(uri)) return 'is not an absolute URI';
  // Addresses are compared as they are (RFC 9700 §4.1.3), so none would ever be sent to this one.
  if (url.hostname.includes('*')) return 'must name its host without a wildcard';
  if (uri.includes('#')) return 'must not have a fragment (RFC 6749 §3.1.2)';
  if (url.username || url.password) return 'must not carry a user name or password';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') {
    return LOOPBACK.has(url.hostname) ? undefined : 'must use https; http is for loopback addresses only';
  }
  if (!isNative) return `must use https, not ${url.protocol}`;
  // RFC 8252 §7.1: a private-use scheme is a reversed domain name, so it has a dot.
  return url.protocol.includes('.')
    ? undefined
    : 'needs a private scheme with a dot, such as com.example.app:/callback';
}

/** Longest values of one line, in UTF-16 units as browsers count them. */
export const clientLimits = { client_name: 100, scope: 2000, url: 2048 } as const;

const webUrl = z
  .string()
  .max(clientLimits.url)
  .refine(
    (uri) => {
      const url = URL.parse(uri);
      if (!url || hasControl(uri) || url.username || url.password) return false;
      return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));
    },
    { error: 'must be an https URL (http for loopback only)' },
  );

const scopeText = z
  .string()
  .max(clientLimits.scope)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, {
    error: 'must be scope names separated by single spaces (RFC 6749 §3.3)',
  });

/** A client identifier: not shaped like an account id, so that a client can never pass for a person (RFC 9700 §4.15). */
export const clientIdText = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/, { error: 'must be 1 to 100 letters, digits or . _ ~ -' })
  .refine((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/.test(id), {
    error: 'must not look like an account id',
  });

/** The fields of a client, each by itself. */
export const clientFields = {
  client_id: clientIdText,
  client_name: z.string().trim().min(1).max(clientLimits.client_name),
  application_type: z.enum(['web', 'native']).default('web'),
  redirect_uris: z.array(z.string().max(2048)).max(MAX_URIS).default([]),
  post_logout_redirect_uris: z.array(z.string().max(2048)).max(MAX_URIS).default([]),
  grant_types: z
    .array(z.enum(grantTypes, { error: `must be one of ${grantTypes.join(', ')}` }))
    .min(1)
    .max(MAX_NAMES)
    .default(['authorization_code', 'refresh_token']),
  response_types: z.array(z.literal('code')).max(MAX_NAMES).default(['code']),
  token_endpoint_auth_method: z.enum(authMethods).default('client_secret_basic'),
  scope: scopeText.default(defaultScope),
  id_token_signed_response_alg: z.enum(idTokenAlgorithms).default('RS256'),
  jwks: publicJwks.optional(),
  jwks_uri: webUrl.optional(),
  client_uri: webUrl.optional(),
  logo_uri: webUrl.optional(),
  policy_uri: webUrl.optional(),
  tos_uri: webUrl.optional(),
  initiate_login_uri: webUrl.optional(),
  backchannel_logout_uri: webUrl.optional(),
  /** Whether logout tokens name the session (Back-Channel Logout §2.2). */
  backchannel_logout_session_required: z.boolean().optional(),
  contacts: z.array(z.string().max(254)).max(10).optional(),
  default_max_age: z.int().min(0).optional(),
  require_auth_time: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
  /** Ours: run by the same company, so nobody is asked for consent. */
  first_party: z.boolean().default(false),
  /** Ours: may ask the introspection endpoint about the tokens of other clients. */
  resource_server: z.boolean().default(false),
  /** Ours: accent colour of the pages while a person signs in to this client, `#rrggbb`. */
  accent_color: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, { error: 'must be a colour like #0a6b5c' })
    .optional(),
} as const;

/** The metadata of a client as stored and as shown; unknown fields are refused. */
export const clientMetadata = z
  .strictObject(clientFields)
  .superRefine((client, context) => {
    const isNative = client.application_type === 'native';
    for (const field of ['redirect_uris', 'post_logout_redirect_uris'] as const) {
      client[field].forEach((uri, index) => {
        const problem = redirectUriProblem(uri, isNative);
        if (problem) context.addIssue({ code: 'custom', path: [field, index], message: `${uri} ${problem}` });
      });
    }
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    const code = client.grant_types.includes('authorization_code');
    if (code && client.redirect_uris.length === 0)
      issue('redirect_uris', 'at least one is needed to sign people in');
    if (client.grant_types.includes('refresh_token') && !code && !client.grant_types.includes(DEVICE_GRANT))
      issue('grant_types', `refresh_token needs authorization_code or ${DEVICE_GRANT}`);
    const method = client.token_endpoint_auth_method;
    if (method === 'none' && client.grant_types.includes('client_credentials')) {
      issue('grant_types', 'client_credentials needs a client that can keep a secret');
    }
    if (method === 'none' && client.resource_server)
      issue('resource_server', 'needs a client that can keep a secret');
    if ((method === 'private_key_jwt') !== (client.jwks !== undefined || client.jwks_uri !== undefined)) {
      issue('jwks', 'jwks or jwks_uri belongs to the method private_key_jwt, and is needed for it');
    }
    if (client.jwks && client.jwks_uri) issue('jwks_uri', 'give either jwks or jwks_uri');
  })
  .transform((client) =>
    client.grant_types.includes('authorization_code')
      ? client
      : { ...client, response_types: [] as 'code'[] },
  );

export type ClientMetadata = z.output<typeof clientMetadata>;
export type ClientRegistration = z.input<typeof clientMetadata>;

/** Whether the client authenticates with a secret that we hand out. */
export const usesSecret = (client: Pick<ClientMetadata, 'token_endpoint_auth_method'>): boolean =>
  client.token_endpoint_auth_method === 'client_secret_basic' ||
  client.token_endpoint_auth_method === 'client_secret_post';

/** What tells one registration from another in a log; no pictures, and keys by their thumbprints. */
export const displayedClient = (client: ClientMetadata) => ({
  client_name: client.client_name,
  redirect_uris: client.redirect_uris,
  post_logout_redirect_uris: client.post_logout_redirect_uris,
  backchannel_logout_uri: client.backchannel_logout_uri,
  scope: client.scope,
  grant_types: client.grant_types,
  auth_method: client.token_endpoint_auth_method,
  keys: client.jwks && thumbprintsOf(client.jwks),
  jwks_uri: client.jwks_uri,
  first_party: client.first_party,
  resource_server: client.resource_server,
});
