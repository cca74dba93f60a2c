// S2, S3, S62–S65: registration. Form, code by SMS, mailed link; then there is an account with its customer, and the
// person goes on to where they came from.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { collections } from '../../src/domain/collections.ts';
import { digest } from '../../src/lib/digest.ts';
import { exchange } from '../support/journeys.ts';
import { MINUTE, moveClock } from '../support/lost-device.ts';
import { newcomer, registrationEnv, registrationJourney } from '../support/registration.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const HOUR = 60 * MINUTE;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let way: ReturnType<typeof registrationJourney>;
  beforeAll(async () => {
    world = await openWorld({ storage, env: registrationEnv });
    client = await world.createClient();
    way = registrationJourney(world);
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  test('S2, S3, S62–S65: from the sign-in page over form, SMS and mail to an account, and back to the application', async () => {
    const person = newcomer();
    const browser = way.browserOf(person);
    await browser.open(world.authorizeUrl(client));
    const [, href] = /href="(\/register\?from=[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(href!);
    expect([browser.status, browser.heading]).toEqual([200, 'Registration']);
    expect(browser.html).toContain('Hosting panel');
    await way.fill(browser, person);
    expect([browser.status, browser.heading]).toEqual([200, 'Enter the code from the text message']);
    expect(way.mailsTo(person)).toEqual([]);
    await browser.submit({ code: way.codeSentTo(person) });
    expect([browser.status, browser.heading]).toEqual([200, 'Look into your mail']);
    expect(browser.html).not.toMatch(/activate\/[\w-]{43}/);
    expect(await way.accountOf(person)).toBeUndefined();

    const link = way.linkIn(person);
    expect(link.startsWith(`${world.issuer}/activate/`)).toBe(true);
    // In another browser, as on the device that the mail is read on.
    const phone = await world.browser().open(link);
    expect([phone.status, phone.heading]).toEqual([200, 'Complete your registration']);
    expect(phone.responseHeaders.get('referrer-policy')).toBe('no-referrer');
    expect(phone.html).toContain('Jana Nováková');
    expect(phone.html).not.toContain(person.phone.slice(4));
    expect(await way.accountOf(person)).toBeUndefined();
    await phone.submit({});
    expect(phone.heading).toBe('Your account is ready');
    expect(phone.html).toContain('href="/account"');

    const account = await way.accountOf(person);
    expect(account!.doc).toMatchObject({
      email: person.email,
      emailVerified: true,
      phone: person.phone,
      phoneVerified: true,
      name: 'Jana Nováková',
      givenName: 'Jana',
      familyName: 'Nováková',
      locale: 'en',
      status: 'active',
      agreements: [
        { document: 'terms', version: '2026-11', at: expect.stringMatching(/^\d{4}-/) as string },
        { document: 'privacy', version: '1', at: expect.stringMatching(/^\d{4}-/) as string },
      ],
    });
    const owned = await world.core.customers.ofAccount(account!.id);
    expect(owned).toMatchObject([
      { role: 'owner', customer: { doc: { kind: 'person', name: 'Jana Nováková' } } },
    ]);
    expect(owned[0]!.customer.doc.number).toMatch(/^\d{6,}$/);

    expect(await (await fetch(`${world.issuer}/register/state`)).json()).toEqual({ state: 'none' });
    await browser.open('/register/mail');
    expect(browser.heading).toBe('Your account is ready');
    const [, onward] = /class="button" href="(\/interaction\/[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(onward!);
    expect(browser.heading).toBe('Sign in');
    await browser.submit({ login: person.email, password: PASSWORD });
    expect((await exchange(world, client, browser)).status).toBe(200);
  });

  test('a company registers by its name, and persons of it need not be named', async () => {
    const person = newcomer();
    const company = { kind: 'company', company: 'Hvězdy, s.r.o.', given_name: '', family_name: '' };
    await way.atMail(person, '/register', company);
    const browser = await world.browser().open(way.linkIn(person));
    expect(browser.html).toContain('Hvězdy, s.r.o.');
    await browser.submit({});
    const account = (await way.accountOf(person))!;
    expect(account.doc).toMatchObject({ name: 'Hvězdy, s.r.o.' });
    expect(await world.core.customers.ofAccount(account.id)).toMatchObject([
      { customer: { doc: { kind: 'company', name: 'Hvězdy, s.r.o.' } } },
    ]);
  });

  test('what is missing or wrong is told at its field, what was typed stays, and nothing is sent or stored', async () => {
    const person = newcomer();
    const texts = world.texts.length;
    for (const [fields, reason] of [
      [{ given_name: ' ' }, 'fill in your first name'],
      [{ family_name: '' }, 'fill in your last name'],
      [{ kind: 'company', company: '' }, 'fill in the name of the company'],
      [{ given_name: 'Win www.prize.example' }, 'no link and no @'],
      [{ family_name: 'x'.repeat(101) }, 'at most 100 characters'],
      [{ email: 'jana' }, 'whole e-mail address'],
      [{ email: 'jana@localhost' }, 'whole e-mail address'],
      [{ email: 'a@b.cz, c@d.cz' }, 'whole e-mail address'],
      [{ email: '"a b"@c.cz' }, 'whole e-mail address'],
      [{ phone: '12' }, 'This is no phone number'],
      [{ phone: '+420 222 222 222' }, 'cannot get text messages'],
      [{ phone: '+420 900 123 456' }, 'cannot get text messages'],
      [{ phone: '+49 1512 3456789' }, 'no text messages to this country'],
      [{ phone: '+1 900 234 5678' }, 'no text messages to this country'],
      [{ phone: '+881 6 1234 5678' }, 'no text messages to this country'],
      [{ password: '' }, 'fill in the new password'],
      [{ password: 'short' }, 'password is too short'],
      [{ password: 'x'.repeat(2000) }, 'too long'],
      [{ password: person.email }, 'same as the login name'],
      [{ terms: '' }, 'without this'],
      [{ terms: '2025-01' }, 'without this'],
      [{ privacy: '' }, 'without this'],
      [{ altcha: '' }, 'needs JavaScript'],
      [{ altcha: 'bm9uc2Vuc2U=' }, 'no longer valid'],
    ] as const) {
      const browser = await way.atCode(person, '/register', fields);
      expect([fields, browser.status]).toEqual([fields, 422]);
      expect([fields, browser.html]).toEqual([fields, expect.stringContaining(reason) as string]);
      const kept = browser.forms[0]!.fields;
      if (!('email' in fields)) expect(kept['email']).toBe(person.email);
      expect(kept['password']).toBe('');
      await browser.open('/register/code');
      expect(browser.heading).toBe('Registration');
    }
    expect(world.texts).toHaveLength(texts);
  });

  test('Slovak numbers and domestic ones without a prefix will do', async () => {
    const slovak = { ...newcomer(), phone: '+421905123456' };
    expect((await way.atCode(slovak)).heading).toBe('Enter the code from the text message');
    expect(world.texts.at(-1)!.to).toBe('+421905123456');
    const czech = newcomer();
    const browser = await way.atCode(czech, '/register', { phone: czech.phone.slice(4) });
    expect(browser.html).toContain(czech.phone.slice(-3));
    // Another message is said once.
    await browser.submit({}, 'Send a new code');
    expect(browser.html).toContain('A new code is on its way');
    expect((await browser.open('/register/code')).html).not.toContain('A new code is on its way');
    expect(world.texts.at(-1)!.to).toBe(czech.phone);
  });

  test('interrupted anywhere it goes on where it was left, from any page of it', async () => {
    const person = newcomer();
    const browser = await way.atCode(person);
    for (const path of ['/register', '/register/mail', '/register/code']) {
      await browser.open(path);
      expect([path, browser.heading]).toEqual([path, 'Enter the code from the text message']);
    }
    // Come back from another application: it is that one that the person returns to.
    await browser.open(world.authorizeUrl(client));
    const [, href] = /href="(\/register\?from=[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(href!);
    expect(browser.html).toContain('Hosting panel');
    await browser.submit({ code: way.codeSentTo(person) });
    for (const path of ['/register', '/register/code', '/register/mail']) {
      await browser.open(path);
      expect([path, browser.heading]).toEqual([path, 'Look into your mail']);
    }
    const first = way.linkIn(person);
    await browser.submit({}, 'Send the mail again');
    const second = way.linkIn(person);
    expect(second).not.toBe(first);
    expect((await world.browser().open(first)).status).toBe(410);
    await browser.open(second);
    await browser.submit({});
    expect(browser.html).toMatch(/class="button" href="\/interaction\//);
  });

  test('in another browser the form is filled in again with the same address, and both ways lead to one account', async () => {
    const person = newcomer();
    await way.atMail(person);
    const first = way.linkIn(person);
    await way.atMail({ ...person, phone: newcomer().phone });
    const second = way.linkIn(person);
    const browser = await world.browser().open(second);
    await browser.submit({});
    expect(browser.heading).toBe('Your account is ready');
    await browser.open(first);
    await browser.submit({});
    expect(browser.heading).toBe('There is an account with this address already');
    expect(await world.core.customers.ofAccount((await way.accountOf(person))!.id)).toHaveLength(1);
  });

  test('starting again forgets what was begun', async () => {
    const person = newcomer();
    const browser = await way.atMail(person);
    const link = way.linkIn(person);
    await browser.submit({}, 'Start again with other details');
    expect(browser.heading).toBe('Registration');
    expect((await world.browser().open(link)).status).toBe(410);
  });

  test('an unfinished registration vanishes after 24 hours, and a link with it', async () => {
    const person = newcomer();
    const browser = await way.atMail(person);
    const link = way.linkIn(person);
    const rows = world.store.collection(collections.registrations);
    const secret = link.split('/').at(-1)!;
    const stored = await rows.findOne('link', digest(secret));
    expect(JSON.stringify(stored)).not.toContain(secret);
    moveClock(24 * HOUR - MINUTE);
    expect((await world.browser().open(link)).status).toBe(200);
    moveClock(2 * MINUTE);
    expect((await world.browser().open(link)).status).toBe(410);
    await browser.open('/register/mail');
    expect(browser.heading).toBe('Registration');
    expect(await rows.get(stored!.id)).toBeUndefined();
    expect(await way.accountOf(person)).toBeUndefined();
  });

  test('when the sign-in it began from is over meanwhile, its page leads on to a new one', async () => {
    const person = newcomer();
    const browser = way.browserOf(person);
    await browser.open(world.authorizeUrl(client));
    const [, href] = /href="(\/register\?from=[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(href!);
    await way.fill(browser, person);
    await browser.submit({ code: way.codeSentTo(person) });
    moveClock(2 * HOUR);
    await browser.open(way.linkIn(person));
    await browser.submit({});
    const [, onward] = /class="button" href="(\/interaction\/[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(onward!);
    expect(browser.status).toBe(410);
    const [, again] = /href="(\/authorize\?[^"]+)"/.exec(browser.html) ?? [];
    await browser.open(again!.replaceAll('&amp;', '&'));
    await browser.submit({ login: person.email, password: PASSWORD });
    expect(browser.callback['code']).toBeDefined();
  });

  test('in Czech every page and both messages are Czech', async () => {
    const person = newcomer();
    const browser = way.browserOf(person);
    browser.headers['accept-language'] = 'cs';
    const headings: string[] = [];
    headings.push((await browser.open('/register')).heading);
    headings.push((await way.fill(browser, person)).heading);
    expect(world.texts.at(-1)!.text).toMatch(/kod/);
    headings.push((await browser.submit({ code: way.codeSentTo(person) })).heading);
    expect(way.mailsTo(person).at(-1)!.subject).toContain('dokončete registraci');
    headings.push((await browser.open(way.linkIn(person))).heading);
    headings.push((await browser.submit({})).heading);
    expect(headings).toEqual([
      'Registrace',
      'Opište kód ze SMS',
      'Podívejte se do e-mailu',
      'Dokončete registraci',
      'Váš účet je připravený',
    ]);
    expect((await way.accountOf(person))!.doc.locale).toBe('cs');
  });
});

test('S3: without a password in the form, a link to set it is mailed once the account is active', async () => {
  const world = await openWorld({ env: { ...registrationEnv, VRATNY_FIRST_PASSWORD: 'link' } });
  const way = registrationJourney(world);
  const person = newcomer();
  const browser = await way.browserOf(person).open('/register');
  expect(browser.forms[0]!.fields).not.toHaveProperty('password');
  await way.fill(browser, person);
  await browser.submit({ code: way.codeSentTo(person) });
  await browser.open(way.linkIn(person));
  await browser.submit({});
  expect(browser.html).toContain('one more mail');
  expect((await way.accountOf(person))!.doc).not.toHaveProperty('passwordHash');
  const [link] = /http:\S+\/set-password\/[\w-]{43}/.exec(way.mailsTo(person).at(-1)!.text)!;
  await browser.open(link);
  await browser.submit({ password: PASSWORD, repeat: PASSWORD });
  const client = await world.createClient();
  await browser.open(world.authorizeUrl(client));
  await browser.submit({ login: person.email, password: PASSWORD });
  expect(browser.callback['code']).toBeDefined();
  await world.close();
});
