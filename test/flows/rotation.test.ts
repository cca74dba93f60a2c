// A103: signing keys and the secret of the installation are replaced node by node while people sign in on all of them, and
// nobody notices: no sign-in fails, also none that was begun before, and every token verifies by the keys of every node.

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as jose from 'jose';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { exchange, refresh, userinfo } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const OLD = 'the secret that everything was made with';
const NEW = 'the secret that comes in the place of that one';
const OVERLAP_SECONDS = 20;
const LANES = 2;

onEveryStorage((newStorage, name) => {
  const folder = mkdtempSync(join(tmpdir(), 'vratny-rotation-'));
  const storage = name === 'sqlite' ? `sqlite:${join(folder, 'store.sqlite')}` : newStorage();
  let front: Server;
  /** Who answers, in turns: the next request of a sign-in meets another node than the one before. */
  let nodes: World[] = [];
  let turn = 0;
  const underWay = new Map<World, number>();
  let client: IssuedClient;

  const openNode = (...secrets: string[]): Promise<World> =>
    openWorld({
      storage,
      env: {
        VRATNY_ISSUER: `http://localhost:${(front.address() as AddressInfo).port}`,
        VRATNY_SECRET: secrets.join(','),
        // With a pepper, which comes of the secret.
        VRATNY_HASH_PROFILE: 'argon2id',
      },
    });

  beforeAll(async () => {
    front = createServer((req, res) => {
      const node = nodes[(turn += 1) % nodes.length]!;
      underWay.set(node, (underWay.get(node) ?? 0) + 1);
      res.on('close', () => underWay.set(node, underWay.get(node)! - 1));
      node.app.handle(req, res);
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', () => resolve()));
    nodes = [await openNode(OLD)];
    nodes.push(await openNode(OLD));
    client = await nodes[0]!.createClient();
  });
  afterAll(async () => {
    vi.useRealTimers();
    front.closeAllConnections();
    front.close();
    const [last, ...others] = nodes;
    for (const node of others) await node.close();
    await closeWorld(last!, storage);
    rmSync(folder, { recursive: true });
  });

  const begin = (): Promise<Browser> => {
    const [node] = nodes;
    return node!.browser().open(node!.authorizeUrl(client));
  };
  async function finish(browser: Browser, email: string): Promise<void> {
    const [node] = nodes;
    await browser.submit({ login: email, password: PASSWORD });
    const { status, body } = await exchange(node!, client, browser);
    expect(status).toBe(200);
    const refreshed = await refresh(node!, client, body.refresh_token);
    expect(refreshed.status).toBe(200);
    expect((await userinfo(node!, refreshed.body.access_token)).status).toBe(200);
    for (const idToken of [body.id_token!, refreshed.body.id_token!]) await expectVerified(idToken);
  }
  /** By what nodes publish at this moment, as a client that has just fetched it. */
  async function expectVerified(idToken: string): Promise<void> {
    for (const { issuer } of nodes) {
      const keys = (await (await fetch(`${issuer}/jwks`)).json()) as jose.JSONWebKeySet;
      await jose.jwtVerify(idToken, jose.createLocalJWKSet(keys));
    }
  }

  test('keys and secret are replaced under load, and no sign-in fails', async () => {
    const emails = await Promise.all(
      Array.from({ length: LANES }, async () => (await nodes[0]!.createAccount()).email),
    );
    let done = 0;
    const failures: unknown[] = [];
    const end = new AbortController();
    const lanes = emails.map(async (email) => {
      while (!end.signal.aborted && failures.length === 0) {
        await begin()
          .then((browser) => finish(browser, email))
          .catch((error: unknown) => failures.push(error));
        done += 1;
      }
    });
    /** A change, with a sign-in that is begun before and ended after it, and a whole one of a lane in between. */
    async function change(make: () => Promise<unknown>): Promise<void> {
      const browser = await begin();
      const before = done;
      await make();
      await vi.waitFor(() => expect(done).toBeGreaterThan(before + 1), { timeout: 30_000, interval: 20 });
      await finish(browser, emails[0]!);
    }
    /** One node after the other is stopped and started with these secrets. */
    async function restartWith(...secrets: string[]): Promise<void> {
      for (const [index, old] of [...nodes].entries()) {
        await change(async () => {
          nodes[index] = await openNode(...secrets);
          // What it has begun it ends.
          await vi.waitFor(() => expect(underWay.get(old)).toBe(0), { timeout: 10_000, interval: 5 });
          await old.close();
        });
      }
    }
    const kids = async () => (await nodes[0]!.core.signingKeys.list()).map(({ kid, state }) => [kid, state]);

    const before = await kids();
    await change(async () => {
      await nodes[0]!.core.signingKeys.rotate(OVERLAP_SECONDS);
      for (const { app } of nodes) await app.engine.refresh();
    });
    await change(async () => {
      const now = Date.now() + (OVERLAP_SECONDS + 1) * 1000;
      vi.useFakeTimers({ toFake: ['Date'], now });
      for (const { app } of nodes) await app.engine.refresh();
    });
    for (const [kid] of before) expect(await kids()).toContainEqual([kid, 'retired']);

    // Every node must know the new one before one of them seals with it.
    await restartWith(OLD, NEW);
    await restartWith(NEW, OLD);
    end.abort();
    await Promise.all(lanes);
    expect(failures).toEqual([]);
    expect(await nodes[0]!.core.audit.verify()).toMatchObject({ problems: [], unproved: 0 });
    expect(done).toBeGreaterThan(6 * LANES);
  }, 120_000);
});
