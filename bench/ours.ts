// Ours as a server: the real process as in production, on a database made and filled beforehand.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCore } from '../src/core.ts';
import { loadConfig } from '../src/config/load.ts';
import { silentLog } from '../src/lib/log.ts';
import { client, freePort, PASSWORD, PEOPLE, personEmail, startSubject, type Subject } from './subject.ts';

/** How `npm start` starts it: its flags, with paths that hold from any folder. */
const startArguments = (): string[] => {
  const root = new URL('../', import.meta.url);
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts: { start: string };
  };
  const [, ...words] = scripts.start.split(' ');
  return words.map((word) => (/^(\.\/)?src\//.test(word) ? fileURLToPath(new URL(word, root)) : word));
};

export type OursOptions = {
  readonly folder: string;
  /** `sqlite:PATH` or `mongodb://…`. */
  readonly storage: string;
  readonly hashWorkers: number;
};

/** The environment of a production server on loopback. Every sign-in comes from an address of its own. */
function environment({ folder, storage, hashWorkers }: OursOptions, port: number): Record<string, string> {
  return {
    NODE_ENV: 'production',
    VRATNY_ISSUER: `http://localhost:${port}`,
    VRATNY_PORT: String(port),
    VRATNY_SECRET: 'a secret for the benchmark and for nothing else',
    VRATNY_STORAGE: storage,
    VRATNY_CLIENTS_FILE: join(folder, 'clients.json'),
    VRATNY_TRUSTED_PROXIES: '127.0.0.1',
    VRATNY_HASH_WORKERS: String(hashWorkers),
    VRATNY_LOG_LEVEL: 'info',
  };
}

/** Makes the client and the people. All have the same password, so one hash does for them. */
export async function seed(options: OursOptions): Promise<void> {
  const { redirect_uri: redirectUri, ...registration } = client;
  const clients = [
    { ...registration, client_name: 'Benchmark', redirect_uris: [redirectUri], first_party: true },
  ];
  writeFileSync(join(options.folder, 'clients.json'), JSON.stringify(clients));
  const core = await createCore(loadConfig(environment(options, 3000)), silentLog);
  const passwordHash = await core.hasher.hash(PASSWORD);
  for (let index = 0; index < PEOPLE; index += 1) {
    const account = await core.accounts.create({
      email: personEmail(index),
      emailVerified: true,
      name: 'Jana Nováková',
      passwordHash,
    });
    await core.customers.createOwnedBy(account.id, { kind: 'person', name: 'Jana Nováková' });
  }
  await core.signingKeys.ensure();
  await core.close();
}

/** Starts the server on the seeded database. */
export async function startOurs(options: OursOptions): Promise<Subject> {
  const port = await freePort();
  return startSubject([...startArguments(), 'serve'], port, environment(options, port));
}
