// A sign-in after wrong passwords of strangers (A47): what its person hears of them, how often at most, and that neither
// the strangers nor who guesses right can keep it from them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SignInMail } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { GUESSES_TOLD } from '../../src/domain/passwords/failed-passwords.ts';
import { askDevice, atConfirmation, deviceClient } from '../support/device.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { addPasskey, answerPasskey } from '../support/passkey-pages.ts';
import { browserAt, HOME, proxied, signInAt } from '../support/places.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36';
const DAY = 86_400_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid' });
  beforeAll(async () => {
    world = await openWorld({ storage, env: proxied, upstreams: [mojeid.configured] });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 10 * DAY });

  /** A person with a browser that has signed in, and the mails since the last look. */
  async function person(signInMail: SignInMail = 'never') {
    const { id, email } = await world.createAccount({ locale: 'en' });
    await world.core.accounts.change(id, () => ({ signInMail }));
    const own = browserAt(world);
    await signInAt(world, client, own, email);
    let seen = world.mails.length;
    const mails = () => {
      const found = world.mails.slice(seen).filter(({ to }) => to === email);
      seen = world.mails.length;
      return found;
    };
    mails();
    return { id, email, own, mails };
  }
  const wrong = async (email: string, browser = browserAt(world, '203.0.113.5', CHROME)) => {
    await signInAt(world, client, browser, email, 'not the password');
    expect(browser.status).toBe(422);
  };
  /** Strangers, each in a network of their own. */
  const guess = async (email: string, times: number, userAgent = CHROME) => {
    for (let at = 1; at <= times; at += 1) await wrong(email, browserAt(world, `203.0.113.${at}`, userAgent));
  };

  test('A47: who had all mails switched off hears how many there were, since when, and of the last; once', async () => {
    const { email, own, mails } = await person();
    await guess(email, 1);
    const first = new Date();
    pass(3_600_000);
    await guess(email, GUESSES_TOLD);
    pass(3_600_000);
    await signInAt(world, client, own, email);
    expect(own.callback['code']).toBeDefined();
    const [mail, ...more] = mails();
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ kind: 'security', subject: 'Vrátný: a sign-in after wrong passwords' });
    for (const body of [mail!.text, mail!.html]) {
      for (const fact of [HOME, '6 times', `203.0.113.${GUESSES_TOLD}`, 'Chrome 140, Windows'])
        expect(body).toContain(fact);
      expect(body.match(new RegExp(`${first.getUTCFullYear()}`, 'g'))!.length).toBeGreaterThanOrEqual(3);
      expect(body).toMatch(new RegExp(`${world.issuer}/logout-all/[\\w-]{43}`));
    }
    await signInAt(world, client, own, email);
    expect(mails()).toEqual([]);

    const [lockUrl] = new RegExp(`${world.issuer}/not-me/[\\w-]{43}`).exec(mail!.text)!;
    const anywhere = await world.browser().open(lockUrl);
    await anywhere.submit();
    expect(anywhere.status).toBe(200);
    await signInAt(world, client, own, email);
    expect(own.callback['code']).toBeUndefined();
  });

  test('A47: a letter about the sign-in tells it along, and there is no second one', async () => {
    const { email, mails } = await person('unseen');
    const stranger = browserAt(world, '203.0.113.9', CHROME);
    for (let time = 0; time < GUESSES_TOLD; time += 1) {
      await wrong(email, stranger);
      pass(900_000);
    }
    // Who guesses right in the end is told of as well.
    await signInAt(world, client, stranger, email);
    expect(stranger.callback['code']).toBeDefined();
    const told = mails();
    expect(told.map(({ subject }) => subject)).toEqual(['Vrátný: a sign-in after wrong passwords']);
    expect(told[0]!.text).toContain('5 times');
  });

  test('A47: a sign-in by passkey, at an upstream or for a device tells it like one by password, and forgets no fewer', async () => {
    const { id, email, own, mails } = await person();
    const authenticator = new SoftwareAuthenticator(world.issuer);
    await addPasskey(world, email, authenticator);
    const identity = {
      upstream: 'mojeid',
      issuer: mojeid.configured.issuer,
      subject: email,
      clientId: 'ours',
    };
    expect(await world.core.federation.links.add(id, identity)).toBe('linked');
    mails();
    const television = await deviceClient(world);
    const atStart = () => own.open(world.authorizeUrl(client, { prompt: 'login' }));
    const atMojeid = async () => (await atStart()).submit({}, 'mojeid');
    const atDevice = async () => atConfirmation(own, await askDevice(world, television));
    for (const [method, signIn] of [
      ['Passkey', async () => answerPasskey(await atStart(), authenticator)],
      ['Linked identity', async () => mojeid.comeBack(await atMojeid(), { subject: email })],
      ['Code from a device', async () => (await atDevice()).submit({}, 'allow')],
    ] as const) {
      await guess(email, GUESSES_TOLD - 1);
      await signIn();
      expect([method, mails()]).toEqual([method, []]);
      await guess(email, 1);
      await signIn();
      const [mail, ...more] = mails();
      expect([method, more]).toEqual([method, []]);
      for (const fact of [`Signed in with: ${method}`, '5 times']) expect(mail!.text).toContain(fact);
      await signIn();
      expect(mails()).toEqual([]);
      pass(DAY + 1000);
    }
  });

  test('A47: nobody hears of their own slips, of few, or of those at somebody else', async () => {
    const { email, own, mails } = await person();
    const other = await person();
    for (let time = 0; time < GUESSES_TOLD; time += 1) {
      await wrong(email, own);
      pass(900_000);
    }
    await guess(email, GUESSES_TOLD - 1);
    await guess(other.email, GUESSES_TOLD);
    await signInAt(world, client, own, email);
    expect(own.callback['code']).toBeDefined();
    // A right one has begun the count anew.
    await guess(email, GUESSES_TOLD - 1);
    await signInAt(world, client, own, email);
    expect(mails()).toEqual([]);
  });

  test('A47: strangers get a person one letter a day at most; what was held back is in the next one, or in that of a new browser', async () => {
    const { email, own, mails } = await person();
    const told = () => mails().map((mail) => /(\d+) times/.exec(mail.text)?.[1]);
    const round = async () => {
      await guess(email, GUESSES_TOLD);
      await signInAt(world, client, own, email);
      return told();
    };
    expect(await round()).toEqual(['5']);
    pass(DAY / 3);
    expect(await round()).toEqual([]);
    pass(DAY / 3);
    expect(await round()).toEqual([]);
    pass(DAY / 2);
    await signInAt(world, client, own, email);
    expect(told()).toEqual(['10']);
    // Who signs in in a new browser may have guessed right: that is told at once.
    await guess(email, GUESSES_TOLD);
    pass(60_000);
    await signInAt(world, client, browserAt(world, '203.0.113.9', CHROME), email);
    expect(told()).toEqual(['5']);
  });

  test('A47: of sign-ins at the same time one is told', async () => {
    const { email, own, mails } = await person('always');
    const browsers = [own, ...[1, 2, 3].map(() => browserAt(world))];
    await guess(email, GUESSES_TOLD);
    await Promise.all(browsers.map((browser) => signInAt(world, client, browser, email)));
    const subjects = mails().map(({ subject }) => subject);
    expect(subjects).toHaveLength(4);
    expect(subjects.filter((subject) => subject.includes('after wrong passwords'))).toHaveLength(1);
  });

  test('A47: who guesses right and fails at the second factor wipes nothing out, and what a stranger sends is no part of the letter', async () => {
    const { id, email, own, mails } = await person();
    const { key } = await turnOnTotp(world.core, id);
    mails();
    await guess(email, GUESSES_TOLD, '<a href="https://evil.example">Chrome</a> https://evil.example');
    const stranger = await signInAt(world, client, browserAt(world, '203.0.113.9', CHROME), email);
    expect(stranger.heading).toBe(text('step.totp.title'));
    expect(mails()).toEqual([]);
    pass(DAY);
    await signInAt(world, client, own, email);
    await own.submit({ code: appCode(key, new Date()) });
    expect(own.callback['code']).toBeDefined();
    const [mail, ...more] = mails();
    expect(more).toEqual([]);
    expect(mail!.text).toContain('5 times');
    expect(mail!.text + mail!.html).not.toContain('evil');
  });
});
