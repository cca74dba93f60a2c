// Registration with an identity at an upstream (S75): filled in, everything editable, linked at once; and no way to
// have a link, or a verified address, that nobody has proved.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UpstreamProfile } from '../../src/ports/upstream.ts';
import type { Browser } from '../support/browser.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { newcomer, registrationEnv, registrationJourney, type Newcomer } from '../support/registration.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  describe('registration with an identity', () => {
    const storage = newStorage();
    let world: World;
    let client: IssuedClient;
    let way: ReturnType<typeof registrationJourney>;
    const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid', trustsEmail: true });
    const other = createFakeUpstream('other-house', { trustsEmail: false });
    beforeAll(async () => {
      world = await openWorld({
        storage,
        env: registrationEnv,
        upstreams: [mojeid.configured, other.configured],
      });
      client = await world.createClient();
      way = registrationJourney(world);
    });
    afterAll(() => closeWorld(world, storage));

    const profileOf = ({ email, phone }: Newcomer): UpstreamProfile => ({
      username: 'jana.novakova',
      givenName: 'Jana',
      familyName: 'Nováková',
      email,
      emailVerified: true,
      phone,
      phoneVerified: true,
    });
    const formOf = (browser: Browser) => browser.forms.find(({ fields }) => 'email' in fields)!;
    const linksOf = async (person: Newcomer) => {
      const account = await way.accountOf(person);
      return account ? world.core.federation.links.ofAccount(account.id) : [];
    };

    /** A browser at the form that an upstream has filled in, by the sign-in page. */
    async function atForm(person: Newcomer, upstream = mojeid, profile: Partial<UpstreamProfile> = {}) {
      const browser = await way.browserOf(person).open(world.authorizeUrl(client));
      await browser.submit({}, upstream.configured.name);
      await upstream.comeBack(browser, {
        subject: person.email,
        profile: { ...profileOf(person), ...profile },
      });
      return browser.open(/href="(\/register\?[^"]+)"/.exec(browser.html)![1]!.replaceAll('&amp;', '&'));
    }
    /** Sends the form as it was filled in, but for what is given. */
    async function send(browser: Browser, more: Record<string, string> = {}) {
      const { fields } = formOf(browser);
      const agreed = { terms: '2026-11', privacy: '1', kind: 'person' };
      return browser.post('/register', { ...fields, ...agreed, altcha: solveOn(browser), ...more });
    }

    test('S75: the form is filled in, everything can be changed, no password is asked, and the account is linked at once', async () => {
      const person = newcomer();
      const browser = await atForm(person);
      expect(browser.html).toContain('jana.novakova');
      expect(formOf(browser).fields).toMatchObject({
        given_name: 'Jana',
        family_name: 'Nováková',
        email: person.email,
        phone: person.phone,
      });
      expect(formOf(browser).fields).not.toHaveProperty('password');
      // The phone is proved as always; the address that a trusted upstream has verified needs no letter.
      await send(browser, { given_name: 'Johana' });
      expect(browser.heading).toBe('Enter the code from the text message');
      await browser.submit({ code: way.codeSentTo(person) });
      expect(way.mailsTo(person)).toEqual([]);
      const account = (await way.accountOf(person))!;
      expect(account.doc).toMatchObject({ givenName: 'Johana', emailVerified: true, phoneVerified: true });
      expect(account.doc).not.toHaveProperty('passwordHash');
      expect(await linksOf(person)).toMatchObject([
        { doc: { upstream: 'mojeid', subject: person.email, username: 'jana.novakova' } },
      ]);

      const [, onward] = /class="button" href="(\/interaction\/[^"]+)"/.exec(browser.html) ?? [];
      await browser.open(onward!);
      await browser.submit({}, 'mojeid');
      await mojeid.comeBack(browser, { subject: person.email });
      expect(browser.callback['code']).toBeDefined();
    });

    test('S75: what else is said is taken over as it is ticked, and everything is stored with where it is from', async () => {
      const said = {
        address: { street: 'Nová 1', city: 'Brno', postalCode: '602 00', country: 'CZ' },
        company: { name: 'Květinářství U Lípy s.r.o.', ico: '27074358', dic: 'CZ27074358' },
      };
      const stored = async (person: Newcomer, typed: Record<string, string>) => {
        const browser = await send(await atForm(person, mojeid, said), { kind: 'company', ...typed });
        await browser.submit({ code: way.codeSentTo(person) });
        const { id, doc } = (await way.accountOf(person))!;
        return { account: doc, customer: (await world.core.customers.ofAccount(id))[0]!.customer.doc };
      };
      const all = await stored(newcomer(), {});
      expect(all.account).toMatchObject({ address: said.address });
      expect(Object.keys(all.account.sources!).sort()).toEqual(['address', 'name', 'phone']);
      expect(all.customer).toMatchObject({
        name: said.company.name,
        billing: { ico: '27074358', dic: 'CZ27074358' },
      });
      expect(Object.keys(all.customer.sources!).sort()).toEqual(['dic', 'ico', 'name']);
      const some = await stored(newcomer(), {
        family_name: 'Jiná',
        company: 'Jiná, s.r.o.',
        take_address: '',
        take_billing: '',
      });
      expect(some.account).not.toHaveProperty('address');
      expect(Object.keys(some.account.sources!)).toEqual(['phone']);
      expect(some.customer).not.toHaveProperty('billing');
      expect(some.customer).not.toHaveProperty('sources');
    });

    test('pre-hijacking, non-verifying provider: an address that is not literally verified, changed, or from a provider that is not trusted is verified by us', async () => {
      const elsewhere = newcomer();
      const cases: [
        ReturnType<typeof createFakeUpstream>,
        Partial<UpstreamProfile>,
        Record<string, string>,
      ][] = [
        [mojeid, { emailVerified: false }, {}],
        [other, {}, {}],
        [mojeid, {}, { email: elsewhere.email }],
      ];
      for (const [upstream, profile, typed] of cases) {
        const person = newcomer();
        const browser = await send(await atForm(person, upstream, profile), typed);
        await browser.submit({ code: way.codeSentTo(person) });
        const reader = { ...person, ...(typed['email'] ? { email: typed['email'] } : {}) };
        expect(await way.accountOf(reader)).toBeUndefined();
        // Whoever opens the letter sees which identity will sign in.
        await browser.open(way.linkIn(reader));
        expect(browser.html).toContain('jana.novakova');
        await browser.submit({});
        expect(await linksOf(reader)).toHaveLength(1);
      }
    });

    test('pre-hijacking, classic-federated merge: an address that has an account already gets no link and no second account', async () => {
      const person = newcomer();
      const { id } = await world.createAccount({ email: person.email });
      const browser = await send(await atForm(person));
      await browser.submit({ code: way.codeSentTo(person) });
      expect(way.mailsTo(person).at(-1)!.text).not.toContain('/activate/');
      expect(await world.core.federation.links.ofAccount(id)).toEqual([]);
    });

    test('the form can be filled in from the registration page, and an identity that has an account is told so', async () => {
      const person = newcomer();
      const browser = await way.browserOf(person).open('/register');
      await browser.submit({}, 'mojeid');
      // Whoever sat at this computer before has signed in there, and is not to be linked.
      expect(mojeid.demands.at(-1)).toMatchObject({ maxAgeSeconds: 0 });
      await mojeid.comeBack(browser, { subject: person.email, signedInAgo: 3600 });
      expect(browser.html).toContain('A fresh sign-in is needed here');
      expect(formOf(browser).fields).toMatchObject({ email: '' });
      await browser.submit({}, 'mojeid');
      await mojeid.comeBack(browser, { subject: person.email, profile: profileOf(person) });
      expect(formOf(browser).fields).toMatchObject({ email: person.email });
      await (await send(browser)).submit({ code: way.codeSentTo(person) });
      expect(await linksOf(person)).toHaveLength(1);
      const again = await way.browserOf(newcomer()).open('/register');
      await again.submit({}, 'mojeid');
      await mojeid.comeBack(again, { subject: person.email, profile: profileOf(person) });
      expect(again.html).toContain('This identity has an account already');
      expect(formOf(again).fields).toMatchObject({ email: '' });
    });

    test('an identity is taken from the browser that proved it and from nowhere else, and it ends', async () => {
      const person = newcomer();
      const browser = await atForm(person);
      const { with: serial } = formOf(browser).fields as { with: string };
      const stranger = await way.browserOf(newcomer()).open(`/register?with=${serial}`);
      expect(stranger.html).not.toContain('jana.novakova');
      const forged = newcomer();
      await way.fill(stranger, forged, {
        with: serial,
        identity: JSON.stringify({ upstream: 'mojeid', subject: person.email }),
      });
      expect(stranger.html).toContain('has expired in the meantime');
      // Without the serial there is no link, in the same browser too.
      await browser.open('/register');
      const own = newcomer();
      await browser.post('/register', {
        ...formOf(browser).fields,
        ...way.fieldsOf(own),
        altcha: solveOn(browser),
      });
      await browser.submit({ code: way.codeSentTo(own) });
      await browser.open(way.linkIn(own));
      await browser.submit({});
      expect(await linksOf(own)).toEqual([]);
    });

    test('S79: of two registrations with one identity one is linked, and the other goes on with a password', async () => {
      const [one, two] = [newcomer(), newcomer()];
      const subject = one.email;
      const browsers = await Promise.all(
        [one, two].map(async (person) => {
          const browser = await way.browserOf(person).open('/register');
          await browser.submit({}, 'mojeid');
          await mojeid.comeBack(browser, { subject, profile: profileOf(person) });
          return send(browser);
        }),
      );
      await Promise.all(
        browsers.map((browser, index) => browser.submit({ code: way.codeSentTo([one, two][index]!) })),
      );
      const counts = [await linksOf(one), await linksOf(two)].map(({ length }) => length);
      expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1]);
      const loser = [one, two][counts.indexOf(0)]!;
      expect(way.mailsTo(loser).at(-1)!.text).toMatch(/\/set-password\//);
    });
  });
});
