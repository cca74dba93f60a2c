// `migrate` and `hash`: what works beside the rules, on the bare storage and on none.

import { Command } from 'commander';
import { loadConfig, type Environment } from '../config/load.ts';
import { allShapes } from '../domain/collections.ts';
import { migrationStatus } from '../domain/migrate.ts';
import { table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { createOutput } from './output.ts';
import { readPassword } from './standard-input.ts';

/** The `migrate` group and `hash`. */
export function storageCommands(env: Environment): Command[] {
  const migrateGroup = new Command('migrate').description(
    'the shape of the stored data; brought up to date at every start',
  );
  migrateGroup
    .command('status')
    .description('which migrations there are and whether each has run; runs none')
    .addOption(jsonOption())
    .action(async (options: { json?: true }) => {
      const { openConfiguredStore } = await import('../configured-store.ts');
      const store = await openConfiguredStore(loadConfig(env));
      try {
        const status = await migrationStatus(store, allShapes);
        createOutput(options.json === true).result(status, () => [
          `tables and indexes: ${status.prepared ? 'up to date' : 'to be prepared at the next start'}`,
          ...(status.migrations.length === 0
            ? ['migrations: none in this version']
            : table(
                status.migrations.map(({ id, applied }) => ({
                  migration: id,
                  state: applied ? 'has run' : 'runs at the next start',
                })),
              )),
        ]);
      } finally {
        await store.close();
      }
    });

  const hash = new Command('hash')
    .description(
      'hash a password from standard input by the current profile; prints the PHC string, which verifies under this VRATNY_SECRET only',
    )
    .addOption(jsonOption())
    .action(async (options: { json?: true }) => {
      const config = loadConfig(env);
      const password = await readPassword();
      const { createConfiguredHasher } = await import('../outside.ts');
      const hasher = createConfiguredHasher(config);
      try {
        const phc = await hasher.hash(password);
        createOutput(options.json === true).result({ hash: phc }, () => [phc]);
      } finally {
        await hasher.close();
      }
    });

  return [migrateGroup, hash];
}
