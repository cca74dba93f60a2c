// The way back from a change of address, for 7 days: what it brings back, ends and voids, and who may use it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  askForEmail,
  EMAIL_PAGE,
  mailedLink,
  movedPerson,
  newMailbox,
  pressLink,
} from '../support/email-changes.ts';
import { snapshot } from '../support/journeys.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const PAGE = EMAIL_PAGE;
const DAY = 86_400_000;
const everything = ['accounts', 'emailChanges', 'oneTimeLinks', 'quotas', 'outbox', 'Session'] as const;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 30 * DAY });

  const accountOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const lettersTo = (to: string) => world.mails.filter((mail) => mail.to === to);
  const linkTo = (to: string, kind: string) => mailedLink(world, to, kind);
  const press = (link: string) => pressLink(world, link);
  const settle = () => world.core.outbox.idle();

  describe('S69: undoing', () => {
    test('brings the old address back, ends every session, and voids what was mailed to the new one', async () => {
      const { id, email, to, browser, undo } = await movedPerson(world);
      const account = (await world.core.accounts.get(id))!;
      await world.core.setPassword.mail(account);
      await world.core.credentialNotices.tell(account, 'totp_on', { address: undefined, userAgent: '' });
      await settle();
      const mailed = [linkTo(to, 'set-password'), linkTo(to, 'not-me')];
      // Whatever happens in the account meanwhile, the way back stays.
      await world.core.accounts.change(id, (doc) => ({ credentialVersion: doc.credentialVersion + 1 }));
      pass(7 * DAY - 10_000);
      const thief = await atAccount(world, PAGE, to);
      await askForEmail(thief, newMailbox());
      const { credentialVersion } = await accountOf(id);

      const before = await snapshot(world, everything);
      const reader = await world.browser().open(undo);
      expect(reader.html).toContain(email);
      expect(reader.html).not.toContain(to);
      expect(await snapshot(world, everything)).toEqual(before);
      await reader.submit();
      expect([reader.status, reader.heading]).toEqual([200, text('page.undo_email.done.title')]);
      expect(await accountOf(id)).toMatchObject({
        email,
        emailVerified: true,
        credentialVersion: credentialVersion + 1,
      });
      for (const link of [...mailed, undo]) expect((await world.browser().open(link)).status).toBe(410);
      for (const open of [browser, thief]) expect((await open.open(PAGE)).url).toContain('/interaction/');
      const letter = lettersTo(email).at(-1)!.text;
      expect(letter).toContain(text('mail.credential_changed.what.email_restored'));
      expect((await world.browser().open(linkTo(email, 'not-me'))).status).toBe(200);
    });

    test('is over after 7 days, after its use, and for who guesses', async () => {
      const { id, to, undo } = await movedPerson(world);
      pass(7 * DAY);
      expect((await world.browser().open(undo)).status).toBe(410);
      expect((await world.browser().open(`${world.issuer}/undo-email/${'x'.repeat(43)}`)).status).toBe(410);
      expect((await accountOf(id)).email).toBe(to);
    });

    test('after a second change the first owner comes first: the later way back is void, the earlier one is not', async () => {
      const { id, email, to, browser, undo } = await movedPerson(world);
      pass(60_000);
      const third = newMailbox();
      await askForEmail(browser, third);
      await press(linkTo(third, 'change-email'));
      const later = linkTo(to, 'undo-email');
      await press(undo);
      expect((await accountOf(id)).email).toBe(email);
      expect((await world.browser().open(later)).status).toBe(410);

      const second = await movedPerson(world);
      pass(60_000);
      const fourth = newMailbox();
      await askForEmail(second.browser, fourth);
      await press(linkTo(fourth, 'change-email'));
      await press(linkTo(second.to, 'undo-email'));
      expect((await accountOf(second.id)).email).toBe(second.to);
      await press(second.undo);
      expect((await accountOf(second.id)).email).toBe(second.email);
    });

    test('when the old address has another account by now, it stays there, and everything ends all the same', async () => {
      const { id, email, to, browser, undo } = await movedPerson(world);
      const other = await world.createAccount({ email });
      const { credentialVersion } = await accountOf(id);
      const reader = await press(undo);
      expect([reader.status, reader.heading]).toEqual([409, text('page.undo_email.taken.title')]);
      expect(await accountOf(id)).toMatchObject({ email: to, credentialVersion: credentialVersion + 1 });
      expect((await accountOf(other.id)).email).toBe(email);
      expect((await browser.open(PAGE)).url).toContain('/interaction/');
      expect(world.logs.some(({ account, level }) => account === id && level === 'warn')).toBe(true);
      const { entries } = await world.core.audit.list({ accountId: id }, { limit: 1 });
      expect(entries[0]?.doc).toMatchObject({
        action: 'account.signed_out_everywhere',
        actor: `person:${id}`,
        after: { way: 'mailed_link' },
      });
    });

    test('A55: of 20 at once one does it; a form from elsewhere does nothing; a disabled account has no way back', async () => {
      const { id, email, to, undo } = await movedPerson(world);
      const foreign = await world.browser().open(undo);
      await foreign.post(undo, { csrf: 'made up' });
      expect([foreign.status, (await accountOf(id)).email]).toEqual([403, to]);
      await world.core.accounts.change(id, () => ({ status: 'disabled' }));
      expect((await world.browser().open(undo)).status).toBe(410);
      await world.core.accounts.change(id, () => ({ status: 'active' }));
      const secret = undo.split('/').at(-1)!;
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, () =>
          world.core.emailChanges.undo(secret, { address: undefined, userAgent: '' }),
        ),
      );
      expect(outcomes.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      expect((await accountOf(id)).email).toBe(email);
    });
  });

  test('no secret of a link is stored or logged', async () => {
    const { to, undo } = await movedPerson(world);
    const secrets = [linkTo(to, 'change-email'), undo].map((link) => link.split('/').at(-1)!);
    const stored = JSON.stringify(await snapshot(world, ['emailChanges', 'accounts', 'outbox']));
    for (const secret of secrets) {
      expect(stored).not.toContain(secret);
      expect(JSON.stringify(world.logs)).not.toContain(secret);
    }
  });
});
