// SSH and GPG keys: added, made, renamed and removed on the account pages, and given to the servers that ask for them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { allShapes } from '../../src/domain/collections.ts';
import { makeSshKey } from '../../src/domain/public-keys/new-ssh-key.ts';
import type { Browser } from '../support/browser.ts';
import { changeLetters } from '../support/change-letters.ts';
import { obtain, userinfo } from '../support/relying-party.ts';
import { ed25519Fingerprint, gpgFingerprint, gpgKeys, sshKeys } from '../support/sample-keys.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, token, type World } from '../support/world.ts';

const PAGE = '/account/keys';
const PRIVATE = /-----BEGIN OPENSSH PRIVATE KEY-----[^]+-----END OPENSSH PRIVATE KEY-----\n/;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 7_200_000 });

  async function person() {
    const { id, email } = await world.createAccount();
    return { id, email, browser: await atAccount(world, PAGE, email) };
  }
  const add = async (browser: Browser, name: string, key: string) => {
    await browser.open(PAGE);
    return browser.submit({ name, key });
  };
  const everything = async () =>
    JSON.stringify([
      await Promise.all(
        allShapes.map((shape) => world.store.collection(shape as never).list(undefined, { limit: 1000 })),
      ),
      world.logs,
      world.mails,
    ]);

  test('S28, S31: own SSH and GPG keys are added by name, live in one list, and are told by mail', async () => {
    const { id, email, browser } = await person();
    await add(browser, 'Notebook', sshKeys.ed25519);
    expect(browser.html).toContain(text('account.notice.key_added'));
    await add(browser, 'Podpis', gpgKeys.ed25519);
    for (const part of [
      ed25519Fingerprint,
      'jana@notebook',
      gpgFingerprint,
      'Jana Nováková &lt;jana@example.cz&gt;',
    ])
      expect(browser.html).toContain(part);
    expect((await world.core.publicKeys.list(id)).map(({ doc }) => doc.kind).toSorted()).toEqual([
      'gpg',
      'ssh',
    ]);
    expect([
      changeLetters(world, email, 'ssh_key_added').length,
      changeLetters(world, email, 'gpg_key_added').length,
    ]).toEqual([1, 1]);

    for (const [name, key, problem] of [
      ['Again', sshKeys.ed25519, 'key_taken'],
      ['NOTEBOOK', sshKeys.ecdsa256, 'name_taken'],
      [' \u0000', sshKeys.ecdsa256, 'no_name'],
      ['Weak', sshKeys.rsa1024, 'weak_rsa'],
      ['Options', `command="sh" ${sshKeys.ecdsa256}`, 'options'],
    ] as const) {
      await add(browser, name, key);
      expect([name, browser.status]).toEqual([name, 422]);
      expect(browser.html).toContain(text(`account.keys.problem.${problem}`));
    }
    expect(await world.core.publicKeys.list(id)).toHaveLength(2);
    // The same key may be somebody else's too: several people use one machine.
    const other = await person();
    await add(other.browser, 'Notebook', sshKeys.ed25519);
    expect(other.browser.html).toContain(text('account.notice.key_added'));
  });

  test('a private key that is pasted is refused with a warning, and stays nowhere', async () => {
    const { id, browser } = await person();
    const { privateFile } = makeSshKey('x');
    const secret = privateFile.split('\n')[2]!;
    for (const fields of [
      { name: 'Oops', key: privateFile },
      { name: privateFile.replaceAll('\n', ' '), key: 'x' },
    ]) {
      await browser.open(PAGE);
      await browser.submit(fields);
      expect(browser.status).toBe(422);
      expect(browser.html).toContain(text('account.keys.problem.private_key'));
      expect(browser.html).not.toContain(secret);
    }
    expect(await world.core.publicKeys.list(id)).toEqual([]);
    expect(await everything()).not.toContain(secret);
  });

  test('S29: a pair is made here; its private part is shown once and kept nowhere', async () => {
    const { id, email, browser } = await person();
    await browser.open(PAGE);
    await browser.submit({ new_name: '<script>alert(1)</script>' });
    expect(browser.responseHeaders.get('cache-control')).toContain('no-store');
    const [shown = ''] = PRIVATE.exec(browser.html) ?? [];
    const secret = shown.split('\n')[2]!;
    expect(secret).toMatch(/^[\w+/=]{50,70}$/);
    expect(browser.html).toContain('&lt;script&gt;');
    expect(changeLetters(world, email, 'ssh_key_added')).toHaveLength(1);
    const [key] = await world.core.publicKeys.list(id);
    expect(key!.doc).toMatchObject({ source: 'generated', type: 'ssh-ed25519' });
    expect(browser.html).toContain(key!.doc.text);
    expect(await everything()).not.toContain(secret);
    // Loaded again, the form makes no second one and shows nothing.
    await browser.open(PAGE);
    await browser.submit({ new_name: '<script>alert(1)</script>' });
    expect([browser.status, PRIVATE.test(browser.html)]).toEqual([422, false]);
    expect(browser.html).toContain(text('account.keys.problem.name_taken'));
    await browser.open(`${PAGE}/${key!.id}`);
    expect([browser.status, PRIVATE.test(browser.html)]).toEqual([200, false]);
    expect(await world.core.publicKeys.list(id)).toHaveLength(1);
  });

  test('S30: a key is removed after a confirmation; it can be renamed before', async () => {
    const { id, email, browser } = await person();
    await add(browser, 'Notebook', sshKeys.ed25519);
    await add(browser, 'Desktop', sshKeys.ecdsa256);
    const key = (await world.core.publicKeys.list(id)).find(({ doc }) => doc.name === 'Notebook')!;
    await browser.open(`${PAGE}/${key.id}`);
    await browser.submit({ name: 'desktop' });
    expect(browser.html).toContain(text('account.keys.problem.name_taken'));
    await browser.submit({ name: 'Old notebook' });
    expect(browser.html).toContain(text('account.notice.key_renamed'));
    await browser.open(`${PAGE}/${key.id}`);
    await browser.submit({}, text('account.keys.remove_now'));
    expect(browser.html).toContain(text('account.notice.key_removed'));
    expect(changeLetters(world, email, 'ssh_key_removed')).toHaveLength(1);
    expect((await world.core.publicKeys.list(id)).map(({ doc }) => doc.name)).toEqual(['Desktop']);
    await browser.open(`${PAGE}/${key.id}`);
    expect(browser.status).toBe(404);
  });

  test('another person’s key is not there: not to see, not to rename, not to remove', async () => {
    const { id, browser } = await person();
    await add(browser, 'Notebook', sshKeys.ed25519);
    const [key] = await world.core.publicKeys.list(id);
    const thief = await person();
    const { csrf } = thief.browser.forms[0]!.fields as { csrf: string };
    await thief.browser.open(`${PAGE}/${key!.id}`);
    expect(thief.browser.status).toBe(404);
    await thief.browser.post(`${PAGE}/${key!.id}/rename`, { csrf, name: 'mine', accountId: thief.id });
    await thief.browser.post(`${PAGE}/${key!.id}/remove`, { csrf });
    await thief.browser.post(PAGE, { csrf, name: 'for you', key: sshKeys.ecdsa256, accountId: id });
    expect(await world.core.publicKeys.list(id)).toEqual([key]);
    await browser.post(`${PAGE}/${key!.id}/remove`, { csrf });
    expect(browser.status).toBe(403);
  });

  test('keys that were added of late go when the account is locked by its mail', async () => {
    const { id, browser } = await person();
    await add(browser, 'Long ago', sshKeys.ed25519);
    pass(8 * 86_400_000);
    const again = await atAccount(world, PAGE, (await world.core.accounts.get(id))!.doc.email);
    await add(again, 'Thief', sshKeys.ecdsa256);
    const url = await world.core.endingLinks.lockUrl((await world.core.accounts.get(id))!);
    await (await world.browser().open(url)).submit();
    expect((await world.core.publicKeys.list(id)).map(({ doc }) => doc.name)).toEqual(['Long ago']);
  });

  test('a resource server gets the SSH keys of an account, by id or login; nobody else does', async () => {
    const { id, email, browser } = await person();
    await add(browser, 'Notebook', sshKeys.ed25519);
    await add(browser, 'Podpis', gpgKeys.ed25519);
    const machine = {
      grant_types: ['client_credentials' as const],
      redirect_uris: [],
      scope: 'openid ssh_keys',
    };
    const server = await world.createClient({ ...machine, resource_server: true });
    const tokenOf = async (client: typeof server, scope = 'ssh_keys') =>
      (await token(world, client, { grant_type: 'client_credentials', scope })).body.access_token!;
    const ask = async (query: string, bearer?: string) => {
      const headers: Record<string, string> =
        bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const response = await fetch(`${world.issuer}/api/authorized-keys${query}`, { headers });
      return { status: response.status, body: await response.text(), headers: response.headers };
    };
    const bearer = await tokenOf(server);
    const ours = (await world.core.publicKeys.list(id)).find(({ doc }) => doc.kind === 'ssh')!.id;
    const line = `${sshKeys.ed25519.split(' ').slice(0, 2).join(' ')} ${ours}\n`;
    for (const account of [id, email, email.toUpperCase()]) {
      const answer = await ask(`?account=${encodeURIComponent(account)}`, bearer);
      expect(answer).toMatchObject({ status: 200, body: line });
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(await ask('?account=nobody', bearer)).toMatchObject({ status: 200, body: '' });
    for (const query of ['', '?account=a&account=b']) expect((await ask(query, bearer)).status).toBe(400);
    for (const wrong of [undefined, 'x', 'vratny_ct_nothing', `${bearer}x`])
      expect((await ask(`?account=${id}`, wrong)).status).toBe(401);
    expect((await ask(`?account=${id}`, await tokenOf(server, 'openid'))).status).toBe(403);
    expect((await ask(`?account=${id}`, await tokenOf(await world.createClient(machine)))).status).toBe(403);

    // To an application the person gives their keys by a scope; its token opens nothing here.
    const app = await world.createClient({ scope: 'openid ssh_keys' });
    const { tokens } = await obtain(world, app, { email }, { scope: 'openid ssh_keys' });
    expect((await userinfo(world, tokens.access_token)).body).toMatchObject({ ssh_keys: [line.trim()] });
    expect((await ask(`?account=${id}`, tokens.access_token)).status).toBe(401);
    const plain = await obtain(world, app, { email }, { scope: 'openid' });
    expect((await userinfo(world, plain.tokens.access_token)).body).not.toHaveProperty('ssh_keys');

    await world.core.accounts.change(id, () => ({ status: 'disabled' }));
    expect(await ask(`?account=${id}`, bearer)).toMatchObject({ status: 200, body: '' });
  });
});
