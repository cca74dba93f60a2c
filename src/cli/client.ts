// `client …`: registering relying parties.

import { Command } from 'commander';
import { defaultScope, type ClientRegistration } from '../domain/clients/client-metadata.ts';
import type { ClientRecord, IssuedClient } from '../domain/clients/clients.ts';
import type { Config } from '../config/options.ts';
import { AppError } from '../lib/app-error.ts';
import { permissions } from '../domain/operators/permissions.ts';
import { byCommand } from './actor.ts';
import { idOption, optionOf, toRegistration, withRegistration, type Typed } from './client-options.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { asTyped, UsageProblem, type Output } from './output.ts';
import type { WithCore } from './run.ts';
import { addClientSearch } from './search.ts';

const PAGE = 1000;
/** Of ours, and given to nobody who does not ask for it. */
const SSH_KEYS = 'ssh_keys';

/** A scope that no resource has is not wrong, but most often a slip. */
function noteUnknownScopes(scope: string | undefined, { resources }: Config, output: Output): void {
  const known = new Set(
    [defaultScope, SSH_KEYS, ...permissions, ...Object.values(resources)].join(' ').split(' '),
  );
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

  withRegistration(
    group.command('create').description('register a client; prints its id and, once, its secret'),
  )
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

  withRegistration(
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
