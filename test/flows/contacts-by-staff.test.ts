// An address or a number that staff or a program has set or verified: for a while it takes no second factor off, for
// else one of them alone could lead both to themselves.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { collections } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { mailedLink, newMailbox, pressLink } from '../support/email-changes.ts';
import {
  enter,
  lostDeviceEnv,
  lostDeviceJourney,
  MINUTE,
  moveClock,
  type Person,
} from '../support/lost-device.ts';
import { openApi } from '../support/operators-api.ts';
import { askedFor, linkIn, PHRASE } from '../support/recovery.ts';
import { appCode } from '../support/second-factor.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const HOUR = 60 * MINUTE;
const reason = 'they say that they have lost both';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  let way: ReturnType<typeof lostDeviceJourney>;
  beforeAll(async () => {
    world = await openWorld({ storage, env: lostDeviceEnv });
    client = await world.createClient();
    way = lostDeviceJourney(world, client);
  });
  afterAll(() => closeWorld(world, storage));
  afterEach(() => vi.useRealTimers());

  const settle = () => world.core.outbox.idle();
  const textsTo = (phone: string) => world.texts.filter(({ to }) => to === phone).map((sms) => sms.text);
  const accountOf = async ({ id }: Person) => (await world.core.accounts.get(id))!;
  const isPossible = async (person: Person) => world.core.lostDevice.isPossible(await accountOf(person));

  async function atLostDevice(person: Person): Promise<Browser> {
    const browser = await way.browserOf(person).open(world.authorizeUrl(client));
    await browser.submit({ login: person.email, password: PHRASE });
    return browser.open(/href="([^"]*\/lost-device)"/.exec(browser.html)![1]!);
  }

  test('S51, A72: a program that may write accounts does not take one over with its second factor', async () => {
    const person = await way.somebody();
    const path = `/accounts/${person.id}`;
    const begun = await way.askForLink(person);
    // Who attacks, with a mailbox and a phone of their own.
    const thief = { ...person, email: newMailbox(), phone: '+420777000666', address: '2001:db8:bad::1' };
    const api = await openApi(world, 'accounts:read accounts:write');
    const asked = await api('post', `${path}/email`, { body: { email: thief.email, reason } });
    expect(asked.status).toBe(202);
    await settle();
    await pressLink(world, mailedLink(world, thief.email, 'change-email'));
    const headers = { 'if-match': '*' };
    const moved = await api('patch', path, { body: { phone: thief.phone }, headers });
    const seen = await api('post', `${path}/verification`, { body: { phone: thief.phone, reason } });
    expect([moved.status, seen.status]).toEqual([200, 200]);
    expect(await accountOf(person)).toMatchObject({
      doc: { email: thief.email, emailVerified: true, phone: thief.phone, phoneVerified: true },
    });

    // The person hears of both, where nobody else does: the mail has the way back.
    await settle();
    expect(mailedLink(world, person.email, 'undo-email')).not.toBe('');
    const news = textsTo(person.phone).filter((sms) => sms.includes(`${world.issuer}/account/security`));
    expect(news).toHaveLength(2);

    const browser = await askedFor(world, thief.email);
    await settle();
    await browser.open(linkIn(way.mailsTo(thief).at(-1)!));
    await browser.submit({ password: PHRASE, repeat: PHRASE });
    expect(browser.heading).toBe(text('page.password_set.title'));

    // Neither the form, nor one made up, nor a link from before.
    for (const passed of [0, 24 * HOUR - 5 * MINUTE]) {
      if (passed > 0) moveClock(passed);
      const refused = await atLostDevice(thief);
      expect(refused.html).toContain('only our staff can switch the code off');
      expect(refused.html).toContain('href="/support/second-factor"');
      const mails = world.mails.length;
      await refused.post(refused.url, { ...refused.forms[0]!.fields, act: 'send' });
      await settle();
      expect(world.mails).toHaveLength(mails);
      expect((await way.browserOf(thief).open(begun)).status).toBe(410);
    }

    moveClock(10 * MINUTE);
    await (await atLostDevice(thief)).submit({}, 'send');
    await settle();
    const code = await way.atCode(thief, way.linkIn(thief));
    expect(await way.isOn(person)).toBe(true);
    await enter(code, way.codeSentTo(thief));
    expect(await way.isOn(person)).toBe(false);
  });

  test('S51: a link that waits for its code is void once staff has verified the number or moved it', async () => {
    const api = await openApi(world, 'accounts:read accounts:write');
    const person = await way.somebody();
    const link = await way.askForLink(person);
    const browser = await way.atCode(person, link);
    const body = { phone: person.phone, reason };
    expect((await api('post', `/accounts/${person.id}/verification`, { body })).status).toBe(200);
    await enter(browser, way.codeSentTo(person));
    expect([browser.status, await way.isOn(person)]).toEqual([410, true]);
  });

  test('S44, S69: who proves the new one with the second factor need not wait for it', async () => {
    const api = await openApi(world, 'accounts:read accounts:write');
    const person = await way.somebody();
    const verification = { body: { phone: person.phone, email: person.email, reason } };
    const { status } = await api('post', `/accounts/${person.id}/verification`, verification);
    expect([status, await isPossible(person)]).toEqual([200, false]);
    const browser = await way.signedInWithCode(person);
    const proof = () => {
      // A code of the app is used once.
      moveClock(MINUTE);
      return { password: PASSWORD, code: appCode(person.key, new Date()) };
    };
    await browser.open('/account/security/phone');
    await browser.submit({ phone: person.phone, ...proof() });
    await settle();
    await browser.submit({ code: way.codeSentTo(person) });
    // The address is staff's still.
    expect((await accountOf(person)).doc.contactsByStaff).toEqual({ email: expect.any(String) as string });
    expect(await isPossible(person)).toBe(false);
    const to = newMailbox();
    await browser.open('/account/security/email');
    await browser.submit({ email: to, ...proof() });
    await settle();
    await pressLink(world, mailedLink(world, to, 'change-email'));
    expect((await accountOf(person)).doc).toMatchObject({ email: to });
    expect(await isPossible(person)).toBe(true);
  });

  test('a number that is out of the account is told even when the process has died, and one that stayed is not', async () => {
    const gone = '+420601999001';
    const [moved, same] = [await way.somebody(), await way.somebody()];
    await world.core.accounts.change(moved.id, () => ({ phone: '+420601999002', phoneVerified: false }));
    const acts = world.core.store.collection(collections.unfinished);
    const leftAt = new Date(Date.now() - MINUTE).toISOString();
    for (const facts of [
      { accountId: moved.id, phone: gone },
      { accountId: same.id, phone: same.phone },
    ])
      await acts.insert(`died-${facts.accountId}`, { kind: 'former_number', facts, leftAt });
    await world.core.unfinished.finishLeft();
    await settle();
    expect([textsTo(gone).length, textsTo(same.phone).length]).toEqual([1, 0]);
    expect(await acts.get(`died-${moved.id}`)).toBeUndefined();
  });
});
