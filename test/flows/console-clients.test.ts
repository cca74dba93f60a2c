// How an application proves itself, changed in the console: what it takes, what is shown once, and what ends with it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEVICE_GRANT } from '../../src/domain/clients/client-metadata.ts';
import type { Browser } from '../support/browser.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const REASON = 'asked for on the phone';
/** RFC 8037, appendix A.2, with its thumbprint of A.3 in the test. */
const JWK = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  beforeAll(async () => {
    world = await openWorld({
      storage,
      clock: { now: () => new Date(now), sleep: () => Promise.resolve() },
    });
  });
  afterAll(() => closeWorld(world, storage));

  const said = (browser: Browser) =>
    /id="(?:notice|problem)"[^>]*>([^]*?)<\/div>/.exec(browser.html)?.[1] ?? '';

  test('a device is registered as one: no address to return to, and told how it begins', async () => {
    const browser = await atConsole(world, await createOperator(world, 'owner'), '/admin/clients/new');
    await browser.open('/admin/clients/new?purpose=device');
    expect(browser.html).not.toContain('redirect_uris');
    await browser.submit({ client_name: 'Television' });
    expect(browser.html).toContain(`${world.issuer}/device-authorization`);
    // Nothing that it has no use for.
    for (const path of ['authorize', 'logout']) expect(browser.html).not.toContain(`${world.issuer}/${path}`);
    // The snippet works as it stands: plain http must be allowed, and there is no secret to fill in.
    expect(browser.html).toContain('execute: [client.allowInsecureRequests]');
    expect(browser.html).not.toContain('THE_SECRET');
    const id = /\/admin\/clients\/([^/]+)\/tester$/.exec(browser.url)![1]!;
    const device = { grant_types: [DEVICE_GRANT, 'refresh_token'], token_endpoint_auth_method: 'none' };
    expect((await world.core.clients.find(id))!.metadata).toMatchObject(device);
    await browser.open(`/admin/clients/${id}/edit`);
    await browser.submit({ client_name: 'Big television', reason: REASON });
    expect((await world.core.clients.find(id))!.metadata).toMatchObject({
      ...device,
      client_name: 'Big television',
    });
  });

  test('a refused form of a new application stays the form of what it is', async () => {
    const path = '/admin/clients/new?purpose=device';
    const browser = await atConsole(world, await createOperator(world, 'clients'), path);
    await browser.submit({ client_name: ' ' });
    expect([browser.status, browser.url]).toEqual([422, `${world.issuer}${path}`]);
    expect((await browser.open(browser.url)).html).toContain('value="device"');
  });

  test('A72: how an application proves itself: a reason and a fresh proof, a secret shown once, keys and secrets that end', async () => {
    const client = await world.createClient();
    const { client_id: id } = client.metadata;
    const path = `/admin/clients/${id}/authentication`;
    const stored = async () => (await world.core.clients.get(id))!.doc;
    const [one, other] = (await Promise.all(
      ['one', 'other'].map(async () => atConsole(world, await createOperator(world, 'owner'), path)),
    )) as [Browser, Browser];
    now += 6 * 60_000;
    await one.submit({ method: 'none', reason: REASON });
    expect([one.status, one.html.includes('Confirm that it is you')]).toEqual([422, true]);
    expect((await stored()).metadata.token_endpoint_auth_method).toBe('client_secret_basic');
    now -= 6 * 60_000;

    await one.open(path);
    await one.submit({ method: 'client_secret_basic', reason: REASON });
    expect(said(one)).toContain('Nothing is changed');
    for (const [fields, problem] of [
      [{ method: 'private_key_jwt' }, 'Paste the public keys'],
      [{ method: 'private_key_jwt', jwks: 'no json' }, 'no public keys'],
      [{ method: 'private_key_jwt', jwks: '{"kty":"EC","crv":"P-256"}' }, 'no public keys'],
      [{ method: 'private_key_jwt', jwks: JSON.stringify({ ...JWK, d: 'x' }) }, 'a private key in it'],
      [{ method: 'private_key_jwt', jwks: JSON.stringify(JWK), jwks_uri: 'https://a.example' }, 'not both'],
      [{ method: 'private_key_jwt', jwks: '', jwks_uri: 'http://keys.example' }, 'begin with https'],
      [{ method: 'tls_client_auth', jwks: '', jwks_uri: '' }, 'Choose how the application'],
    ] as const) {
      await one.post(path, { ...one.forms.at(-1)!.fields, ...fields, reason: REASON });
      expect([fields, one.status, one.html.includes(problem)]).toEqual([fields, 422, true]);
    }
    await one.post(path, {
      ...one.forms.at(-1)!.fields,
      method: 'private_key_jwt',
      jwks: JSON.stringify(JWK),
      jwks_uri: '',
      scope: 'clients:write',
      reason: REASON,
    });
    expect(said(one)).toContain('in the new way');
    expect(await stored()).toMatchObject({
      secrets: [],
      metadata: { jwks: { keys: [JWK] }, scope: client.metadata.scope },
    });
    expect(
      (await world.core.audit.list({ action: 'client.changed' }, { limit: 1 })).entries[0]!.doc,
    ).toMatchObject({
      reason: REASON,
      before: { auth_method: 'client_secret_basic' },
      after: { auth_method: 'private_key_jwt', keys: ['kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'] },
    });

    await (await one.open(path)).submit({ method: 'client_secret_post', reason: REASON });
    const secret = /<dt>client_secret<\/dt><dd><code class="key">([\w-]{43})</.exec(one.html)?.[1];
    expect(secret).toBeDefined();
    expect((await stored()).metadata).not.toHaveProperty('jwks');
    for (const page of [path, `/admin/clients/${id}`])
      expect((await one.open(page)).html).not.toContain(secret);
    await other.submit({ method: 'none', reason: REASON });
    expect([other.status, said(other).includes('changed it meanwhile')]).toEqual([422, true]);

    await (await one.open(path)).submit({ method: 'none', reason: REASON });
    expect(await stored()).toMatchObject({ secrets: [], metadata: { token_endpoint_auth_method: 'none' } });
    // A machine has to prove itself.
    const machine = await world.createClient({ grant_types: ['client_credentials'], redirect_uris: [] });
    await one.open(`/admin/clients/${machine.metadata.client_id}/authentication`);
    expect(one.html).not.toContain('id="method-none"');
    await one.post(one.url, { ...one.forms.at(-1)!.fields, method: 'none', reason: REASON });
    expect([one.status, one.html.includes('cannot prove itself this way')]).toEqual([422, true]);
  });
});
