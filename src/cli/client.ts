// `client …`: registering relying parties.

import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import {
  authMethods,
  defaultScope,
  DEVICE_GRANT,
  grantTypes,
  idTokenAlgorithms,
  type ClientRegistration,
} from '../domain/clients/client-metadata.ts';
import type { ClientRecord, IssuedClient } from '../domain/clients/clients.ts';
import type { Config } from '../config/options.ts';
import { AppError } from '../lib/app-error.ts';
import { permissions } from '../domain/operators/permissions.ts';
import { byCommand } from './actor.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { asTyped, UsageProblem, type Output } from './output.ts';
import type { WithCore } from './run.ts';
import { addClientSearch } from './search.ts';

const PAGE = 1000;

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

const idOption = option('--id <client_id>', 'client identifier; random when absent');
const optionOf = (field: string): string | undefined =>
  field === 'client_id' ? idOption.long : rows.find((row) => row.field === field)?.option.long;

const withRows = (command: Command): Command => {
  for (const row of rows) command.addOption(row.option);
  return command.addOption(jsonOption());
};

type Typed = Readonly<Record<string, unknown>> & { readonly json?: true };

/** The fields that were typed; those typed empty are there and `undefined`. */
function toRegistration(typed: Typed, command: Command): Partial<ClientRegistration> {
  const given = rows
    .filter(({ option }) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ field, option, read }): [string, unknown] => {
      const value = typed[option.attributeName()];
      if (value === '') return [field, undefined];
      return [field, read ? read(value as string & string[]) : value];
    });
  return Object.fromEntries(given);
}

/** A scope that no resource has is not wrong, but most often a slip. */
function noteUnknownScopes(scope: string | undefined, { resources }: Config, output: Output): void {
  const known = new Set([defaultScope, ...permissions, ...Object.values(resources)].join(' ').split(' '));
  const unknown = (scope ?? '').split(' ').filter((name) => name !== '' && !known.has(name));
  if (unknown.length > 0)
    output.note(`note: no resource of VRATNY_RESOURCES has the scope ${unknown.join(', ')}`);
}

const shown = ({ metadata, secret }: IssuedClient) => ({
  ...metadata,
  ...(secret ? { client_secret: secret } : {}),
});

const KEEP = 'Keep the secret now: it is stored as a hash and never shown again.';

const lines = ({ metadata, secret }: IssuedClient): string[] => [
  ...fields({ ...metadata, ...(secret ? { client_secret: secret } : {}) }),
  ...(secret ? ['', KEEP] : []),
];

const found = (record: ClientRecord | undefined, id: string): ClientRecord => {
  if (!record)
    throw new AppError('not_found', { detail: `no client ${id}: \`client list\` shows those there are` });
  return record;
};

