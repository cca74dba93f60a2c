// What a thief of the database gets: none of the secrets that went through a whole sign-in, in any collection.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allShapes } from '../../src/domain/collections.ts';
import type { Store } from '../../src/ports/store.ts';
import { basic, exchange, introspect, refresh, signIn } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

/** Everything that is stored, ids and documents, as one text. */
async function dump(store: Store): Promise<string> {
  const lists = await Promise.all(
    allShapes.map(async (shape) => {
      const documents = await store.collection(shape as never).list(undefined, { limit: 1000 });
      return [shape.name, documents];
    }),
  );
  return JSON.stringify(Object.fromEntries(lists as [string, unknown][]));
}

// A secret from the clients file with all that is special in Basic, in forms and in URLs.
const SPECIAL = ':p%2B+ &=/?#"\\~ and 40 characters in all';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  const folder = mkdtempSync(join(tmpdir(), 'vratny-'));
  let world: World;
  beforeAll(async () => {
    const file = join(folder, 'clients.json');
    const robot = { grant_types: ['client_credentials'], client_secret: SPECIAL };
    const clients = [
      { ...robot, client_id: 'robot.basic', client_name: 'Robot' },
      {
        ...robot,
        client_id: 'robot.post',
        client_name: 'Robot',
        token_endpoint_auth_method: 'client_secret_post',
      },
    ];
    writeFileSync(file, JSON.stringify(clients));
    world = await openWorld({ storage, env: { VRATNY_CLIENTS_FILE: file } });
  });
  afterAll(async () => {
    await closeWorld(world, storage);
    rmSync(folder, { recursive: true });
  });

  test('S5, S16: no password, secret, code, token or cookie is stored as it is, or logged', async () => {
    const client = await world.createClient({ first_party: false });
    const { id, email } = await world.createAccount();
    const browser = await signIn(
      world,
      client,
      { email },
      { scope: 'openid email offline_access', prompt: 'consent', state: 'the-state-of-the-client' },
    );
    const during = await world.browser().open(world.authorizeUrl(client));
    const { code } = browser.callback;
    const { body: tokens } = await exchange(world, client, browser);
    const { body: renewed } = await refresh(world, client, tokens.refresh_token);
    await introspect(world, client, renewed.access_token);
    const robot = await world.createClient({ grant_types: ['client_credentials'], redirect_uris: [] });
    const { body: own } = await token(world, robot, { grant_type: 'client_credentials' });
    const pushed = await fetch(`${world.issuer}/par`, {
      method: 'POST',
      headers: { authorization: basic(client.metadata.client_id, client.secret!) },
      body: new URL(world.authorizeUrl(client)).searchParams,
    });
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
    await browser.open('/logout');
    const { url } = await world.core.setPassword.offer((await world.core.accounts.get(id))!);

    const cookies = [...browser.cookies, ...during.cookies].map(([name, { value }]) => [name, value]);
    const secrets: [string, string | undefined][] = [
      ['password', PASSWORD],
      ['client secret', client.secret],
      ['second client secret', robot.secret],
      ['code', code],
      ['access token', tokens.access_token],
      ['refresh token', tokens.refresh_token],
      ['ID token', tokens.id_token],
      ['later access token', renewed.access_token],
      ['later refresh token', renewed.refresh_token],
      ['client token', own.access_token],
      ['pushed request', requestUri.split(':').at(-1)],
      ['set-password link', url.split('/').at(-1)],
      ...cookies.map(([name, value]): [string, string | undefined] => [`cookie ${name}`, value]),
    ];
    const stored = await dump(world.store);
    expect(stored).toContain(email);
    const logged = JSON.stringify(world.logs);
    expect(logged).toContain('token');
    for (const [what, secret] of secrets) {
      expect(secret?.length, what).toBeGreaterThan(10);
      expect(stored.includes(secret!), `${what} is stored`).toBe(false);
      expect(logged.includes(secret!), `${what} is logged`).toBe(false);
    }
    expect(logged).not.toContain(email);
    expect(logged).not.toContain('the-state-of-the-client');
  });

  test('private signing keys are sealed', async () => {
    const stored = await dump(world.store);
    const { jwks } = await world.core.signingKeys.load();
    for (const key of jwks) {
      expect(stored).toContain(key.kid);
      for (const part of ['d', 'p', 'q', 'dp', 'dq', 'qi']) {
        if (typeof key[part] === 'string') expect(stored).not.toContain(key[part]);
      }
    }
  });

  describe('A88: a secret with special characters', () => {
    const ask = (headers: Record<string, string>, more: Record<string, string>) =>
      fetch(`${world.issuer}/token`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ grant_type: 'client_credentials', ...more }),
      });

    test('arrives in the header and in the form', async () => {
      const inHeader = await ask({ authorization: basic('robot.basic', SPECIAL) }, {});
      expect(inHeader.status).toBe(200);
      const inForm = await ask({}, { client_id: 'robot.post', client_secret: SPECIAL });
      expect(inForm.status).toBe(200);
    });

    test('but not in both at once, and not in a header that is none', async () => {
      const wrong = [
        await ask(
          { authorization: basic('robot.basic', SPECIAL) },
          { client_id: 'robot.basic', client_secret: SPECIAL },
        ),
        await ask({ authorization: `Basic ${btoa('robot.basic')}` }, {}),
        await ask({ authorization: `Basic ${btoa('robot.basic:%zz')}` }, {}),
        await ask({ authorization: 'Basic ***' }, {}),
      ];
      expect(wrong.map(({ status }) => [400, 401].includes(status))).toEqual(wrong.map(() => true));
    });
  });
});
