// How old a sign-in at an upstream is: whoever sat at this computer before may have made it. It is no fresh proof here,
// and links nothing, when it is old or nobody knows how old it is.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { EMAIL_PAGE, newMailbox } from '../support/email-changes.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { atSignIn } from '../support/journeys.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, testClock, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  describe('the age of a sign-in at an upstream', () => {
    const storage = newStorage();
    let world: World;
    let client: IssuedClient;
    let ahead = 0;
    const clock = { ...testClock, now: () => new Date(Date.now() + ahead) };
    const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid' });
    beforeAll(async () => {
      world = await openWorld({ storage, clock, upstreams: [mojeid.configured] });
      client = await world.createClient();
    });
    afterAll(() => closeWorld(world, storage));

    const sentAway = async () => (await atSignIn(world, client)).submit({}, 'mojeid');

    test('a sign-in whose time the upstream does not tell is no fresh proof here, and does for no max_age', async () => {
      for (const [signedInAgo, isFresh] of [
        [undefined, false],
        [0, true],
      ] as const) {
        const { id } = await world.createAccount();
        await world.core.accounts.change(id, () => ({ passwordOff: true }));
        const { issuer } = mojeid.configured;
        const identity = { upstream: 'mojeid', issuer, subject: `of ${id}`, clientId: 'ours' };
        expect(await world.core.federation.links.add(id, identity)).toBe('linked');
        const browser = await (await world.browser().open(EMAIL_PAGE)).submit({}, 'mojeid');
        await mojeid.comeBack(browser, { subject: identity.subject, signedInAgo });
        await browser.submit({ email: newMailbox() });
        const account = (await world.core.accounts.get(id))!;
        const pending = await world.core.emailChanges.pending(account);
        expect([signedInAgo, pending !== undefined]).toEqual([signedInAgo, isFresh]);

        // Nobody knows how old the session is; an application that does not ask is content.
        await browser.open(world.authorizeUrl(client, { prompt: 'none', max_age: '600' }));
        expect(browser.callback['error']).toBe(isFresh ? undefined : 'login_required');
        await browser.open(world.authorizeUrl(client, { prompt: 'none' }));
        expect(browser.callback['code']).toBeDefined();
      }
    });

    test('nobody links the identity of whoever sat there before: an old sign-in there, or one of untold age, is made anew first', async () => {
      const { email } = await world.createAccount();
      const subject = 'who sat there before';
      for (const signedInAgo of [86_400, undefined]) {
        const old = await mojeid.comeBack(await sentAway(), { subject, signedInAgo });
        expect(old.heading).toBe('Please sign in at MojeID once more');
        expect(old.html).not.toContain('/register');
        await old.open(new URL(old.url).pathname.replace(/[^/]+$/, 'password'));
        await old.submit({ login: email, password: PASSWORD });
        expect(old.callback['code']).toBeDefined();
      }
      const browser = await mojeid.comeBack(await sentAway(), { subject, signedInAgo: 600 });
      await browser.submit({}, 'mojeid');
      expect(mojeid.demands.at(-1)).toMatchObject({ maxAgeSeconds: 0 });
      await mojeid.comeBack(browser, { subject, signedInAgo: 86_400 });
      expect(browser.heading).toBe('Please sign in once more');
      await mojeid.comeBack(await browser.submit({}, 'mojeid'), { subject });
      expect(browser.heading).toBe('We do not know this identity yet');
    });

    test('S76: a link in a session is confirmed within five minutes, and a page says when it is too late', async () => {
      const { id, email } = await world.createAccount();
      const path = '/account/security/identities/mojeid';
      const browser = await (await world.browser().open(path)).submit({ login: email, password: PASSWORD });
      for (const when of ['asked', 'sent']) {
        await browser.open(path);
        await browser.submit({ password: PASSWORD });
        await mojeid.comeBack(browser, { subject: 'comes late' });
        ahead = 301_000;
        await (when === 'asked' ? browser.open(browser.url) : browser.submit({}));
        ahead = 0;
        expect([when, browser.status, browser.html.includes('within five minutes')]).toEqual([
          when,
          422,
          true,
        ]);
      }
      expect(await world.core.federation.links.ofAccount(id)).toEqual([]);
    });
  });
});