/** The `client` group. */
export function clientCommands(withCore: WithCore): Command {
  const group = new Command('client').description('relying parties: the applications that people sign in to');

  withRows(group.command('create').description('register a client; prints its id and, once, its secret'))
    .addOption(idOption)
    .action((typed: Typed, command: Command) =>
      withCore(typed.json === true, async ({ core, config, output }) => {
        const registration = toRegistration(typed, command);
        if (registration.client_name === undefined)
          throw new UsageProblem('give --name, the name that people see');
        if (registration.grant_types === undefined && registration.redirect_uris === undefined)
          throw new UsageProblem(
            'give --redirect-uri, --grant client_credentials for a machine, or --grant device_code for a device',
          );
        const id = typed['id'] === undefined ? {} : { client_id: typed['id'] as string };
        const given = Object.entries({ ...registration, ...id }).filter(([, value]) => value !== undefined);
        const issued = await core.acts.clients
          .create(byCommand(), Object.fromEntries(given) as ClientRegistration)
          .catch((error: unknown) => rethrowTyped(error));
        noteUnknownScopes(registration.scope, config, output);
        output.result(shown(issued), () => [
          ...lines(issued),
          '',
          `The application finds everything else at ${config.issuer}/.well-known/openid-configuration`,
        ]);
      }),
    );

  withRows(
    group
      .command('update <client_id>')
      .description('change fields of a registration; an empty text takes a field off, as in --logo-uri ""'),
  ).action((id: string, typed: Typed, command: Command) =>
    withCore(typed.json === true, async ({ core, config, output }) => {
      const change = toRegistration(typed, command);
      if (Object.keys(change).length === 0)
        throw new UsageProblem('nothing to change: give at least one option');
      found(await core.clients.find(id), id);
      const issued = await core.acts.clients
        .change(byCommand(), id, change)
        .catch((error: unknown) => rethrowTyped(error));
      noteUnknownScopes(change.scope, config, output);
      output.result(shown(issued), () => lines(issued));
    }),
  );

  group
    .command('list')
    .description('all clients')
    .addOption(jsonOption())
    .action((options: { json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        const records: ClientRecord[] = [];
        for (let after: string | undefined; ;) {
          const page = await core.clients.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
          records.push(...page);
          after = page.at(-1)?.metadata.client_id;
          if (page.length < PAGE) break;
        }
        output.result(
          records.map(({ metadata }) => metadata),
          () =>
            table(
              records.map(({ metadata }) => ({
                client_id: metadata.client_id,
                name: metadata.client_name,
                authentication: metadata.token_endpoint_auth_method,
                'first party': metadata.first_party ? 'yes' : 'no',
                grants: metadata.grant_types.join(' '),
              })),
            ),
        );
      }),
    );

  addClientSearch(group, withCore);

  const one = (verb: string, description: string) =>
    group.command(`${verb} <client_id>`).description(description).addOption(jsonOption());

  one('show', 'one client, without its secret').action((id: string, options: { json?: true }) =>
    withCore(options.json === true, async ({ core, output }) => {
      const { metadata } = found(await core.clients.find(id), id);
      output.result(metadata, () => lines({ metadata }));
    }),
  );

  one('rotate-secret', 'a new secret, printed once; the old one ends at once, or later')
    .option('--keep <hours>', 'how long the old one stays valid beside it, at most 720', '0')
    .action((id: string, options: { keep: string; json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        if (!/^\d{1,3}$/.test(options.keep) || Number(options.keep) > 720)
          throw new UsageProblem('--keep: must be a number of hours from 0 to 720');
        found(await core.clients.find(id), id);
        const { secret } = await core.acts.clients.rotateSecret(byCommand(), id, Number(options.keep) * 3600);
        const result = { client_id: id, client_secret: secret };
        output.result(result, () => [...fields(result), '', KEEP]);
      }),
    );

  one('disable', 'switch a client off; it gets no tokens, and those that it has open nothing')
    .requiredOption('--reason <text>', 'why; kept with the client')
    .action((id: string, options: { reason: string; json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        found(await core.clients.find(id), id);
        await core.acts.clients.disable(byCommand(), id, options.reason);
        output.result({ client_id: id, disabled: true }, () => [`client ${id} is switched off`]);
      }),
    );

  one('enable', 'switch a client on again').action((id: string, options: { json?: true }) =>
    withCore(options.json === true, async ({ core, output }) => {
      found(await core.clients.find(id), id);
      await core.acts.clients.enable(byCommand(), id);
      output.result({ client_id: id, disabled: false }, () => [`client ${id} is switched on`]);
    }),
  );

  one('delete', 'remove a client; its tokens stop working').action((id: string, options: { json?: true }) =>
    withCore(options.json === true, async ({ core, output }) => {
      found(await core.clients.find(id), id);
      await core.acts.clients.remove(byCommand(), id);
      output.result({ client_id: id, deleted: true }, () => [`client ${id} is deleted`]);
    }),
  );

  return group;
}

function rethrowTyped(error: unknown): never {
  throw asTyped(error, optionOf);
}
