// A relying party signs a customer in: the main job, from the authorization request to verified tokens.

import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { text } from '../support/texts.ts';
import {
  CALLBACK,
  closeWorld,
  onEveryStorage,
  openWorld,
  PASSWORD,
  token,
  verifier,
  type World,
} from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  test('S7: a person signs in with e-mail and password, and the client gets tokens that say who and how', async () => {
    const client = await world.createClient();
    const { id, email } = await world.createAccount({ login: `žofie-${Date.now()}`, locale: 'cs' });
    const browser = await world
      .browser()
      .open(world.authorizeUrl(client, { scope: 'openid profile email customer', nonce: 'n-1' }));
    expect(browser.heading).toBe('Sign in');
    expect(browser.html).toContain('Hosting panel');

    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.hasLeft).toBe(true);
    expect(browser.url.startsWith(CALLBACK)).toBe(true);
    expect(browser.callback).toMatchObject({ state: 'st', iss: world.issuer });

    const { status, body } = await token(world, client, {
      grant_type: 'authorization_code',
      code: browser.callback['code']!,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    });
    expect(status).toBe(200);
    const keys = jose.createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    const { payload, protectedHeader } = await jose.jwtVerify(body.id_token!, keys, {
      issuer: world.issuer,
      audience: client.metadata.client_id,
    });
    expect(protectedHeader.alg).toBe('RS256');
    expect(payload).toMatchObject({ sub: id, nonce: 'n-1', amr: ['pwd'], acr: 'urn:vratny:acr:one-factor' });
    expect(payload['auth_time']).toBeTypeOf('number');

    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({
      sub: id,
      email,
      email_verified: true,
      name: 'Žofie Křížová',
      locale: 'cs',
      customer_role: 'owner',
      customer_name: 'Žofie Křížová',
      customer_number: expect.stringMatching(/^\d{6,}$/) as string,
    });
  });

  test('S72: names are compared without case and stray spaces, passwords exactly', async () => {
    const client = await world.createClient();
    const { email } = await world.createAccount({ email: 'Jana.Nováková@Example.cz' });
    const browser = await world.browser().open(world.authorizeUrl(client));
    await browser.submit({ login: '  jana.NOVÁKOVÁ@example.CZ \r\n', password: PASSWORD.toUpperCase() });
    expect(browser.status).toBe(422);
    await browser.submit({ login: `\u00a0${email.toUpperCase()}\n`, password: PASSWORD });
    expect(browser.url.startsWith(CALLBACK)).toBe(true);
  });

  test('S72: the page tells what to look at when it does not work, and that new credentials can be mailed', async () => {
    const client = await world.createClient();
    for (const [locale, ...words] of [
      ['en', 'lower case matter', 'Caps Lock', 'line end', 'cookies', 'JavaScript'],
      ['cs', 'Velikost písmen', 'Caps Lock', 'konce řádků', 'cookies', 'JavaScript'],
    ] as const) {
      const browser = world.browser();
      browser.headers['accept-language'] = locale;
      await browser.open(world.authorizeUrl(client));
      for (const word of words) expect(browser.html).toContain(word);
      await browser.open(/href="([^"]*\/recover[^"]*)"/.exec(browser.html)![1]!.replaceAll('&amp;', '&'));
      expect([browser.status, browser.heading]).toEqual([200, text('page.recover.title', {}, locale)]);
    }
  });

  test('whoever is signed in goes straight on to the next client', async () => {
    const client = await world.createClient();
    const { email } = await world.createAccount();
    const browser = await world.browser().open(world.authorizeUrl(client));
    await browser.submit({ login: email, password: PASSWORD });
    const other = await world.createClient({ redirect_uris: ['https://mail.example/cb'] });
    await browser.open(world.authorizeUrl(other));
    expect(browser.url.startsWith('https://mail.example/cb?code=')).toBe(true);
  });

  describe('prompt and max_age', () => {
    test('prompt=none answers login_required without a page when nobody is signed in', async () => {
      const client = await world.createClient();
      const browser = await world.browser().open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(browser.callback).toMatchObject({ error: 'login_required', state: 'st', iss: world.issuer });
    });

    test('prompt=login and a max_age that has passed ask again, with the name filled in', async () => {
      const client = await world.createClient();
      const { email } = await world.createAccount();
      const browser = await world.browser().open(world.authorizeUrl(client));
      await browser.submit({ login: email, password: PASSWORD });
      for (const more of [{ prompt: 'login' }, { max_age: '0' }]) {
        await browser.open(world.authorizeUrl(client, more));
        expect(browser.heading).toBe('Sign in');
        expect(browser.forms[0]!.fields['login']).toBe(email);
        await browser.submit({ login: email, password: PASSWORD });
        expect(browser.callback['code']).toBeDefined();
      }
    });

    test('login_hint fills in the name', async () => {
      const client = await world.createClient();
      const browser = await world
        .browser()
        .open(world.authorizeUrl(client, { login_hint: 'eva@example.cz' }));
      expect(browser.forms[0]!.fields['login']).toBe('eva@example.cz');
    });

    test('prompt=select_account offers to go on or to change the account', async () => {
      const client = await world.createClient();
      const [eva, jan] = [await world.createAccount(), await world.createAccount()];
      const browser = await world.browser().open(world.authorizeUrl(client));
      await browser.submit({ login: eva.email, password: PASSWORD });

      await browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
      expect(browser.html).toContain(eva.email);
      await browser.submit({}, 'continue');
      expect(browser.callback['code']).toBeDefined();

      await browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
      await browser.submit({}, 'other');
      expect(browser.heading).toBe('Sign in');
      await browser.submit({ login: jan.email, password: PASSWORD });
      const { body } = await token(world, client, {
        grant_type: 'authorization_code',
        code: browser.callback['code']!,
        redirect_uri: CALLBACK,
        code_verifier: verifier,
      });
      expect(jose.decodeJwt(body.id_token!).sub).toBe(jan.id);
    });

    test('when the client insists on somebody else, it is told so instead of asking for ever', async () => {
      const client = await world.createClient();
      const { email } = await world.createAccount();
      const claims = JSON.stringify({ id_token: { sub: { value: 'somebody-else' } } });
      const browser = await world.browser().open(world.authorizeUrl(client, { claims }));
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.callback).toMatchObject({ error: 'login_required' });
    });

    test('an acr that cannot be reached ends with unmet_authentication_requirements', async () => {
      const client = await world.createClient();
      const { email } = await world.createAccount();
      const claims = JSON.stringify({ id_token: { acr: { essential: true, values: ['urn:of:nobody'] } } });
      const browser = await world.browser().open(world.authorizeUrl(client, { claims }));
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.callback).toMatchObject({ error: 'unmet_authentication_requirements' });
    });
  });

  test('ui_locales, the browser and the switch on the page choose the language, the switch above all', async () => {
    const client = await world.createClient();
    const browser = await world.browser().open(world.authorizeUrl(client, { ui_locales: 'cs' }));
    expect(browser.heading).toBe('Přihlášení');
    await browser.open(`${browser.url}?lang=en`);
    expect(browser.heading).toBe('Sign in');
    await browser.open(world.authorizeUrl(client, { ui_locales: 'cs' }));
    expect(browser.heading).toBe('Sign in');
  });

  test('giving up returns to the client with access_denied', async () => {
    const client = await world.createClient();
    const browser = await world.browser().open(world.authorizeUrl(client));
    await browser.submit({}, 'Cancel sign-in');
    expect(browser.callback).toMatchObject({ error: 'access_denied', state: 'st' });
  });

  test('response_mode=form_post is a page of ours with one form', async () => {
    const client = await world.createClient();
    const { email } = await world.createAccount();
    const browser = await world.browser().open(world.authorizeUrl(client, { response_mode: 'form_post' }));
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.hasLeft).toBe(false);
    const [form] = browser.forms;
    expect(form).toMatchObject({
      action: CALLBACK,
      method: 'post',
      fields: { state: 'st', iss: world.issuer },
    });
    expect(browser.responseHeaders.get('content-security-policy')).toContain(
      "form-action 'self' https://panel.example",
    );
    expect(browser.html).not.toMatch(/<script>|<style|onload/);
  });
});
