// Trusted addresses (S70, S71): kept by the person on their page, and what they spare at sign-in – one question.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Account } from '../../src/domain/accounts/accounts.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from '../support/browser.ts';
import { exchange } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/addresses';
const OFFICE = '31.15.10.7';
const ELSEWHERE = '81.2.69.142';
const MULTI_FACTOR = 'urn:vratny:acr:multi-factor';
const DAY = 86_400_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' } });
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  /** Somebody with a second factor. */
  async function newPerson(fields: Partial<Account> = {}) {
    const { id, email } = await world.createAccount();
    const { key, recoveryCodes } = await turnOnTotp(world.core, id);
    await world.core.accounts.change(id, () => fields);
    const codes = [...recoveryCodes];
    return { id, email, key, nextCode: () => codes.shift()! };
  }
  type Person = Awaited<ReturnType<typeof newPerson>>;

  const browserAt = (address: string | undefined): Browser => {
    const browser = world.browser();
    if (address !== undefined) browser.headers['x-forwarded-for'] = address;
    return browser;
  };
  /** A browser at an address that has proved the password, and whatever it is asked next. */
  async function signInFrom(address: string | undefined, email: string, more: Record<string, string> = {}) {
    const browser = await browserAt(address).open(world.authorizeUrl(client, more));
    return browser.submit({ login: email, password: PASSWORD });
  }
  const isAskedForCode = (browser: Browser) => browser.url.endsWith('/totp');
  const isListed = async ({ id }: Person, address = OFFICE) => {
    const found = await world.core.addressLists.add(id, { range: address });
    expect(found.kind).toBe('added');
  };
  /** A browser at the person's page of addresses. */
  async function atPage(person: Person, address = ELSEWHERE, path = PAGE): Promise<Browser> {
    const browser = await browserAt(address).open(path);
    await browser.submit({ login: person.email, password: PASSWORD });
    if (isAskedForCode(browser)) await browser.submit({ code: appCode(person.key, world.core.clock.now()) });
    expect([browser.url, browser.heading]).toEqual([world.issuer + path, text('account.addresses.title')]);
    return browser;
  }
  const rangesOf = async ({ id }: Person) =>
    (await world.core.addressLists.list(id)).map(({ range }) => range);
  const fieldOf = ({ html }: Browser, name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1];
  const claimsOf = async (browser: Browser) => {
    const { body } = await exchange(world, client, browser);
    return JSON.parse(Buffer.from(body.id_token!.split('.')[1]!, 'base64url').toString()) as object;
  };

  test('S71, S70: “the address I am at” is filled in, added with password and code, and spares the code from then on', async () => {
    const person = await newPerson();
    const browser = await atPage(person, OFFICE);
    expect(browser.html).toContain(text('account.addresses.none'));
    expect(browser.html).toMatch(new RegExp(`add=here[^>]*>[^<]*<bdi[^>]*>${OFFICE}<`));
    await browser.open(`${PAGE}?add=here`);
    expect(fieldOf(browser, 'range')).toBe(OFFICE);
    await browser.submit({ range: OFFICE, note: 'kancelář', password: PASSWORD, code: person.nextCode() });
    expect([browser.status, browser.url]).toEqual([200, world.issuer + PAGE]);
    expect(browser.html).toContain(text('account.notice.address_added'));
    for (const shown of [OFFICE, 'kancelář']) expect(browser.html).toContain(shown);
    const mail = world.mails.at(-1)!;
    expect(mail).toMatchObject({ kind: 'security', to: person.email });
    expect(mail.text).toContain(text('mail.credential_changed.what.address_added'));
    for (const told of [OFFICE, '/not-me/']) expect(mail.text).toContain(told);

    const there = await signInFrom(OFFICE, person.email);
    expect(there.callback['code']).toBeDefined();
    expect(await claimsOf(there)).toMatchObject({ amr: ['pwd'], acr: 'urn:vratny:acr:one-factor' });
    const [entry] = (await world.core.history.list(person.id, { limit: 1 })).entries;
    expect(entry!.doc).toMatchObject({
      address: OFFICE,
      listEntry: `${OFFICE} (kancelář)`,
      methods: ['password'],
    });
    expect(isAskedForCode(await signInFrom(ELSEWHERE, person.email))).toBe(true);

    await browser.open(PAGE);
    expect(browser.html).not.toContain(text('account.addresses.unused'));
  });

  test('S70: the password is asked all the same, and a wrong one opens nothing', async () => {
    const person = await newPerson();
    await isListed(person);
    const browser = await browserAt(OFFICE).open(world.authorizeUrl(client));
    await browser.submit({ login: person.email, password: 'not the right one' });
    expect([browser.status, browser.heading]).toEqual([422, text('step.password.title')]);
  });

  test('S70: not for operators, not where a client asks for two factors, not instead of the mailed link', async () => {
    const operator = await newPerson({ operatorRoles: ['read'] });
    await isListed(operator);
    expect(isAskedForCode(await signInFrom(OFFICE, operator.email))).toBe(true);

    const person = await newPerson();
    await isListed(person);
    expect(isAskedForCode(await signInFrom(OFFICE, person.email, { acr_values: MULTI_FACTOR }))).toBe(true);
    const claims = JSON.stringify({ id_token: { acr: { essential: true, value: MULTI_FACTOR } } });
    expect(isAskedForCode(await signInFrom(OFFICE, person.email, { claims }))).toBe(true);
    // A session that was spared the code is asked for it as soon as a client wants two factors.
    const browser = await signInFrom(OFFICE, person.email);
    expect(browser.callback['code']).toBeDefined();
    await browser.open(world.authorizeUrl(client, { acr_values: MULTI_FACTOR }));
    expect(browser.hasLeft).toBe(false);

    const careful = await newPerson({ signInMail: 'always', confirmSignIn: true });
    await isListed(careful);
    expect((await signInFrom(OFFICE, careful.email)).heading).toBe(text('step.email_link.waiting.title'));
  });

  test('S70: what counts is where the password comes from, not where the page was opened or where it goes on', async () => {
    const person = await newPerson();
    await isListed(person);
    const moved = await browserAt(OFFICE).open(world.authorizeUrl(client));
    moved.headers['x-forwarded-for'] = ELSEWHERE;
    await moved.submit({ login: person.email, password: PASSWORD });
    expect(isAskedForCode(moved)).toBe(true);
    moved.headers['x-forwarded-for'] = OFFICE;
    await moved.open(moved.url);
    expect(isAskedForCode(moved)).toBe(true);

    const arrived = await browserAt(ELSEWHERE).open(world.authorizeUrl(client));
    arrived.headers['x-forwarded-for'] = OFFICE;
    await arrived.submit({ login: person.email, password: PASSWORD });
    expect(arrived.callback['code']).toBeDefined();
  });

  test('S70: another person at the same address is spared nothing', async () => {
    const [person, other] = [await newPerson(), await newPerson()];
    await isListed(person);
    expect(isAskedForCode(await signInFrom(OFFICE, other.email))).toBe(true);
  });

  test('S70: an address that could not be told matches nothing', async () => {
    const person = await newPerson();
    await isListed(person, '31.15.0.0/16');
    for (const address of [undefined, 'unknown', '0037.0017.012.07', `${OFFICE}:443`, '127.0.0.1'])
      expect([address, isAskedForCode(await signInFrom(address, person.email))]).toEqual([address, true]);
  });

  test('S71: adding asks the password and the code: neither without, nor with a wrong one, is anything listed', async () => {
    const person = await newPerson();
    const browser = await atPage(person);
    const typed = { range: '31.15.0.0/16', note: 'síť <b>kanceláře</b>', ends: '2099-01-01' };
    const soon = new Date(Date.now() + 30 * DAY).toISOString().slice(0, 10);
    for (const [fields, problem] of [
      [{ ...typed, ends: soon, password: '', code: '' }, 'wrong_password'],
      [{ ...typed, ends: soon, password: 'wrong', code: person.nextCode() }, 'wrong_password'],
      [{ ...typed, ends: soon, password: PASSWORD, code: '' }, 'wrong_code'],
      [{ ...typed, ends: soon, password: PASSWORD, code: '000000' }, 'wrong_code'],
      [{ ...typed, password: PASSWORD, code: '' }, 'ends_invalid'],
      [{ ...typed, ends: '2026-02-30', password: PASSWORD, code: '' }, 'ends_invalid'],
      [{ ...typed, ends: '2020-01-01', password: PASSWORD, code: '' }, 'ends_past'],
      [{ ...typed, note: 'x'.repeat(81), password: PASSWORD, code: '' }, 'note_too_long'],
      [{ ...typed, range: '10.0.0.5', password: PASSWORD, code: '' }, 'private'],
      [{ ...typed, range: '31.15.0.0/15', password: PASSWORD, code: '' }, 'too_wide'],
      [{ ...typed, range: '31.15.10', password: PASSWORD, code: '' }, 'not_an_address'],
      [{ ...typed, range: '2002:1f0f:a07::1', password: PASSWORD, code: '' }, 'reserved'],
    ] as const) {
      await browser.submit(fields);
      expect([problem, browser.status]).toEqual([problem, 422]);
      expect(browser.html).toContain(
        text(`account.addresses.problem.${problem}`, { v4: 16, v6: 48, count: 20 }).replaceAll('"', '&quot;'),
      );
      // What was typed is kept, but for the secrets.
      expect([fieldOf(browser, 'range'), fieldOf(browser, 'ends')]).toEqual([fields.range, fields.ends]);
      expect(browser.html).not.toContain(PASSWORD);
    }
    expect(browser.html).not.toContain('<b>kanceláře');
    expect(await rangesOf(person)).toEqual([]);
    expect(world.mails.filter(({ to, text: body }) => to === person.email && body.includes('31.15'))).toEqual(
      [],
    );
  });

  test('S71: guessing at the password there is slowed down as at sign-in', async () => {
    const person = await newPerson();
    const browser = await atPage(person);
    vi.useFakeTimers({ toFake: ['Date'] });
    const wrong = { range: OFFICE, password: 'wrong', code: '000000' };
    for (let time = 0; time < 12 && browser.status !== 429; time += 1) await browser.submit(wrong);
    expect([browser.status, fieldOf(browser, 'range')]).toEqual([429, OFFICE]);
    expect(Number(browser.responseHeaders.get('retry-after'))).toBeGreaterThan(0);
    await browser.submit({ range: OFFICE, password: PASSWORD, code: person.nextCode() });
    expect([browser.status, await rangesOf(person)]).toEqual([429, []]);
  });

  test('S71: a removed entry spares nothing any more, and the person is told', async () => {
    const person = await newPerson();
    await isListed(person);
    const spared = await signInFrom(OFFICE, person.email);
    const browser = await atPage(person, OFFICE);
    await browser.submit(
      {},
      browser.forms.find(({ action }) => action.endsWith('/remove'))!.buttons[0]!.text,
    );
    // It had spared this very session, which now has to show the code.
    await browser.submit({ login: person.email, password: PASSWORD });
    await browser.submit({ code: appCode(person.key, world.core.clock.now()) });
    expect(browser.html).toContain(text('account.notice.address_removed'));
    expect(await rangesOf(person)).toEqual([]);
    expect(world.mails.map((mail) => mail.text).join()).toContain(
      text('mail.credential_changed.what.address_removed'),
    );
    expect(isAskedForCode(await signInFrom(OFFICE, person.email))).toBe(true);
    // Nor does the session that it had spared go on by itself.
    await spared.open(world.authorizeUrl(client));
    expect([spared.hasLeft, spared.heading]).toEqual([false, text('step.password.title')]);
  });

  test('S71: an entry holds to the end of its last day, and then the code is asked again', async () => {
    const person = await newPerson();
    const browser = await atPage(person);
    const day = new Date(Date.now() + 2 * DAY);
    const ends = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
      .map((part) => String(part).padStart(2, '0'))
      .join('-');
    await browser.submit({ range: OFFICE, ends, password: PASSWORD, code: person.nextCode() });
    const endOfDay = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime();
    vi.useFakeTimers({ toFake: ['Date'], now: endOfDay - 10_000 });
    expect((await signInFrom(OFFICE, person.email)).callback['code']).toBeDefined();
    vi.setSystemTime(endOfDay);
    expect(isAskedForCode(await signInFrom(OFFICE, person.email))).toBe(true);
    const later = await atPage(person);
    expect(later.html).toContain(text('account.addresses.over'));
  });

  test('S71: nobody sees, adds to or removes from another person’s list', async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()];
    await isListed(owner);
    const [{ id: entryId } = { id: '' }] = await world.core.addressLists.list(owner.id);
    const browser = await atPage(stranger);
    expect(browser.html).not.toContain(`${OFFICE}<`);
    const { csrf = '' } = browser.forms.find(({ fields }) => 'range' in fields)!.fields;
    await browser.post(`${PAGE}/${entryId}/remove`, { csrf });
    expect(browser.url).toBe(world.issuer + PAGE);
    await browser.open(`${PAGE}?add=${entryId}`);
    expect(fieldOf(browser, 'range')).toBe('');
    expect(await rangesOf(owner)).toEqual([`${OFFICE}/32`]);

    const nobody = browserAt(ELSEWHERE);
    for (const path of [PAGE, `${PAGE}/${entryId}/remove`]) {
      await nobody.post(path, { range: ELSEWHERE, password: PASSWORD });
      expect(nobody.heading).toBe(text('step.password.title'));
    }
    // Without the form's own token, as from another site.
    for (const path of [PAGE, `${PAGE}/${entryId}/remove`]) {
      const mine = await atPage(owner, OFFICE);
      await mine.post(path, { range: ELSEWHERE, password: PASSWORD, code: owner.nextCode() });
      expect(mine.status).toBe(403);
    }
    expect(await rangesOf(owner)).toEqual([`${OFFICE}/32`]);
  });

  test('S71: a single IPv6 address is kept as typed, and the page proposes its /64, which it also takes for “here”', async () => {
    const person = await newPerson();
    const browser = await atPage(person, '2a02:8308:1:2:aaaa::5');
    expect(browser.html).toMatch(/add=here[^>]*>[^<]*<bdi[^>]*>2a02:8308:1:2::\/64</);
    await browser.submit({ range: '2A02:8308:9:9::5', password: PASSWORD, code: person.nextCode() });
    expect(await rangesOf(person)).toEqual(['2a02:8308:9:9::5/128']);
    const wider = /href="([^"]*add=[^"]*)">[^<]*<bdi[^>]*>2a02:8308:9:9::\/64</.exec(browser.html)![1]!;
    await browser.open(wider.replace('#add', ''));
    expect(fieldOf(browser, 'range')).toBe('2a02:8308:9:9::/64');
    await browser.submit({ range: '2a02:8308:9:9::/64', password: PASSWORD, code: person.nextCode() });
    expect(await rangesOf(person)).toEqual(['2a02:8308:9:9::5/128', '2a02:8308:9:9::/64']);
    expect(browser.html).not.toContain('2a02:8308:9:9::/64</bdi></a>');
    expect((await signInFrom('2a02:8308:9:9:1234::1', person.email)).callback['code']).toBeDefined();
    expect(isAskedForCode(await signInFrom('2a02:8308:9:a::5', person.email))).toBe(true);
  });

  test('S71: the list holds twenty entries, and says so (A17)', async () => {
    const person = await newPerson();
    for (let n = 0; n < 20; n += 1) await isListed(person, `31.15.20.${n}`);
    const browser = await atPage(person);
    await browser.submit({ range: OFFICE, password: PASSWORD, code: person.nextCode() });
    expect(browser.status).toBe(422);
    expect(browser.html).toContain(text('account.addresses.problem.full', { count: 20 }));
    expect(await rangesOf(person)).toHaveLength(20);
  });

  test('S71: an address from the address bar fills in nothing', async () => {
    const browser = await atPage(await newPerson());
    for (const query of [
      '?add=81.2.69.160',
      '?range=81.2.69.160',
      '?add=',
      '?add=here&add=81.2.69.160#add',
    ]) {
      await browser.open(PAGE + query.replace('#add', ''));
      expect([query, ['', ELSEWHERE].includes(fieldOf(browser, 'range')!)]).toEqual([query, true]);
    }
  });

  test('S71: without a second factor the page says that the list counts for nothing yet; nobody is asked for a code', async () => {
    const { id, email } = await world.createAccount();
    const browser = await browserAt(OFFICE).open(PAGE);
    await browser.submit({ login: email, password: PASSWORD });
    expect(browser.html).toContain(text('account.addresses.no_totp'));
    expect(browser.html).not.toContain('name="code"');
    await browser.submit({ range: OFFICE, password: PASSWORD });
    expect(browser.html).toContain(text('account.notice.address_added'));
    expect(await world.core.addressLists.list(id)).toHaveLength(1);
  });

  test('S71: the page speaks Czech', async () => {
    const person = await newPerson();
    const browser = browserAt(OFFICE);
    browser.headers['accept-language'] = 'cs';
    await browser.open(PAGE);
    await browser.submit({ login: person.email, password: PASSWORD });
    await browser.submit({ code: appCode(person.key, world.core.clock.now()) });
    expect(browser.heading).toBe(text('account.addresses.title', {}, 'cs'));
    await browser.submit({ range: '10.0.0.1', password: PASSWORD, code: '' });
    expect(browser.html).toContain(text('account.addresses.problem.private', {}, 'cs'));
  });
});
