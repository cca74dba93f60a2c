// Two nodes of one provider: started at once on an empty database, told of each other's changes by nothing but it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Browser } from './support/browser.ts';
import { SECRET } from './support/commands.ts';
import { freePort } from './support/free-port.ts';
import { dropDatabase, ownDatabase } from './support/mongo-database.ts';
import {
  eventually,
  runProgram,
  startProgram,
  stopProgram,
  temporaryFolder,
  untilReady,
  type Running,
} from './support/program.ts';

const CALLBACK = 'https://panel.example/cb';
const PASSWORD = 'correct horse battery';
/** Nodes look for changes every second; the rest is for a busy machine. */
const SECONDS = 15_000;
/** A database server takes its time to make all collections and indexes. */
const FIRST_START = 180_000;

type Client = { client_id: string; client_secret: string };

function nodesOn(newStorage: (folder: string) => string, cleanUp: (storage: string) => Promise<void>): void {
  const folder = temporaryFolder();
  let storage: string;
  let env: Record<string, string>;
  let addresses: [string, string];
  let programs: Running[] = [];

  const command = async <T>(line: readonly string[], stdin = ''): Promise<T> => {
    const { code, stdout, stderr } = await runProgram([...line, '--json'], { cwd: folder.path, env, stdin });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as T;
  };
  const kids = async (address: string) => {
    const { keys } = (await (await fetch(`${address}/jwks`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid).toSorted();
  };
  const isKnown = async (address: string, { client_id: id, client_secret: secret }: Client) => {
    const response = await fetch(`${address}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }),
    });
    return response.status === 200;
  };
  const onBoth = (what: string, ask: (address: string) => Promise<boolean>) =>
    Promise.all(
      addresses.map((address) => eventually(what, async () => (await ask(address)) || undefined, SECONDS)),
    );

  beforeAll(async () => {
    const [one, two] = [await freePort(), await freePort()];
    addresses = [`http://localhost:${one}`, `http://localhost:${two}`];
    storage = newStorage(folder.path);
    env = {
      VRATNY_ISSUER: addresses[0],
      VRATNY_HOST_ALIASES: `localhost:${two}`,
      VRATNY_STORAGE: storage,
      VRATNY_SECRET: SECRET,
      VRATNY_HASH_WORKERS: '1',
    };
    programs = [one, two].map((port) =>
      startProgram([], { cwd: folder.path, env: { ...env, VRATNY_PORT: String(port) } }),
    );
    await Promise.all(programs.map((program, index) => untilReady(program, addresses[index]!, FIRST_START)));
  }, FIRST_START);
  afterAll(async () => {
    await Promise.all(programs.map(stopProgram));
    await cleanUp(storage);
    folder.remove();
  });

  test('come up with the same keys', async () => {
    const [one, two] = await Promise.all(addresses.map(kids));
    expect(one).toHaveLength(3);
    expect(two).toEqual(one);
  });

  test('a key rotated by a command is published by both without a restart', async () => {
    const before = await kids(addresses[0]);
    const rotated = await command<{ kid: string }[]>(['keys', 'rotate']);
    const wanted = rotated.map(({ kid }) => kid).toSorted();
    expect(wanted).toHaveLength(6);
    expect(wanted).toEqual(expect.arrayContaining(before));
    await onBoth('rotated', async (address) => (await kids(address)).join() === wanted.join());
  });

  test('a client made, changed and removed by commands is known to both within seconds', async () => {
    const id = 'machine';
    const stranger = { client_id: id, client_secret: 'x' };
    // Asked for before it is there, so that "unknown" is what they remember.
    for (const address of addresses) expect(await isKnown(address, stranger)).toBe(false);
    const create = ['client', 'create', '--name', 'Machine', '--id', id, '--grant', 'client_credentials'];
    const client = await command<Client>(create);
    await onBoth('known', (address) => isKnown(address, client));

    const renewed = await command<Client>(['client', 'rotate-secret', id]);
    await onBoth('taken with the new secret', (address) => isKnown(address, renewed));
    await onBoth('refused with the old one', async (address) => !(await isKnown(address, client)));

    await command(['client', 'delete', id]);
    await onBoth('gone', async (address) => !(await isKnown(address, renewed)));
  });

  test('an account made by a command signs in; disabled by one, its tokens end everywhere at once', async () => {
    const [issuer] = addresses;
    const register = ['client', 'create', '--name', 'Panel', '--redirect-uri', CALLBACK, '--first-party'];
    const client = await command<Client>(register);
    const create = ['account', 'create', '--email', 'eva@example.cz', '--password-stdin'];
    const { id } = await command<{ id: string }>(create, PASSWORD);

    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    const request = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid email',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    });
    const browser = new Browser(issuer);
    await eventually('asked to sign in', async () => {
      await browser.open(`${issuer}/authorize?${request.toString()}`);
      return browser.heading === 'Sign in' || undefined;
    });
    await browser.submit({ login: 'eva@example.cz', password: PASSWORD });
    const { access_token: token } = (await (
      await fetch(`${issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code: browser.callback['code']!,
          redirect_uri: CALLBACK,
          code_verifier: verifier,
          client_id: client.client_id,
          client_secret: client.client_secret,
        }),
      })
    ).json()) as { access_token: string };
    const userinfo = (address: string) =>
      fetch(`${address}/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    for (const address of addresses) {
      expect(await (await userinfo(address)).json()).toMatchObject({ sub: id, email: 'eva@example.cz' });
    }

    await command(['account', 'disable', 'eva@example.cz']);
    for (const address of addresses) expect((await userinfo(address)).status).toBe(401);
    await browser.open(`${issuer}/authorize?${request.toString()}`);
    expect(browser.heading).toBe('Sign in');
    await browser.submit({ login: 'eva@example.cz', password: PASSWORD });
    expect(browser.hasLeft).toBe(false);

    await command(['account', 'enable', 'eva@example.cz']);
    await browser.submit({ login: 'eva@example.cz', password: PASSWORD });
    expect(browser.hasLeft).toBe(true);
  });
}

describe('two nodes on one SQLite file', () => {
  nodesOn(
    (folder) => `sqlite:${folder}/vratny.sqlite`,
    () => Promise.resolve(),
  );
});

const uri = process.env['TEST_MONGODB_URI'];
describe.skipIf(!uri)(
  'two nodes on one MongoDB database',
  () => {
    nodesOn(() => ownDatabase(uri!), dropDatabase);
  },
  120_000,
);
