// The discovery document of the simulated MojeID: what the real one published in October 2024, with its own address.

const words = (text: string): string[] => text.split(' ');
const signing = ['RS', 'ES', 'PS', 'HS'].flatMap((kind) => [256, 384, 512].map((bits) => `${kind}${bits}`));
const wrapping = ['RSA1_5', 'RSA-OAEP', 'RSA-OAEP-256', 'A128KW', 'A192KW', 'A256KW', 'ECDH-ES'];
const keyAlgs = [...wrapping, 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'];
const contentAlgs = [128, 192, 256].flatMap((bits) => [`A${bits}CBC-HS${bits * 2}`, `A${bits}GCM`]);

const address = (name: string, more: readonly string[] = []) =>
  [...more, ...words('street street2 street3 city state postal_code country')].map(
    (part) => `${name}_${part}`,
  );

const standardClaims =
  'sub name given_name family_name middle_name nickname preferred_username profile picture website gender birthdate zoneinfo locale updated_at email email_verified phone_number phone_number_verified address'.split(
    ' ',
  );

/** Every claim that exists there; what else is asked for is left out without a word. */
export const claimNames: readonly string[] = [
  ...standardClaims,
  ...'openid2_id mojeid_username mojeid_email_notify mojeid_email_next mojeid_phone_mobile mojeid_phone_home mojeid_phone_office mojeid_phone_fax mojeid_organization mojeid_vat mojeid_ident_vat mojeid_ident_card mojeid_ident_pass mojeid_ident_ssn mojeid_isds mojeid_valid mojeid_is_adult mojeid_age mojeid_student mojeid_isic mojeid_address_mail_verified mojeid_nia mojeid_nia_substantial_pseudonym mojeid_bank_account mojeid_bank_account_iban mojeid_public_pgp'.split(
    ' ',
  ),
  'mojeid_address_def',
  ...address('mojeid_address_def'),
  ...address('mojeid_address_mail'),
  'mojeid_address_bill',
  ...address('mojeid_address_bill'),
  ...['ship', 'ship2', 'ship3'].flatMap((name) => [
    `mojeid_address_${name}`,
    ...address(`mojeid_address_${name}`),
    `mojeid_address_${name}_company_name`,
  ]),
  ...'icq skype windows_live jabber google_talk'.split(' ').map((name) => `mojeid_im_${name}`),
  ...'blog office rss facebook twiter linkedin instagram pinterest tumblr wordpress foursquare youtube blogger gravatar about_me flickr vimeo'
    .split(' ')
    .map((name) => `mojeid_url_${name}`),
];

/** Handed over to those with full access only. */
export const fullAccessClaims: ReadonlySet<string> = new Set([
  'mojeid_valid',
  'mojeid_student',
  'mojeid_isic',
  'mojeid_address_mail_verified',
]);

/** Which claims a scope asks for (OpenID Connect Core §5.4); `openid2` is MojeID's own. */
export const scopeClaims: Readonly<Record<string, readonly string[]>> = {
  profile: standardClaims.slice(1, 15),
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  openid2: ['openid2_id'],
};

/**
 * The document. The final slash belongs to the issuer. There is no PKCE, no logout and no promise of an `iss` in the
 * answer, and `none` is among the algorithms: none of it may be relied on, or accepted.
 */
export const metadataOf = (issuer: string, named = issuer): Readonly<Record<string, unknown>> => ({
  version: '3.0',
  issuer: named,
  authorization_endpoint: `${issuer}authorization/`,
  token_endpoint: `${issuer}token/`,
  userinfo_endpoint: `${issuer}userinfo/`,
  jwks_uri: `${issuer}key.jwk`,
  registration_endpoint: `${issuer}registration/`,
  response_types_supported: [
    ...words('code token id_token none'),
    'code token',
    'code id_token',
    'id_token token',
    'code token id_token',
  ],
  response_modes_supported: ['query', 'fragment', 'form_post'],
  grant_types_supported: words(
    'authorization_code implicit urn:ietf:params:oauth:grant-type:jwt-bearer refresh_token',
  ),
  scopes_supported: ['openid', 'profile', 'email', 'address', 'phone', 'openid2', 'offline_access'],
  claims_supported: claimNames,
  subject_types_supported: ['public', 'pairwise'],
  token_endpoint_auth_methods_supported: words(
    'client_secret_post client_secret_basic client_secret_jwt private_key_jwt',
  ),
  token_endpoint_auth_signing_alg_values_supported: signing,
  id_token_signing_alg_values_supported: [...signing, 'none'],
  userinfo_signing_alg_values_supported: [...signing, 'none'],
  request_object_signing_alg_values_supported: [...signing, 'none'],
  id_token_encryption_alg_values_supported: keyAlgs,
  id_token_encryption_enc_values_supported: contentAlgs,
  claims_parameter_supported: true,
  request_parameter_supported: true,
  request_uri_parameter_supported: true,
  require_request_uri_registration: false,
  claim_types_supported: ['normal', 'aggregated', 'distributed'],
  acr_values_supported: [
    '',
    ...words('pwd mod-pr phr http://eidas.europa.eu/LoA/substantial http://eidas.europa.eu/LoA/high'),
  ],
  frontchannel_logout_supported: false,
  frontchannel_logout_session_supported: false,
  backchannel_logout_supported: false,
  backchannel_logout_session_supported: false,
});
