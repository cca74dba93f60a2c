// A plain provider as an upstream, by configuration alone: a bare oidc-provider that knows nothing of us.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { createConfiguredUpstreams } from '../../../src/configured-upstreams.ts';
import { silentLog } from '../../../src/lib/log.ts';
import type { ConfiguredUpstream } from '../../../src/ports/upstream.ts';
import { Browser } from '../../support/browser.ts';
import { temporaryFolder } from '../../support/program.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testClock } from '../../support/world.ts';

const redirectUri = 'https://id.example.cz/callback/corp';
const person = {
  email: 'lucy@corp.example',
  email_verified: true,
  name: 'Lucy Corp',
  preferred_username: 'lucy',
};

let server: Server;
let issuer: string;
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  folder = temporaryFolder();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'vratny', client_secret: 'a secret of ours', redirect_uris: [redirectUri] }],
    claims: { email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...person }) }),
  });
  const answer = provider.callback();
  server.on('request', (req, res) => void answer(req, res));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  folder.remove();
});

function configured(more: object = {}): ConfiguredUpstream {
  const file = join(folder.path, 'upstreams.json');
  const entry = {
    name: 'corp',
    kind: 'oidc',
    issuer,
    client_id: 'vratny',
    client_secret: 'a secret of ours',
  };
  writeFileSync(file, JSON.stringify([{ ...entry, ...more }]));
  const config = loadConfig({
    VRATNY_SECRET: 'a secret for tests and for nobody else',
    VRATNY_STORAGE: 'sqlite::memory:',
    VRATNY_UPSTREAMS_FILE: file,
    VRATNY_FETCH_ALLOW: '127.0.0.0/8',
  });
  return createConfiguredUpstreams(config, silentLog, testClock)[0]!;
}

/** Signs in on the provider's own pages and hands over what is asked for; what the browser comes back with. */
async function signInThere(browser: Browser, url: string): Promise<URLSearchParams> {
  await browser.open(url);
  if (!browser.hasLeft && browser.html.includes('name="login"'))
    await browser.submit({ login: 'lucy', password: 'any' });
  if (!browser.hasLeft) await browser.submit();
  return new URL(browser.url).searchParams;
}

test('it needs no more than its issuer, a client and a secret', async () => {
  const { upstream } = configured();
  const browser = new Browser(issuer);
  const { url, ticket } = await upstream.begin({ redirectUri, uiLocale: 'en' });
  const params = await signInThere(browser, url);
  const identity = await upstream.complete(params, ticket);
  expect(identity).toMatchObject({
    issuer,
    subject: 'lucy',
    clientId: 'vratny',
    profile: { email: person.email, emailVerified: true, name: person.name, username: 'lucy' },
  });
  // It does not say when without being asked, and then it does.
  const fresh = await upstream.begin({ redirectUri, uiLocale: 'en', maxAgeSeconds: 0 });
  const { authTime } = await upstream.complete(await signInThere(browser, fresh.url), fresh.ticket);
  expect(authTime).toBeCloseTo(Date.now() / 1000, -2);
  // It promises to name itself, so an answer that does not is not its own (RFC 9207 §2.4).
  const again = await upstream.begin({ redirectUri, uiLocale: 'en' });
  const unnamed = await signInThere(browser, again.url);
  unnamed.delete('iss');
  await expect(upstream.complete(unnamed, again.ticket)).rejects.toMatchObject({ reason: 'invalid' });
});

test('keys, secrets and hosts that are not the configured ones are of no use', async () => {
  const { upstream: hosts } = configured({ issuer: issuer.replace('127.0.0.1', 'localhost') });
  await expect(hosts.check?.()).rejects.toMatchObject({ message: 'metadata: are of another issuer' });
  const { upstream: es } = configured({ id_token_signed_response_alg: 'ES256' });
  await expect(es.check?.()).rejects.toMatchObject({
    message: 'metadata: ID tokens are not signed by ES256',
  });
  const { upstream: secret } = configured({ client_secret: 'another secret' });
  await expect(secret.check?.()).resolves.toBeUndefined();
  const { url, ticket } = await secret.begin({ redirectUri, uiLocale: 'en' });
  const params = await signInThere(new Browser(issuer), url);
  await expect(secret.complete(params, ticket)).rejects.toMatchObject({ reason: 'unavailable' });
});

test('what an operator did not open is not asked', async () => {
  const file = join(folder.path, 'upstreams.json');
  const entry = {
    name: 'corp',
    kind: 'oidc',
    issuer,
    client_id: 'vratny',
    client_secret: 'a secret of ours',
  };
  writeFileSync(file, JSON.stringify([entry]));
  const config = loadConfig({
    VRATNY_SECRET: 'a secret for tests and for nobody else',
    VRATNY_STORAGE: 'sqlite::memory:',
    VRATNY_UPSTREAMS_FILE: file,
  });
  const [closed] = createConfiguredUpstreams(config, silentLog, testClock);
  await expect(closed!.upstream.check?.()).rejects.toMatchObject({
    reason: 'unavailable',
    message: expect.stringContaining('is not a public address') as string,
  });
});
