// What a client that registers itself may be (RFC 7591): one of the policies of the configuration, which its initial
// access token names. Whatever a policy does not allow is refused with a sentence; a registration is never made smaller
// in silence, except for fields that we know nothing of (RFC 7591 §2).

import { z, type ZodError } from 'zod';
import {
  authMethods,
  clientFields,
  clientMetadata,
  DEVICE_GRANT,
  grantTypes,
  type ClientMetadata,
} from '../clients/client-metadata.ts';
import { isPermission } from '../operators/permissions.ts';

/** A policy as it is configured. Hosts are names, or `*.` and a name for what lies below it. */
export type RegistrationPolicy = {
  readonly hosts: readonly string[];
  /** Private schemes of native applications, such as `com.example.app`; `http` allows loopback addresses. */
  readonly schemes: readonly string[];
  readonly grantTypes: readonly string[];
  readonly authMethods: readonly string[];
  readonly scope: string;
  /** Lives of its tokens in seconds, where they are shorter than everybody's. */
  readonly accessTokenLife?: number | undefined;
  readonly refreshTokenLife?: number | undefined;
};
export type RegistrationPolicies = Readonly<Record<string, RegistrationPolicy>>;

/** The registration will not do; the message names the field and the mistake. */
export class RegistrationRefused extends Error {
  override readonly name = 'RegistrationRefused';
}

/** Throws for a policy that gives scopes of the operators' API: its clients would be operators. */
export function checkPolicies(policies: RegistrationPolicies): RegistrationPolicies {
  for (const [name, { scope, grantTypes: grants, authMethods: methods }] of Object.entries(policies)) {
    const bad =
      scope.split(' ').find(isPermission) ??
      grants.find((grant) => !(grantTypes as readonly string[]).includes(grant)) ??
      methods.find((method) => !(authMethods as readonly string[]).includes(method));
    if (bad !== undefined)
      throw new Error(`VRATNY_CLIENT_REGISTRATION: the policy ${name} cannot allow ${bad}`);
  }
  return policies;
}

/** Ours to give, never a client's to take. */
const never = ['client_id', 'first_party', 'resource_server', 'accent_color'] as const;
const offered = Object.fromEntries(
  Object.entries(clientFields).filter(([name]) => !(never as readonly string[]).includes(name)),
) as Omit<typeof clientFields, (typeof never)[number]>;
/** What is not known is passed over; a name may be missing. */
const readable = z.object({ ...offered, client_name: offered.client_name.optional() });

const links = [
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'initiate_login_uri',
  'backchannel_logout_uri',
  'jwks_uri',
] as const;

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function fitsHost(host: string, hosts: readonly string[]): boolean {
  return hosts.some((allowed) =>
    allowed.startsWith('*.')
      ? host.endsWith(allowed.slice(1)) && host !== allowed.slice(2)
      : host === allowed,
  );
}

/** Why a policy does not let a URI be, or `undefined`. */
function uriProblem(uri: string, policy: RegistrationPolicy): string | undefined {
  const url = URL.parse(uri);
  if (!url) return 'is not an absolute URI';
  const scheme = url.protocol.slice(0, -1);
  if (scheme === 'https')
    return fitsHost(url.hostname, policy.hosts)
      ? undefined
      : `is at a host that is not allowed (${url.hostname})`;
  if (!policy.schemes.includes(scheme)) return `has a scheme that is not allowed (${scheme})`;
  return scheme === 'http' && !LOOPBACK.has(url.hostname)
    ? 'may be http at a loopback address only'
    : undefined;
}

function sentenceOf({ issues: [issue] }: ZodError): RegistrationRefused {
  const [field = ''] = issue?.path ?? [];
  const name = String(field);
  return new RegistrationRefused(`${name}: ${issue?.message ?? 'will not do'}`);
}

/** What a client gets that names none: signing people in where that is allowed. */
function usualGrants({ grantTypes }: RegistrationPolicy): readonly string[] {
  const forPeople = grantTypes.filter((grant) => grant !== 'client_credentials');
  const inBrowsers = forPeople.filter((grant) => grant !== DEVICE_GRANT);
  if (inBrowsers.includes('authorization_code')) return inBrowsers;
  return forPeople.length > 0 ? forPeople : grantTypes;
}

/** The registration of a client by a policy. Throws `RegistrationRefused`. */
export function registrationBy(policy: RegistrationPolicy, clientId: string, given: object): ClientMetadata {
  const fields = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null && value !== ''),
  );
  const {
    scope: wanted,
    token_endpoint_auth_method: method,
    grant_types: grants,
    ...unset
  } = fields as Record<string, unknown>;
  const read = readable.safeParse({
    ...unset,
    grant_types: grants ?? usualGrants(policy),
    token_endpoint_auth_method: method ?? policy.authMethods[0],
    scope: wanted ?? policy.scope,
  });
  if (!read.success) throw sentenceOf(read.error);
  const { client_name: name = hostOf(read.data.redirect_uris), ...rest } = read.data;
  const judged = clientMetadata.safeParse({
    ...rest,
    client_name: name,
    client_id: clientId,
    first_party: false,
    resource_server: false,
  });
  if (!judged.success) throw sentenceOf(judged.error);
  const metadata = judged.data;
  checkBounds(policy, metadata);
  return metadata;
}

const hostOf = ([first = '']: readonly string[]): string => URL.parse(first)?.hostname || 'Application';

function checkBounds(policy: RegistrationPolicy, metadata: ClientMetadata): void {
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(metadata.client_name))
    throw new RegistrationRefused('client_name: has characters that are not seen');
  const grant = metadata.grant_types.find((type) => !policy.grantTypes.includes(type));
  if (grant) throw new RegistrationRefused(`grant_types: ${grant} is not allowed`);
  if (!policy.authMethods.includes(metadata.token_endpoint_auth_method))
    throw new RegistrationRefused(
      `token_endpoint_auth_method: ${metadata.token_endpoint_auth_method} is not allowed`,
    );
  const allowed = new Set(policy.scope.split(' '));
  const scope = metadata.scope.split(' ').find((name) => !allowed.has(name));
  if (scope !== undefined) throw new RegistrationRefused(`scope: ${scope} is not allowed`);
  for (const field of ['redirect_uris', 'post_logout_redirect_uris'] as const)
    for (const uri of metadata[field]) {
      const problem = uriProblem(uri, policy);
      if (problem) throw new RegistrationRefused(`${field}: ${uri} ${problem}`);
    }
  for (const field of links) {
    const uri = metadata[field];
    const problem = uri === undefined ? undefined : uriProblem(uri, { ...policy, schemes: [] });
    if (problem) throw new RegistrationRefused(`${field}: ${uri} ${problem}`);
  }
}
