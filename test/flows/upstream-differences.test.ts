// What an upstream says beside what we have (S76): of the person and of the customer, after linking on the account pages
// and after pairing at sign-in; taken over by choice, by who may.

import { shownPhone } from '../../src/domain/factors/phone-numbers.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collections } from '../../src/domain/collections.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { createSignIns } from '../../src/domain/sign-ins/sign-ins.ts';
import type { UpstreamProfile } from '../../src/ports/upstream.ts';
import type { Browser } from '../support/browser.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { atSignIn } from '../support/journeys.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/identities';

onEveryStorage((newStorage) => {
  describe('what an upstream says otherwise', () => {
    const storage = newStorage();
    let world: World;
    let client: IssuedClient;
    const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid', comparesAtSignIn: true });
    let people = 0;
    beforeAll(async () => {
      world = await openWorld({ storage, upstreams: [mojeid.configured] });
      client = await world.createClient();
    });
    afterAll(() => closeWorld(world, storage));

    async function newPerson(fields: Parameters<World['createAccount']>[0] = {}) {
      const { id, email } = await world.createAccount(fields);
      people += 1;
      return { id, email, subject: `person-${people}` };
    }
    /** A browser whose account has just been linked. */
    async function withLink(
      { email, subject }: { email: string; subject: string },
      profile: Partial<UpstreamProfile>,
    ): Promise<Browser> {
      const browser = await world.browser().open(`${PAGE}/mojeid`);
      await browser.submit({ login: email, password: PASSWORD });
      await browser.submit({ password: PASSWORD });
      await mojeid.comeBack(browser, { subject, profile });
      return browser.submit({});
    }

    test('S76: what differs is kept or taken over row by row, with its source; e-mail and verified phone are shown and not replaced', async () => {
      const person = await newPerson({ phone: '+420602000222', phoneVerified: true });
      const browser = await withLink(person, {
        givenName: 'Jana',
        familyName: 'Dvořáková',
        email: 'jana@elsewhere.example',
        phone: '+420602000333',
        address: { street: 'Nová 1', city: 'Brno', postalCode: '602 00', country: 'CZ' },
      });
      expect(browser.heading).toBe('Which data are right?');
      for (const said of [
        'Jana Dvořáková',
        'Nová 1, 602 00 Brno, Czechia',
        shownPhone('+420602000333'),
        'jana@elsewhere.example',
        'where the new one is verified first',
      ])
        expect(browser.html).toContain(said);
      expect(browser.html).not.toMatch(/name="(email|phone)"[^>]* value="take"/);
      const { fields, action } = browser.forms.at(-1)!;
      const form = { ...fields, name: 'keep', address: 'take', phone: 'take', email: 'take', status: 'take' };
      await browser.post(action, form);
      const { doc } = (await world.core.accounts.get(person.id))!;
      expect(doc).toMatchObject({
        name: 'Žofie Křížová',
        phone: '+420602000222',
        phoneVerified: true,
        status: 'active',
        email: person.email,
      });
      expect(doc.address).toMatchObject({ street: 'Nová 1', city: 'Brno' });
      expect(doc.sources).toMatchObject({ address: { upstream: 'mojeid' } });
      expect(Object.keys(doc.sources!)).toEqual(['address']);
      const before = JSON.stringify(doc);
      await browser.post(action, { ...form, name: 'take' });
      expect(JSON.stringify((await world.core.accounts.get(person.id))!.doc)).toBe(before);
    });

    test('a name that wants to be clicked on, and an address that no form would take, are not offered', async () => {
      const person = await newPerson();
      const browser = await withLink(person, {
        givenName: 'www.evil.example',
        familyName: 'Nová',
        phone: '+420602000888',
        address: { street: 'Nová 1', city: 'Brno' },
      });
      expect(browser.html).toContain(shownPhone('+420602000888'));
      for (const said of ['evil', 'Nová 1']) expect(browser.html).not.toContain(said);
      const { fields, action } = browser.forms.at(-1)!;
      await browser.post(action, { ...fields, name: 'take', address: 'take' });
      const { doc } = (await world.core.accounts.get(person.id))!;
      expect(doc.name).toBe('Žofie Křížová');
      expect(doc).not.toHaveProperty('address');
    });

    test('S76: company and billing data are changed by who may, for the customer that was shown, and only what was chosen', async () => {
      const profile = {
        company: { name: 'Květinářství U Lípy s.r.o.', ico: '27074358', dic: 'CZ27074358' },
        billingAddress: { street: 'Lipová 12', city: 'Brno', postalCode: '602 00', country: 'CZ' },
      };
      const own = async (id: string) => (await world.core.customers.ofAccount(id))[0]!.customer;
      const owner = await newPerson();
      const before = await own(owner.id);
      const browser = await withLink(owner, profile);
      for (const said of ['27074358', 'Lipová 12, 602 00 Brno, Czechia', before.doc.number])
        expect(browser.html).toContain(said);
      expect((await own(owner.id)).doc).toEqual(before.doc);
      const { fields, action } = browser.forms.at(-1)!;
      await browser.post(action, {
        ...fields,
        company: 'keep',
        dic: 'keep',
        ico: 'take',
        billing_address: 'take',
      });
      const { doc } = await own(owner.id);
      expect(doc).toMatchObject({ name: before.doc.name, kind: 'person' });
      expect(doc.billing).toEqual({ ico: '27074358', ...profile.billingAddress });
      expect(doc.sources).toMatchObject({ ico: { upstream: 'mojeid' }, street: { upstream: 'mojeid' } });
      // The pages say where it is from, until it is changed here.
      await browser.open('/account/customer');
      expect(browser.html).toContain('Taken over from MojeID');
      await browser.submit({ ico: '', street: 'Jiná 1' });
      expect(Object.keys((await own(owner.id)).doc.sources!)).not.toContain('ico');

      // A viewer is shown nothing of it, and a form of their own making changes nothing; nor one for another customer.
      const viewer = await newPerson();
      const mine = await own(viewer.id);
      const members = world.store.collection(collections.members);
      await members.remove(`${mine.id}:${viewer.id}`);
      const since = new Date().toISOString();
      const member = { customerId: before.id, accountId: viewer.id, role: 'viewer', since };
      await members.insert(`${before.id}:${viewer.id}`, member);
      const seen = await withLink(viewer, { ...profile, phone: '+420602000555' });
      expect(seen.html).not.toContain('27074358');
      const form = seen.forms.at(-1)!;
      const all = { company: 'take', ico: 'take', dic: 'take', billing_address: 'take' };
      const now = await own(owner.id);
      await seen.post(form.action, { ...form.fields, ...all, customer: before.id });
      expect(await own(owner.id)).toEqual(now);
      const third = await newPerson();
      const foreign = await withLink(third, profile);
      const { fields: theirs, action: to } = foreign.forms.at(-1)!;
      await foreign.post(to, { ...theirs, ...all, customer: before.id });
      expect(await own(owner.id)).toEqual(now);
    });

    test('S76: after pairing too, what differs is kept or taken over; somebody else in the same sign-in is not asked', async () => {
      const { id, email } = await world.createAccount();
      const subject = 'pairs';
      const profile = { givenName: 'Jana', familyName: 'Dvořáková', phone: '+420602000777' };
      const atDifferences = async () => {
        const browser = await (await atSignIn(world, client)).submit({}, 'mojeid');
        await mojeid.comeBack(browser, { subject, profile });
        await browser.open(new URL(browser.url).pathname.replace(/[^/]+$/, 'password'));
        await browser.submit({ login: email, password: PASSWORD });
        return browser.submit({}, 'link');
      };
      const browser = await atDifferences();
      expect(browser.heading).toBe('Which data are right?');
      expect(
        (await world.core.federation.links.find({ issuer: mojeid.configured.issuer, subject }))?.doc
          .accountId,
      ).toBe(id);
      const form = browser.forms.find(({ fields }) => 'serial' in fields)!;
      await browser.post(form.action, { ...form.fields, name: 'take', phone: 'keep', serial: 'another' });
      expect((await world.core.accounts.get(id))!.doc.name).toBe('Žofie Křížová');
      await browser.post(form.action, { ...form.fields, name: 'take', phone: 'keep' });
      expect(browser.callback['code']).toBeDefined();
      const { doc } = (await world.core.accounts.get(id))!;
      expect(doc).toMatchObject({ name: 'Jana Dvořáková', sources: { name: { upstream: 'mojeid' } } });
      expect(doc).not.toHaveProperty('phone');

      // What is changed by hand has no source any more.
      await world.core.accounts.change(id, () => ({
        name: 'Jana',
        givenName: 'Jana',
        familyName: undefined,
      }));
      expect((await world.core.accounts.get(id))!.doc).not.toHaveProperty('sources');

      await world.core.federation.links.take(id, mojeid.configured.issuer);
      const left = await atDifferences();
      const [uid] = left.url.split('/').slice(-2);
      const someone = await world.createAccount();
      const browserId = /vratny_browser=([\w-]+)/.exec(left.cookieHeader('/'))![1]!;
      await world.core.signOutEverywhere(id);
      const signIns = createSignIns(world.store, world.core.clock);
      await signIns.prove(uid!, browserId, { step: 'password', accountId: someone.id });
      const { fields, action } = left.forms.find((one) => 'serial' in one.fields)!;
      await left.open(action);
      expect(left.html).not.toContain(shownPhone('+420602000777'));
      await left.post(action, { ...fields, name: 'take', phone: 'take' });
      expect((await world.core.accounts.get(someone.id))!.doc).toMatchObject({ name: 'Žofie Křížová' });
      expect((await world.core.accounts.get(someone.id))!.doc).not.toHaveProperty('phone');
    });

    test('S76: news of a linked identity are asked about at sign-in, after the second factor, and once', async () => {
      const person = await newPerson();
      const said = { givenName: 'Jana', familyName: 'Dvořáková' };
      const form = (await withLink(person, said)).forms.at(-1)!;
      await world.browser().post(form.action, { ...form.fields, name: 'take' });
      const arrive = async (profile: object) => {
        const browser = await (await atSignIn(world, client)).submit({}, 'mojeid');
        return mojeid.comeBack(browser, { subject: person.subject, profile });
      };
      const doc = async () => (await world.core.accounts.get(person.id))!.doc;

      // Asked about when it was linked, but nothing has been decided.
      const first = await arrive(said);
      expect(first.heading).toBe('Which data are right?');
      expect(first.html).not.toContain('is linked to');
      expect(first.html).toContain('Jana Dvořáková');
      expect((await first.submit({ name: 'keep' })).callback['code']).toBeDefined();
      expect((await doc()).name).toBe('Žofie Křížová');
      // What was kept is not asked about again, nor what the person has not handed over this time.
      expect((await arrive(said)).callback['code']).toBeDefined();
      expect((await arrive({})).callback['code']).toBeDefined();
      // Another address is nothing to choose here, and keeps nobody from their way.
      expect((await arrive({ ...said, email: 'new@there.example' })).callback['code']).toBeDefined();
      const stored = await world.core.federation.links.ofAccount(person.id);
      expect(JSON.stringify(stored)).not.toContain('Dvořáková');

      const news = await arrive({ ...said, phone: '+420602000999' });
      expect(news.heading).toBe('Which data are right?');
      const twice = news.forms.find(({ fields }) => 'serial' in fields)!;
      await news.post(twice.action, { ...twice.fields, name: 'keep', phone: 'take' });
      expect(news.callback['code']).toBeDefined();
      expect(await doc()).toMatchObject({ name: 'Žofie Křížová', phone: '+420602000999' });
      await news.post(new URL(twice.action, world.issuer).href, { ...twice.fields, name: 'take' });
      expect((await doc()).name).toBe('Žofie Křížová');

      // Nobody without the second factor is shown what is said, or decides about it.
      const { key } = await turnOnTotp(world.core, person.id);
      const other = await arrive({
        ...said,
        address: { street: 'Nová 1', city: 'Brno', postalCode: '602 00', country: 'CZ' },
      });
      const asked = other.url;
      const pair = asked.replace(/[^/]+$/, 'pair');
      await other.open(pair);
      expect([other.url, other.html.includes('Nová 1')]).toEqual([asked, false]);
      await other.post(pair, { ...other.forms.at(-1)!.fields, address: 'take' });
      expect(await doc()).not.toHaveProperty('address');
      await other.open(asked);
      await other.submit({ code: appCode(key, world.core.clock.now()) });
      expect(other.html).toContain('Nová 1');
      expect((await other.submit({ address: 'take' })).callback['code']).toBeDefined();
      expect((await doc()).address).toMatchObject({ city: 'Brno' });
    });
  });
});
