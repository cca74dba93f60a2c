// What stops staff from taking an authenticator app off (S59) beside the mailed link: the person on their own pages, and
// whoever proves a second factor meanwhile.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Caller } from '../../src/domain/operators/caller.ts';
import { permissions } from '../../src/domain/operators/permissions.ts';
import type { Browser } from '../support/browser.ts';
import { createOperator, type TestOperator } from '../support/console.ts';
import { addPasskey, answerPasskey } from '../support/passkey-pages.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const REASON = 'identity card 123456 seen at the counter';
const HOUR = 3_600_000;

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let now = Date.now();
  let [eva, jan]: TestOperator[] = [];
  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock });
    eva = await createOperator(world, 'support');
    jan = await createOperator(world, 'support');
  });
  afterAll(() => closeWorld(world, storage));
  beforeEach(() => {
    now = Math.max(now, Date.now()) + HOUR;
  });

  const removals = () => world.core.acts.totpRemovals;
  const by = ({ id }: { id: string }): Caller => ({
    actor: { kind: 'operator', accountId: id },
    permissions: new Set(permissions),
  });
  const isOn = (id: string) => world.core.totp.isOn(id);
  const stateOf = async (id: string) => (await removals().get(id))?.state;
  async function person() {
    const account = await world.createAccount();
    return { ...account, ...(await turnOnTotp(world.core, account.id)) };
  }

  test('the person sees it on their own pages and stops it there, for this account, with a form of ours, once', async () => {
    const [one, other] = [await person(), await person()];
    const pages = ['/account', '/account/security', '/account/security/totp'];
    const keep = '/account/security/totp/keep';
    const at = async ({ email, key }: typeof one) => {
      const browser = await world.browser().open('/account');
      await browser.submit({ login: email, password: PASSWORD });
      return browser.submit({ code: appCode(key, new Date(now)) });
    };
    const formOf = async (browser: Browser) =>
      (await browser.open('/account/security/notices')).forms.at(-1)!.fields;
    const [own, stranger] = [await at(one), await at(other)];
    now += HOUR;
    await removals().request(by(eva!), one.id, REASON);
    for (const page of pages) {
      await own.open(page);
      expect([page, own.html.includes(REASON), own.html.includes('has yet to approve')]).toEqual([
        page,
        true,
        true,
      ]);
      expect((await stranger.open(page)).html).not.toContain(keep);
    }
    await removals().approve(by(jan!), one.id);
    await own.open('/account');
    expect(own.html).toContain('It is taken off on');
    expect(own.html).not.toContain(text('account.overview.nothing'));
    // Another account with its own form, the right one without it, and a look.
    const { csrf = '' } = await formOf(stranger);
    await stranger.post(keep, { csrf });
    expect((await stranger.open('/account/security/totp')).html).not.toContain(keep);
    expect((await own.post(keep, { csrf })).status).toBe(403);
    expect((await own.open(keep)).status).toBe(405);
    expect(await stateOf(one.id)).toBe('waiting');
    await own.open('/account');
    const form = own.forms.find(({ action }) => action.endsWith(keep))!.fields;
    await own.post(keep, form);
    expect([await stateOf(one.id), own.html.includes('the authenticator app stays on')]).toEqual([
      'stopped',
      true,
    ]);
    expect(own.html).toContain(text('account.removal.stopped'));
    // Pressed twice: what was wanted holds.
    await own.post(keep, form);
    expect(own.html).toContain('the authenticator app stays on');
    expect(own.html).not.toContain(REASON);

    // At the very moment that it is carried out one of both wins, and the page tells which.
    await removals().request(by(eva!), one.id, REASON);
    await removals().approve(by(jan!), one.id);
    now += 25 * HOUR;
    const again = await at(one).then(async (browser) => browser.open('/account'));
    expect(again.html).not.toContain(keep);
    await removals().carryOutDue();
    expect([await isOn(one.id), await stateOf(one.id)]).toEqual([true, 'refused']);
    await again.post(keep, { csrf: (await formOf(again))['csrf']! });
    expect(again.html).toContain('nothing to stop any more');
    expect(await stateOf(one.id)).toBe('refused');

    const third = await person();
    await removals().request(by(eva!), third.id, REASON);
    await removals().approve(by(jan!), third.id);
    now += 25 * HOUR;
    const [isStopped] = await Promise.all([removals().stopOwn(third.id), removals().carryOutDue()]);
    expect([await isOn(third.id), await stateOf(third.id)]).toEqual([
      isStopped,
      isStopped ? 'stopped' : 'done',
    ]);
  });

  test('whoever proves a factor has not lost it: a recovery code and a passkey stop it as a code of the app does', async () => {
    const client = await world.createClient();
    const [paper, key] = [await person(), await world.createAccount()];
    const authenticator = new SoftwareAuthenticator(world.issuer);
    await addPasskey(world, key.email, authenticator);
    await turnOnTotp(world.core, key.id);
    const proofs: [{ id: string; email: string }, (browser: Browser) => Promise<unknown>][] = [
      [
        paper,
        async (browser) => {
          await browser.open(browser.url.replace(/\/totp$/, '/recovery-code'));
          await browser.submit({ code: paper.recoveryCodes[0]! });
        },
      ],
      [
        key,
        async (browser) => {
          await browser.open(browser.url.replace(/\/totp$/, '/passkey'));
          await answerPasskey(browser, authenticator);
        },
      ],
    ];
    for (const [{ id, email }, prove] of proofs) {
      await removals().request(by(eva!), id, REASON);
      now += HOUR;
      const browser = await world.browser().open(world.authorizeUrl(client));
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.url).toContain('/totp');
      await prove(browser);
      expect(browser.hasLeft).toBe(true);
      await expect(removals().approve(by(jan!), id)).rejects.toThrow('a second factor was used meanwhile');
      expect(await removals().underWay(id)).toBeUndefined();
      expect(await isOn(id)).toBe(true);
    }
  });
});
