// Passkeys from the first to the last: added on the account page, used to sign in and as the second factor, removed.
// The authenticator is one in software; a real browser does the same in test/browser/passkeys.test.ts.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collections } from '../../src/domain/collections.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { FORM_LIMIT_BYTES } from '../../src/http/form.ts';
import type { Browser } from '../support/browser.ts';
import { atSignIn, exchange, snapshot } from '../support/journeys.ts';
import { addPasskey, answerPasskey, passkeyQuestion } from '../support/passkey-pages.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PATH = '/account/security/passkeys';
const MULTI_FACTOR = 'urn:vratny:acr:multi-factor';

onEveryStorage((newStorage) => {
  let storage: string;
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    storage = newStorage();
    world = await openWorld({ storage });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));

  const newKey = (flags: ConstructorParameters<typeof SoftwareAuthenticator>[1] = {}) =>
    new SoftwareAuthenticator(world.issuer, flags);

  /** An account with a passkey, and the browser that it was added in. */
  async function withPasskey(flags: ConstructorParameters<typeof SoftwareAuthenticator>[1] = {}) {
    const { id, email } = await world.createAccount();
    const authenticator = newKey(flags);
    const browser = await addPasskey(world, email, authenticator);
    return { id, email, authenticator, browser };
  }

  async function claims(browser: Browser): Promise<{ amr?: string[]; acr?: string; sub?: string }> {
    const { body } = await exchange(world, client, browser);
    return decodeJwt(body.id_token ?? '');
  }

  const passkeyPage = (browser: Browser) => browser.open(browser.url.replace(/[^/]+$/, 'passkey'));

  const history = async (accountId: string) =>
    (await world.core.history.list(accountId, { limit: 50 })).entries;

  describe('as the first factor', () => {
    test('one that checks who holds it signs in by itself and counts as two', async () => {
      const { id, authenticator } = await withPasskey();
      const browser = await atSignIn(world, client);
      await answerPasskey(browser, authenticator);
      expect(await claims(browser)).toMatchObject({
        sub: id,
        amr: ['hwk', 'user', 'mfa'],
        acr: MULTI_FACTOR,
      });
    });

    test('a synced one is told to be in software', async () => {
      const { authenticator } = await withPasskey({ be: true, bs: true });
      const browser = await atSignIn(world, client, { acr_values: MULTI_FACTOR });
      await answerPasskey(browser, authenticator);
      expect(await claims(browser)).toMatchObject({ amr: ['swk', 'user', 'mfa'], acr: MULTI_FACTOR });
    });

    test('W5: one that checks nothing is one factor, and the code of the app is asked', async () => {
      const { id, authenticator } = await withPasskey({ uv: false });
      const { key } = await turnOnTotp(world.core, id);
      const browser = await atSignIn(world, client);
      await answerPasskey(browser, authenticator);
      expect(browser.url).toMatch(/\/interaction\/[\w-]+\/totp$/);
      // The same passkey again is no second factor, unless it checks now.
      await passkeyPage(browser);
      await answerPasskey(browser, authenticator);
      expect(browser.html).toContain(text('step.passkey.problem.not_verified'));
      await browser.open(browser.url.replace(/[^/]+$/, 'totp'));
      await browser.submit({ code: appCode(key, world.core.clock.now()) });
      const { sub, amr } = await claims(browser);
      expect(sub).toBe(id);
      expect(amr).toEqual(expect.arrayContaining(['hwk', 'otp']));
    });

    test('W5: without a second factor set up it is one factor, and the tokens say so', async () => {
      const { authenticator } = await withPasskey({ uv: false });
      const browser = await atSignIn(world, client);
      await answerPasskey(browser, authenticator);
      const { amr, acr } = await claims(browser);
      expect([amr, acr]).toEqual([['hwk', 'user'], 'urn:vratny:acr:one-factor']);
    });

    test('W5: a client that asks for two factors gets them from a passkey that checks the second time', async () => {
      const { authenticator } = await withPasskey({ uv: false });
      const browser = await atSignIn(world, client, { acr_values: MULTI_FACTOR });
      await answerPasskey(browser, authenticator);
      expect(browser.url).toMatch(/\/passkey$/);
      await answerPasskey(browser, authenticator);
      expect(browser.url).toMatch(/\/passkey$/);
      await answerPasskey(browser, authenticator, { flags: { uv: true } });
      expect(await claims(browser)).toMatchObject({ acr: MULTI_FACTOR });
    });

    test('W12: the page asks the same, whatever name it was given', async () => {
      const { email } = await withPasskey();
      const asked = async (hint: Record<string, string>) => {
        const page = await atSignIn(world, client, hint);
        const { challenge: _fresh, ...question } = JSON.parse(passkeyQuestion(page)) as Record<
          string,
          unknown
        >;
        return question;
      };
      const anybody = await asked({});
      expect(anybody).toMatchObject({ allowCredentials: [], userVerification: 'required' });
      expect(await asked({ login_hint: email })).toEqual(anybody);
      expect(await asked({ login_hint: 'nobody@example.cz' })).toEqual(anybody);
    });
  });

  describe('as the second factor', () => {
    test('one takes the place of the code, and only one of the same account', async () => {
      const { id, email, authenticator } = await withPasskey({ uv: false });
      const stranger = await withPasskey();
      await turnOnTotp(world.core, id);
      const browser = await atSignIn(world, client);
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.html).toContain(text('step.passkey.offer'));
      await passkeyPage(browser);
      expect(JSON.parse(passkeyQuestion(browser))).toMatchObject({
        allowCredentials: [{ id: authenticator.id }],
      });

      await answerPasskey(browser, stranger.authenticator);
      expect(browser.status).toBe(422);
      expect(browser.html).toContain(text('step.passkey.problem.not_accepted'));
      expect((await history(id))[0]?.doc).toMatchObject({ result: 'refused', reason: 'wrong_passkey' });

      await answerPasskey(browser, authenticator);
      const { sub, amr, acr } = await claims(browser);
      expect([sub, acr]).toEqual([id, MULTI_FACTOR]);
      expect(amr).toEqual(expect.arrayContaining(['pwd', 'hwk', 'mfa']));
    });

    test('it is not offered to who has none', async () => {
      const { id, email } = await world.createAccount();
      await turnOnTotp(world.core, id);
      const browser = await atSignIn(world, client);
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.html).not.toContain(text('step.passkey.offer'));
      await passkeyPage(browser);
      await answerPasskey(browser, (await withPasskey()).authenticator);
      expect(browser.html).toContain(text('step.passkey.problem.not_accepted'));
    });
  });

  describe('an attacker', () => {
    test('W2: cannot use an answer again, nor in another sign-in', async () => {
      const { authenticator } = await withPasskey({ counts: false });
      const browser = await atSignIn(world, client);
      const credential = authenticator.get(passkeyQuestion(browser));
      const other = await atSignIn(world, client);
      await other.submit({ credential });
      expect(other.html).toContain(text('step.passkey.problem.not_accepted'));
      await browser.submit({ credential });
      expect(browser.callback['code']).toBeDefined();
      await other.submit({ credential });
      expect(other.html).toContain(text('step.passkey.problem.not_accepted'));
    });

    test('W10: cannot take a question for the first factor to a second factor of somebody else', async () => {
      const { authenticator } = await withPasskey();
      const victim = await withPasskey();
      await turnOnTotp(world.core, victim.id);
      const browser = await atSignIn(world, client);
      const question = passkeyQuestion(browser);
      await browser.submit({ login: victim.email, password: PASSWORD });
      await passkeyPage(browser);
      await browser.submit({
        credential: authenticator.get(question, { userHandle: victim.authenticator.userHandle }),
      });
      expect(browser.html).toContain(text('step.passkey.problem.not_accepted'));
      expect(browser.hasLeft).toBe(false);
    });

    test('learns nothing from an account that is disabled', async () => {
      const { id, authenticator } = await withPasskey();
      await world.core.accounts.change(id, () => ({ status: 'disabled' }));
      const pageAfter = async (key: SoftwareAuthenticator) => {
        const browser = await atSignIn(world, client);
        await answerPasskey(browser, key);
        expect(browser.status).toBe(422);
        return browser.html.replaceAll(/[\w-]{20,}/g, '…');
      };
      const unknown = newKey();
      unknown.userHandle = authenticator.userHandle;
      expect(await pageAfter(authenticator)).toBe(await pageAfter(unknown));
    });

    test('in the session, without the password, can neither add nor remove one', async () => {
      const { id, browser } = await withPasskey();
      const before = await snapshot(world, ['passkeys']);
      const [own] = await world.store
        .collection(collections.passkeys)
        .list({ key: 'accountId', value: id }, { limit: 1 });
      for (const path of [PATH, `${PATH}/${own!.id}`]) {
        await browser.open(path);
        await browser.submit({ password: 'not the password' });
        expect(browser.status).toBe(422);
        expect(browser.html).toContain(text('account.passkeys.problem.wrong_password'));
        expect(browser.html).not.toContain('data-options');
      }
      // A question for a sign-in, answered as one for a new passkey.
      const question = {
        user: { id: 'x' },
        ...(JSON.parse(passkeyQuestion(await atSignIn(world, client))) as object),
      };
      const { csrf } = browser.forms.at(-1)!.fields;
      const credential = newKey().create(JSON.stringify(question));
      await browser.post(`${PATH}/new`, { csrf: csrf!, name: 'x', credential });
      expect(browser.html).toContain(text('account.passkeys.problem.not_accepted'));
      // And none of somebody else's.
      const stranger = await withPasskey();
      await stranger.browser.open(`${PATH}/${own!.id}`);
      expect(stranger.browser.status).toBe(404);
      const fields = { csrf: stranger.browser.forms[0]?.fields['csrf'] ?? '', password: PASSWORD };
      for (const act of ['rename', 'remove'])
        await stranger.browser.post(`${PATH}/${own!.id}/${act}`, { ...fields, name: 'x' });
      const kept = (await snapshot(world, ['passkeys'])) as { passkeys: { id: string }[] };
      expect(kept.passkeys.filter(({ id: key }) => key === own!.id)).toEqual(
        (before as typeof kept).passkeys.filter(({ id: key }) => key === own!.id),
      );
    });

    test('who has added one with a stolen password loses both by the link in the letter about it', async () => {
      const { email, authenticator, browser: thief } = await withPasskey();
      const letter = world.mails.findLast(({ to }) => to === email)!;
      const owner = world.browser();
      await owner.open(/http:\S+\/not-me\/[\w-]+/.exec(letter.text)![0]);
      await owner.submit();
      await thief.open(PATH);
      expect(thief.url).not.toBe(`${world.issuer}${PATH}`);
      for (const browser of [thief, await atSignIn(world, client)]) {
        await answerPasskey(browser, authenticator);
        expect(browser.html).toContain(text('step.passkey.problem.not_accepted'));
      }
    });

    test('who sends an answer too large is refused before it is read', async () => {
      const browser = await atSignIn(world, client);
      await browser.submit({ credential: 'x'.repeat(FORM_LIMIT_BYTES) });
      expect(browser.status).toBe(413);
    });
  });

  describe('on the account page', () => {
    test('one is listed with its use, named anew and removed; each change is told by mail', async () => {
      const { email, authenticator, browser } = await withPasskey({ be: true, bs: true });
      expect(browser.html).toContain(text('account.notice.passkey_added'));
      expect(browser.html).toContain(text('account.passkeys.synced'));
      expect(browser.html).toContain(text('account.passkeys.never_used'));
      const mailsTo = () =>
        world.mails.filter(({ to, subject }) => to === email && subject.includes('security'));
      expect(mailsTo().at(-1)?.text).toContain(text('mail.credential_changed.what.passkey_added'));

      const elsewhere = await atSignIn(world, client);
      await answerPasskey(elsewhere, authenticator);
      await browser.open(PATH);
      expect(browser.html).not.toContain(text('account.passkeys.never_used'));

      await browser.open(/href="(\/account\/security\/passkeys\/[\w-]{43})"/.exec(browser.html)![1]!);
      await browser.submit({ name: ' ' });
      expect(browser.html).toContain(text('account.passkeys.problem.no_name'));
      await browser.submit({ name: 'Žlutý <b>klíč</b>' });
      expect(browser.html).toContain('Žlutý &lt;b&gt;klíč&lt;/b&gt;');

      await browser.open(/href="(\/account\/security\/passkeys\/[\w-]{43})"/.exec(browser.html)![1]!);
      await browser.submit({ password: PASSWORD });
      expect(browser.html).toContain(text('account.notice.passkey_removed'));
      expect(mailsTo().at(-1)?.text).toContain(text('mail.credential_changed.what.passkey_removed'));
      const after = await atSignIn(world, client);
      await answerPasskey(after, authenticator);
      expect(after.html).toContain(text('step.passkey.problem.not_accepted'));
    });

    test('W11: with the second factor on, its code is asked as well', async () => {
      const { id, email } = await world.createAccount();
      const { key } = await turnOnTotp(world.core, id);
      const now = () => world.core.clock.now();
      const browser = await world.browser().open(PATH);
      await browser.submit({ login: email, password: PASSWORD });
      await browser.submit({ code: appCode(key, now()) });
      expect(browser.url).toBe(`${world.issuer}${PATH}`);
      await browser.submit({ password: PASSWORD, code: '000000' });
      expect(browser.html).toContain(text('account.passkeys.problem.wrong_code'));
      await browser.submit({ password: PASSWORD, code: appCode(key, now(), 1) });
      await browser.submit({ name: 'Key', credential: newKey().create(passkeyQuestion(browser)) });
      expect(browser.html).toContain(text('account.notice.passkey_added'));
    });

    test('W11: the only way in cannot be removed', async () => {
      const { id, authenticator } = await withPasskey();
      await world.core.accounts.change(id, () => ({ passwordHash: undefined }));
      const browser = await world.browser().open(PATH);
      await answerPasskey(browser, authenticator);
      await browser.open(/href="(\/account\/security\/passkeys\/[\w-]{43})"/.exec(browser.html)![1]!);
      await browser.submit({}, text('account.passkeys.remove'));
      expect(browser.html).toContain(text('account.passkeys.problem.last_way_in'));
      // Signed in just now with a passkey, that is proof enough to add another one.
      await browser.open(PATH);
      await browser.submit({}, text('account.passkeys.add'));
      await browser.submit({ name: 'Second', credential: newKey().create(passkeyQuestion(browser)) });
      expect(browser.html).toContain(text('account.notice.passkey_added'));
    });

    test('W8: one that somebody has cannot be added again, and whose it is stays untold', async () => {
      const { authenticator, email } = await withPasskey();
      const other = await world.createAccount();
      const browser = await world.browser().open(PATH);
      await browser.submit({ login: other.email, password: PASSWORD });
      await browser.submit({ password: PASSWORD });
      await browser.submit({ name: 'Key', credential: authenticator.create(passkeyQuestion(browser)) });
      expect(browser.html).toContain(text('account.passkeys.problem.not_accepted'));
      expect(browser.html).not.toContain(email);
    });
  });
});
