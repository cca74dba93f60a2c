// The form of a client: which fields each purpose has, what is registered of them, and what is wrong by field.

import { ZodError } from 'zod';
import {
  DEVICE_GRANT,
  type ClientMetadata,
  type ClientRegistration,
} from '../../src/domain/clients/client-metadata.ts';
import type { Form } from '../../src/http/form.ts';

/** What an application is, which decides how it can prove itself. */
export const purposes = ['web', 'spa', 'native', 'machine', 'device'] as const;
export type Purpose = (typeof purposes)[number];

const code = ['authorization_code', 'refresh_token'] as const;
const fixed = {
  web: { grant_types: [...code], token_endpoint_auth_method: 'client_secret_basic' },
  spa: { grant_types: [...code], token_endpoint_auth_method: 'none' },
  native: { grant_types: [...code], token_endpoint_auth_method: 'none', application_type: 'native' },
  machine: { grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_basic' },
  device: {
    grant_types: [DEVICE_GRANT, 'refresh_token'],
    token_endpoint_auth_method: 'none',
  },
} as const satisfies Record<Purpose, Partial<ClientRegistration>>;

/** The fields of the form; lists have a line for each. */
export const clientFields = [
  'client_name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'scope',
  'client_uri',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'accent_color',
] as const;
export type ClientField = (typeof clientFields)[number];
const lists: readonly ClientField[] = ['redirect_uris', 'post_logout_redirect_uris'];

const ofBrowsers = clientFields.filter((field) => field !== 'backchannel_logout_uri');
const fields: Readonly<Record<Purpose, readonly ClientField[]>> = {
  web: clientFields,
  spa: ofBrowsers,
  native: ofBrowsers,
  machine: ['client_name', 'scope'],
  // Nobody is sent back to a device.
  device: ofBrowsers.filter((field) => !lists.includes(field)),
};

/** Which fields a purpose has. */
export const fieldsOf = (purpose: Purpose): readonly ClientField[] => fields[purpose];

/** What an application was registered as. */
export function purposeOf(client: ClientMetadata): Purpose {
  if (!client.grant_types.includes('authorization_code'))
    return client.grant_types.includes(DEVICE_GRANT) ? 'device' : 'machine';
  if (client.application_type === 'native') return 'native';
  return client.token_endpoint_auth_method === 'none' ? 'spa' : 'web';
}

type Fields = { readonly [F in keyof ClientRegistration]?: ClientRegistration[F] | undefined };

/** The registration as the form says it; what is left empty is `undefined`. */
export function readClient(purpose: Purpose, form: Form): Fields {
  const read = (field: ClientField): unknown => {
    const text = (form[field] ?? '').trim();
    if (lists.includes(field))
      return text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean);
    return text === '' ? undefined : field === 'scope' ? text.replaceAll(/\s+/g, ' ') : text;
  };
  return {
    ...Object.fromEntries(fieldsOf(purpose).map((field) => [field, read(field)])),
    first_party: form['first_party'] === 'yes',
  };
}

/** The same with what the purpose decides, for a new client. */
export const newClient = (purpose: Purpose, form: Form): ClientRegistration =>
  Object.fromEntries(
    Object.entries({ ...fixed[purpose], ...readClient(purpose, form) }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as ClientRegistration;

/** The texts of the form for a registration that there is. */
export const textsOf = (client: Partial<ClientMetadata>): Record<ClientField, string> =>
  Object.fromEntries(
    clientFields.map((field) => {
      const value = client[field];
      return [field, typeof value === 'string' ? value : (value ?? []).join('\n')];
    }),
  ) as Record<ClientField, string>;

/** The texts as they were typed. */
export const typedTexts = (form: Form): Record<ClientField, string> =>
  Object.fromEntries(clientFields.map((field) => [field, form[field] ?? ''])) as Record<ClientField, string>;

/** A mistake of the rules by its sentence: the key of the text that people read, and the address it is about. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/contains a space/, 'uri_space'],
  [/is not an absolute/, 'uri_relative'],
  [/wildcard/, 'uri_wildcard'],
  [/fragment/, 'uri_fragment'],
  [/user name or password/, 'uri_credentials'],
  [/http is for loopback|https URL/, 'uri_http'],
  [/must use https, not/, 'uri_scheme'],
  [/private scheme/, 'uri_private_scheme'],
  [/at least one is needed/, 'uri_missing'],
  [/scope names/, 'scope'],
  [/colour/, 'colour'],
];

export type FieldProblem = { readonly key: string; readonly value: string };

/** What the rules say of the fields, a mistake each; other errors are thrown on. */
export function clientProblems(error: unknown): Partial<Record<string, FieldProblem>> {
  if (!(error instanceof ZodError)) throw error;
  const found: Partial<Record<string, FieldProblem>> = {};
  for (const { path, message } of error.issues) {
    const field = String(path[0] ?? 'client_name');
    const key = sentences.find(([pattern]) => pattern.test(message))?.[1] ?? 'other';
    // The rules put the address before what is wrong with it.
    const value =
      lists.includes(field as ClientField) && key.startsWith('uri_') ? message.split(' ', 1)[0]! : '';
    found[field] ??= { key, value: key === 'uri_missing' ? '' : value };
  }
  return found;
}
