// The end of a trusted address (S71): the sessions that it had spared show the code once, and are as good as any.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const OFFICE = '31.15.10.7';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_TRUSTED_PROXIES: '127.0.0.1' } });
  });
  afterAll(() => closeWorld(world, storage));

  test.for(['the entry is removed', 'the person becomes an operator'])(
    'S71: when %s, one sign-in with the code is enough to be back',
    async (event) => {
      const client = await world.createClient();
      const { id, email } = await world.createAccount();
      const { key } = await turnOnTotp(world.core, id);
      await world.core.addressLists.add(id, { range: OFFICE });
      const browser = world.browser();
      browser.headers['x-forwarded-for'] = OFFICE;
      await browser.open(world.authorizeUrl(client));
      await browser.submit({ login: email, password: PASSWORD });
      expect(browser.callback['code']).toBeDefined();
      await browser.open('/account/security');
      expect(browser.heading).toBe('Security');

      if (event === 'the entry is removed') {
        const [entry] = await world.core.addressLists.list(id);
        await world.core.addressLists.remove(id, entry!.id);
      } else {
        await world.core.accounts.change(id, () => ({ operatorRoles: ['support'] }));
      }
      for (const address of ['/account/security', world.authorizeUrl(client)]) {
        await browser.open(address);
        expect([browser.hasLeft, browser.heading]).toEqual([false, 'Sign in']);
      }
      await browser.submit({ password: PASSWORD });
      await browser.submit({ code: appCode(key, world.core.clock.now()) });
      expect(browser.callback['code']).toBeDefined();
      await browser.open('/account/security');
      expect(browser.heading).toBe('Security');
    },
  );
});
