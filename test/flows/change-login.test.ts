// An own login name: set, changed and given up by its person, told, and taken by one account only.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const PAGE = '/account/security/login';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  standingClock({ apart: 7_200_000 });

  const accountOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const change = async (browser: Browser, login: string, password = PASSWORD) => {
    await browser.open(PAGE);
    return browser.submit({ login, password });
  };

  test('S69: the login name may be changed to an own one; it signs in, the e-mail does too, and a mail says so', async () => {
    const { id, email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    await change(browser, ' Kopretina.1 ');
    expect(browser.html).toContain(text('account.notice.login_changed'));
    expect(await accountOf(id)).toMatchObject({ login: 'Kopretina.1', loginKey: 'kopretina.1' });
    expect(
      world.mails.filter(({ text: body }) =>
        body.includes(text('mail.credential_changed.what.login_changed')),
      ),
    ).toMatchObject([{ to: email }]);
    for (const name of ['KOPRETINA.1', email])
      expect((await atAccount(world, '/account/security', name)).heading).toBe(
        text('account.security.title'),
      );
    await change(browser, '');
    expect(browser.html).toContain(text('account.notice.login_changed'));
    expect(await accountOf(id)).not.toHaveProperty('loginKey');
    expect(await accountOf(id)).not.toHaveProperty('login');
  });

  test('a name that will not do, is the same, or a wrong password: nothing changes', async () => {
    const { id, email } = await world.createAccount({ login: `lipa${Date.now()}` });
    const before = await accountOf(id);
    const browser = await atAccount(world, PAGE, email);
    for (const [name, problem] of [
      ['ab', 'bad_login'],
      ['a@b.cz', 'bad_login'],
      [email, 'bad_login'],
      ['two words', 'bad_login'],
      ['.dot', 'bad_login'],
      ['a..b', 'bad_login'],
      ['a\u200bbc', 'bad_login'],
      ['ｋopretina', 'bad_login'],
      ['x'.repeat(61), 'bad_login'],
      [before.login!, 'same_login'],
    ] as const) {
      await change(browser, name);
      expect([name, browser.status, browser.html.includes(text(`account.login.problem.${problem}`))]).toEqual(
        [name, 422, true],
      );
    }
    await change(browser, 'another', 'not the password');
    expect([browser.status, browser.html.includes(text('account.proof.problem.wrong_password'))]).toEqual([
      422,
      true,
    ]);
    expect(await accountOf(id)).toEqual(before);
  });

  test('a taken name is told, whatever its case, and only ten an hour may be tried', async () => {
    await world.createAccount({ login: 'Borovice' });
    const { id, email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    for (let index = 0; index < 10; index += 1) {
      await change(browser, 'BOROVICE');
      expect([browser.status, browser.html.includes(text('account.login.problem.login_taken'))]).toEqual([
        422,
        true,
      ]);
    }
    await change(browser, 'nobodys.name');
    expect([browser.status, browser.responseHeaders.get('retry-after')]).toEqual([429, '3600']);
    expect((await accountOf(id)).login).toBeUndefined();
  });

  test('A19: of 20 accounts that want one name at once, one gets it', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => world.createAccount()));
    const outcomes = await Promise.all(
      people.map(async ({ id }) =>
        world.core.changeLogin.set((await world.core.accounts.get(id))!, 'jedina.jedle'),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'refused')).toHaveLength(19);
  });
});
