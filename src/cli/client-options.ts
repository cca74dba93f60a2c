// The options of `client create` and `client update`: each field of a registration, as it is typed.

import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import {
  authMethods,
  DEVICE_GRANT,
  grantTypes,
  idTokenAlgorithms,
  type ClientRegistration,
} from '../domain/clients/client-metadata.ts';
import { jsonOption } from './json-option.ts';
import { UsageProblem } from './output.ts';

/** An option and the field of the registration that it sets. An empty text takes the field off. */
type Row = {
  readonly field: keyof ClientRegistration;
  readonly option: Option;
  readonly read?: (typed: string & string[]) => unknown;
};

const option = (flags: string, description: string) => new Option(flags, description);
const several = (flags: string, description: string) =>
  option(flags, `${description}; repeatable`).argParser((value: string, before?: string[]) => [
    ...(before ?? []),
    value,
  ]);
const without = (values: string[]) => values.filter((value) => value !== '');
const words = (values: string[]) => without(values.flatMap((value) => value.split(/[\s,]+/)));
/** The name of a grant without the URN that it is in, if it is in one. */
const shortGrant = (grant: string): string => grant.slice(grant.lastIndexOf(':') + 1);
const spaced = (values: string[]) => without(values.flatMap((value) => value.split(/\s+/))).join(' ');

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageProblem(`--jwks: ${file} will not do: ${(error as Error).message}`, { cause: error });
  }
}

const rows: readonly Row[] = [
  { field: 'client_name', option: option('--name <name>', 'name that people see') },
  {
    field: 'redirect_uris',
    option: several(
      '--redirect-uri <url>',
      'where people return to after signing in: https, or http on loopback',
    ),
    read: without,
  },
  {
    field: 'backchannel_logout_uri',
    option: option('--backchannel-logout-uri <url>', 'where the client is told that a session has ended'),
  },
  {
    field: 'post_logout_redirect_uris',
    option: several('--post-logout-redirect-uri <url>', 'where people return to after signing out'),
    read: without,
  },
  {
    field: 'grant_types',
    option: several('--grant <type>', `one of ${grantTypes.map(shortGrant).join(', ')}`),
    read: (given) => words(given).map((name) => (name === shortGrant(DEVICE_GRANT) ? DEVICE_GRANT : name)),
  },
  {
    field: 'scope',
    option: several('--scope <names>', 'scopes the client may ask for, separated by spaces'),
    read: spaced,
  },
  {
    field: 'token_endpoint_auth_method',
    option: option('--auth-method <method>', 'how the client authenticates').choices(authMethods),
  },
  {
    field: 'token_endpoint_auth_method',
    option: option('--public', 'cannot keep a secret: a browser or native app (auth method none)').conflicts(
      'authMethod',
    ),
    read: () => 'none',
  },
  {
    field: 'application_type',
    option: option('--native', 'an app on a device: private-scheme redirects allowed (RFC 8252)'),
    read: () => 'native',
  },
  {
    field: 'first_party',
    option: option('--first-party', 'our own application: nobody is asked for consent'),
  },
  { field: 'first_party', option: option('--no-first-party', 'people are asked for consent (the default)') },
  {
    field: 'resource_server',
    option: option('--resource-server', 'may introspect the tokens of all clients'),
  },
  { field: 'resource_server', option: option('--no-resource-server', 'only its own (the default)') },
  {
    field: 'id_token_signed_response_alg',
    option: option('--id-token-alg <alg>', 'how ID tokens are signed; without it RS256').choices(
      idTokenAlgorithms,
    ),
  },
  {
    field: 'jwks',
    option: option('--jwks <file>', 'file with the public keys, for private_key_jwt'),
    read: readJson,
  },
  {
    field: 'jwks_uri',
    option: option('--jwks-uri <url>', 'address of the public keys, for private_key_jwt'),
  },
  {
    field: 'require_pushed_authorization_requests',
    option: option('--require-par', 'take only pushed authorization requests (RFC 9126)'),
  },
  {
    field: 'require_pushed_authorization_requests',
    option: option('--no-require-par', 'take others, too (the default)'),
  },
  { field: 'client_uri', option: option('--uri <url>', 'home page of the application') },
  {
    field: 'logo_uri',
    option: option('--logo-uri <url>', 'logo; shown by the browser, never fetched by us'),
  },
  { field: 'policy_uri', option: option('--policy-uri <url>', 'privacy policy') },
  { field: 'tos_uri', option: option('--tos-uri <url>', 'terms of service') },
  {
    field: 'initiate_login_uri',
    option: option('--initiate-login-uri <url>', 'where signing in to the application begins'),
  },
  {
    field: 'accent_color',
    option: option('--accent-color <#rrggbb>', 'accent colour of the pages for this client'),
  },
];

/** The client's own id, at its registration. */
export const idOption = option('--id <client_id>', 'client identifier; random when absent');
/** The option that sets a field. */
export const optionOf = (field: string): string | undefined =>
  field === 'client_id' ? idOption.long : rows.find((row) => row.field === field)?.option.long;

/** A command with all of them. */
export const withRegistration = (command: Command): Command => {
  for (const row of rows) command.addOption(row.option);
  return command.addOption(jsonOption());
};

export type Typed = Readonly<Record<string, unknown>> & { readonly json?: true };

/** The fields that were typed; those typed empty are there and `undefined`. */
export function toRegistration(typed: Typed, command: Command): Partial<ClientRegistration> {
  const given = rows
    .filter(({ option }) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ field, option, read }): [string, unknown] => {
      const value = typed[option.attributeName()];
      if (value === '') return [field, undefined];
      return [field, read ? read(value as string & string[]) : value];
    });
  return Object.fromEntries(given);
}
