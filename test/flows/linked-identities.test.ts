// Linked identities on the account pages: linking with both sides proved and named (S76), what differs, unlinking
// (S78), one identity for one account (S79), and signing in without the password (S77).

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collections } from '../../src/domain/collections.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { UpstreamProfile } from '../../src/ports/upstream.ts';
import type { Browser } from '../support/browser.ts';
import { mailedLink, newMailbox } from '../support/email-changes.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/identities';
const MODE = '/account/security/password-sign-in';

onEveryStorage((newStorage) => {
  describe('linked identities', () => {
    const storage = newStorage();
    let world: World;
    let client: IssuedClient;
    const mojeid = createFakeUpstream('mojeid', {
      kind: 'mojeid',
      logoutUrl: 'https://upstream.example/logout/',
    });
    let people = 0;
    beforeAll(async () => {
      world = await openWorld({
        storage,
        env: { VRATNY_POW_MAX_NUMBER: '1000' },
        upstreams: [mojeid.configured],
      });
      client = await world.createClient();
    });
    afterAll(() => closeWorld(world, storage));

    async function newPerson(fields: Parameters<World['createAccount']>[0] = {}) {
      const { id, email } = await world.createAccount(fields);
      people += 1;
      return { id, email, subject: `person-${people}` };
    }
    type Person = Awaited<ReturnType<typeof newPerson>>;
    const linkOf = ({ id }: Person) => world.core.federation.links.of(id, mojeid.configured.issuer);

    /** A browser at a page of somebody's account. */
    async function at(path: string, { email }: Person): Promise<Browser> {
      const browser = await world.browser().open(path);
      return browser.submit({ login: email, password: PASSWORD });
    }
    /** A browser that was sent away to link. */
    async function sentToLink(person: Person): Promise<Browser> {
      const browser = await at(`${PAGE}/mojeid`, person);
      return browser.submit({ password: PASSWORD });
    }
    /** A browser whose account is linked. */
    async function withLink(person: Person, profile: Partial<UpstreamProfile> = {}): Promise<Browser> {
      const browser = await mojeid.comeBack(await sentToLink(person), { subject: person.subject, profile });
      expect(browser.heading).toBe('Link your account to MojeID?');
      return browser.submit({});
    }
    /** A browser that has signed in with the identity. */
    async function byIdentity({ subject }: Person, path = '/account'): Promise<Browser> {
      const browser = await world.browser().open(path);
      await browser.submit({}, 'mojeid');
      return mojeid.comeBack(browser, { subject });
    }

    test('S76: after a fresh proof here and a fresh sign-in there, a page names both sides, and links', async () => {
      const person = await newPerson();
      const elsewhere = await signedIn(world, client, person.email);
      const browser = await at(PAGE, person);
      expect(browser.html).toContain('Not linked');
      await browser.open(`${PAGE}/mojeid`);
      await browser.submit({ password: 'not the password' });
      expect(browser.html).not.toContain('http-equiv="refresh"');
      await browser.submit({ password: PASSWORD });
      expect(mojeid.demands.at(-1)).toMatchObject({ maxAgeSeconds: 0 });
      await mojeid.comeBack(browser, { subject: person.subject });
      for (const side of [person.email, person.subject]) expect(browser.html).toContain(side);
      expect(await linkOf(person)).toBeUndefined();
      await browser.submit({});
      expect(browser.html).toContain('The identity is linked.');
      expect((await linkOf(person))?.doc).toMatchObject({ subject: person.subject, clientId: 'ours' });
      expect(world.mails.some(({ to, text }) => to === person.email && text.includes('was linked'))).toBe(
        true,
      );
      await elsewhere.open(world.authorizeUrl(client, { prompt: 'none' }));
      expect(elsewhere.callback['error']).toBe('login_required');

      await byIdentity(person);
      await browser.open(`${PAGE}/mojeid`);
      expect(browser.html).toContain('/account/history/');
      const { changes } = await world.core.audit.ofAccount(person.id, { limit: 10 });
      expect(changes.map(({ action }) => action)).toContain('credential.identity_linked');
    });

    test('S79: an identity of another account is refused, with a way out and nothing about that account', async () => {
      const [owner, other] = [await newPerson(), await newPerson()];
      await withLink(owner);
      const browser = await mojeid.comeBack(await sentToLink(other), { subject: owner.subject });
      expect(browser.html).toContain('already linked to another account');
      expect(browser.html).not.toContain(owner.email);
      expect(await linkOf(other)).toBeUndefined();
    });

    test('each refusal of the upstream is told, and nothing is linked', async () => {
      const person = await newPerson();
      const browser = await sentToLink(person);
      for (const [reason, said] of [
        ['cancelled', 'was cancelled'],
        ['not_fresh', 'sign in once more'],
        ['unavailable', 'does not answer'],
      ] as const) {
        await mojeid.comeBack(browser, reason);
        expect([browser.status, browser.html.includes(said)]).toEqual([422, true]);
        await (await browser.open(`${PAGE}/mojeid`)).submit({ password: PASSWORD });
      }
      await mojeid.comeBack(browser, { subject: person.subject, signedInAgo: 3600 });
      expect(browser.html).toContain('sign in once more');
      expect(await linkOf(person)).toBeUndefined();
    });

    test('a link counts only in the session and for the account that began it: not after a logout, nor after a change of person', async () => {
      const [victim, attacker] = [await newPerson(), await newPerson()];
      const stray = 'This sign-in is no longer valid';
      const loggedOut = await sentToLink(victim);
      const late = mojeid.answerFor(loggedOut, { subject: victim.subject });
      await world.core.signOutEverywhere(victim.id);
      expect((await loggedOut.open(late)).heading).toBe(stray);

      // The attacker begins, the victim is signed in when the answer comes (cross-user session fixation).
      const shared = await sentToLink(attacker);
      const answer = mojeid.answerFor(shared, { subject: attacker.subject });
      await shared.open('/logout');
      await shared.submit({}, 'yes');
      await shared.open('/account');
      await shared.submit({ login: victim.email, password: PASSWORD });
      expect((await shared.open(answer)).heading).toBe(stray);

      // Between the answer and the yes.
      const asked = await mojeid.comeBack(await sentToLink(attacker), { subject: attacker.subject });
      const form = asked.forms.find(({ fields }) => 'serial' in fields)!;
      const other = await at('/account/security', victim);
      const { csrf } =
        (await other.open(MODE)).forms[0]?.fields ?? (await other.open(`${PAGE}/mojeid`)).forms[0]!.fields;
      await other.post(form.action, { ...form.fields, csrf: csrf! });
      for (const person of [victim, attacker]) expect(await linkOf(person)).toBeUndefined();
      // Without the form's token, or by GET, nothing happens either.
      await asked.post(form.action, { serial: form.fields['serial']! });
      expect(asked.status).toBe(403);
      expect(await linkOf(attacker)).toBeUndefined();
    });

    test('S78: unlinking asks for a fresh proof, ends other sessions, is told, and never takes the last way in', async () => {
      const person = await newPerson();
      const browser = await withLink(person);
      const stolen = await byIdentity(person);
      await browser.open(`${PAGE}/mojeid`);
      await browser.submit({ password: 'not the password' });
      expect(await linkOf(person)).toBeDefined();
      await browser.submit({ password: PASSWORD });
      expect(browser.html).toContain('The link is removed');
      expect(await linkOf(person)).toBeUndefined();
      expect((await stolen.open('/account/security')).heading).toBe('Sign in');
      expect(world.mails.some(({ to, text }) => to === person.email && text.includes('was removed'))).toBe(
        true,
      );

      const bare = await newPerson();
      await withLink(bare);
      await world.core.accounts.change(bare.id, () => ({ passwordHash: undefined }));
      const last = await byIdentity(bare);
      await last.open(`${PAGE}/mojeid`);
      await last.submit({});
      expect(last.html).toContain('Without this identity you could not get into your account');
      expect(await linkOf(bare)).toBeDefined();
    });

    test('S77: the password is switched off with a fresh sign-in by the identity and another means, refuses everything of it, and comes back on', async () => {
      const person = await newPerson();
      const browser = await withLink(person);
      await browser.open(MODE);
      expect(browser.html).toContain('Add a passkey or verify your phone first');
      await world.core.accounts.change(person.id, () => ({ phone: '+420602000444', phoneVerified: true }));
      await browser.open(MODE);
      expect(browser.html).toContain('Sign in with the linked identity once more first');
      const { csrf } = browser.forms[0]!.fields as { csrf: string };
      await browser.post(MODE, { csrf, wanted: 'off', password: PASSWORD });
      expect((await world.core.accounts.get(person.id))!.doc.passwordOff).not.toBe(true);
      await browser.open(MODE);
      await browser.submit({}, 'again');
      await browser.submit({}, 'mojeid');
      await mojeid.comeBack(browser, { subject: person.subject });
      expect(new URL(browser.url).pathname).toBe(MODE);
      const before = await world.core.setPassword.offer((await world.core.accounts.get(person.id))!);
      await browser.submit({ password: PASSWORD });
      expect(browser.html).toContain('Signing in with the password is switched off.');

      // The password, also in a browser that knows it, and what was mailed before.
      const refused = await (
        await atSignIn(world, client)
      ).submit({ login: person.email, password: PASSWORD });
      expect(refused.html).toContain('do not belong together');
      await world.core.browsers.remember(
        person.id,
        refused.cookieHeader('/').match(/vratny_browser=([\w-]+)/)![1]!,
      );
      await refused.submit({ login: person.email, password: PASSWORD });
      expect(refused.html).toContain('not signed in to with a password');
      expect((await world.browser().open(before.url)).status).toBe(410);
      expect((await byIdentity(person)).heading).toBe('Overview');

      // It cannot be unlinked, and a fresh sign-in with it switches the password on again.
      await browser.open(`${PAGE}/mojeid`);
      await browser.submit({});
      expect(browser.html).toContain('Without this identity you could not get into your account');
      await browser.open(MODE);
      await browser.submit({}, 'on');
      expect(browser.html).toContain('switched on again');
      expect((await signedIn(world, client, person.email)).callback['code']).toBeDefined();
      for (const said of ['switched off for your account', 'switched on again'])
        expect(world.mails.some(({ to, text }) => to === person.email && text.includes(said))).toBe(true);
    });

    test('S77: who asks for a new password is told by mail what signs in instead, and a lock mails no link either', async () => {
      const person = await newPerson();
      await withLink(person);
      await world.core.accounts.change(person.id, () => ({ passwordOff: true }));
      const browser = await world.browser().open('/recover');
      await browser.submit({ known: person.email, altcha: solveOn(browser) });
      const letter = () => world.mails.findLast(({ to }) => to === person.email)!;
      expect(letter().text).toContain('Sign in with your linked identity');
      expect(letter().text).toContain('MojeID');
      expect(letter().text).not.toContain('/recover/');
      const switches = world.core.upstreamSwitches;
      await switches.switchOff('mojeid', { reason: 'trouble there', by: 'a test' });
      await (await browser.open('/recover')).submit({ known: person.email, altcha: solveOn(browser) });
      await switches.switchOn('mojeid');
      expect(letter().text).toContain('switched off here at the moment');
      for (const useless of ['MojeID', '/account\n']) expect(letter().text).not.toContain(useless);

      const links = world.store.collection(collections.links);
      const old = (await linkOf(person))!;
      await links.replace(old, { ...old.doc, linkedAt: '2020-01-01T00:00:00.000Z' });
      const account = (await world.core.accounts.get(person.id))!;
      const lock = await world.core.endingLinks.lockUrl(account);
      await (await world.browser().open(lock)).submit({});
      expect(letter().text).toContain('you need no new password');
      expect(letter().text).not.toContain('/set-password/');

      // S67: the same where only new passwords by mail are forbidden.
      const forbidding = await world.core.accounts.change(person.id, () => ({
        passwordOff: false,
        resetForbidden: true,
      }));
      await (await world.browser().open(await world.core.endingLinks.lockUrl(forbidding))).submit({});
      for (const said of ['You have forbidden new passwords', 'MojeID', 'If none of it works'])
        expect(letter().text).toContain(said);
      expect(letter().text).not.toContain('/set-password/');
    });

    test('pre-hijacking, unexpired e-mail change and what was mailed before: a link and the mode leave none good', async () => {
      const person = await newPerson({ phone: '+420602000666', phoneVerified: true });
      const mailed = async () => {
        const account = (await world.core.accounts.get(person.id))!;
        const to = newMailbox();
        await world.core.emailChanges.ask(account, to);
        await world.core.outbox.idle();
        return [mailedLink(world, to, 'change-email'), (await world.core.setPassword.offer(account)).url];
      };
      const over = async (links: readonly string[]) => {
        for (const link of links) {
          expect((await world.browser().open(link)).status).toBe(410);
        }
        expect((await world.core.accounts.get(person.id))!.doc.email).toBe(person.email);
      };
      const before = await mailed();
      expect((await world.browser().open(before[0]!)).status).toBe(200);
      await withLink(person);
      await over(before);
      const again = await mailed();
      const browser = await byIdentity(person, MODE);
      await browser.submit({ password: PASSWORD });
      expect(browser.html).toContain('Signing in with the password is switched off.');
      await over(again);
    });

    test('pre-hijacking, trojan identifier: a recovery unlinks what is not kept, and a lock what is new', async () => {
      for (const keep of [true, false]) {
        const person = await newPerson();
        await withLink(person);
        const browser = await world.browser().open('/recover');
        await browser.submit({ known: person.email, altcha: solveOn(browser) });
        const letter = world.mails.findLast(({ to }) => to === person.email)!;
        await browser.open(/http:\S+\/recover\/[\w-]{43}/.exec(letter.text)![0]);
        expect(browser.html).toContain('Which linked identities are to stay?');
        const { fields, action } = browser.forms[0]!;
        const { keep_mojeid: box, ...rest } = fields;
        expect(box).toBe('yes');
        const password = 'quite another horse battery';
        await browser.post(action, {
          ...rest,
          password,
          repeat: password,
          ...(keep ? { keep_mojeid: 'yes' } : {}),
        });
        expect((await linkOf(person)) !== undefined).toBe(keep);
        // The browser of the owner goes on undisturbed all the same.
        const known = /vratny_browser=([\w-]+)/.exec(browser.cookieHeader('/'))![1]!;
        expect(await world.core.browsers.isKnown(person.id, known)).toBe(true);
      }
      const person = await newPerson();
      await withLink(person);
      const account = (await world.core.accounts.get(person.id))!;
      await (await world.browser().open(await world.core.endingLinks.lockUrl(account))).submit({});
      expect(await linkOf(person)).toBeUndefined();

      // One that is older than what a lock takes away is named by the page that the lock's letter leads to.
      const old = await newPerson();
      await withLink(old);
      const link = (await linkOf(old))!;
      await world.store.collection(collections.links).replace(link, { ...link.doc, linkedAt: '2026-01-01' });
      const lockUrl = await world.core.endingLinks.lockUrl((await world.core.accounts.get(old.id))!);
      const browser = await (await world.browser().open(lockUrl)).submit({});
      expect(await linkOf(old)).toBeDefined();
      const letter = world.mails.findLast(({ to }) => to === old.email)!;
      await browser.open(/http:\S+\/set-password\/[\w-]{43}/.exec(letter.text)![0]);
      expect(browser.html).toContain('Which linked identities are to stay?');
      const { fields, action } = browser.forms[0]!;
      const password = 'quite another horse battery';
      await browser.post(action, { csrf: fields['csrf']!, password, repeat: password });
      expect(await linkOf(old)).toBeUndefined();
      // The letter of the new password has the way to lock it again.
      expect(world.mails.findLast(({ to }) => to === old.email)!.text).toContain('/not-me/');
    });
  });
});
