// Acting for one of several customers: the choice in the account, what applications are told, and asking for one.

import * as jose from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { exchange, signedIn } from '../support/journeys.ts';
import { addMember, customerOf } from '../support/members.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));

  const scope = 'openid customer';
  const userinfo = async (accessToken: string | undefined) => {
    const response = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  /** Somebody with a customer of their own, who is a manager of a firm too. */
  async function personWithTwo() {
    const [person, boss] = [await world.createAccount(), await world.createAccount()];
    const [own, firm] = [await customerOf(world, person.id), await customerOf(world, boss.id)];
    await addMember(world, firm.id, person.id, 'manager');
    return { ...person, own, firm };
  }
  async function choose(browser: Browser, customerId: string) {
    await browser.open('/account/customers');
    const { csrf = '' } = browser.forms[0]!.fields;
    return browser.post('/account/customers', { csrf, customer: customerId });
  }

  describe('the choice', () => {
    test('S1: who acts for several customers sees for whom, switches, and applications follow', async () => {
      const client = await world.createClient();
      const { email, own, firm } = await personWithTwo();
      const browser = await signedIn(world, client, email, { scope });
      const first = await exchange(world, client, browser);
      expect((await userinfo(first.body.access_token)).body).toMatchObject({
        customer_id: own.id,
        customer_number: own.doc.number,
        customer_role: 'owner',
      });

      await browser.open('/account/security');
      expect(browser.html).toContain('You are acting for');
      expect(browser.html).toContain(own.doc.number);
      await choose(browser, firm.id);
      expect(browser.html).toContain('From now on you act for this customer.');

      // What the application has stays what it was until it asks again.
      expect((await userinfo(first.body.access_token)).body['customer_id']).toBe(own.id);
      await browser.open(world.authorizeUrl(client, { scope }));
      const second = await exchange(world, client, browser);
      expect((await userinfo(second.body.access_token)).body).toMatchObject({
        customer_id: firm.id,
        customer_role: 'manager',
      });
      // A session acts for one customer at an application: the tokens for the other one have ended.
      expect((await userinfo(first.body.access_token)).status).toBe(401);
    });

    test('a choice is remembered for the next sign-in, and is of one session all the same', async () => {
      const client = await world.createClient();
      const { email, own, firm } = await personWithTwo();
      const [one, other] = [
        await signedIn(world, client, email, { scope }),
        await signedIn(world, client, email, { scope }),
      ];
      await choose(one, firm.id);
      await choose(other, own.id);
      for (const [browser, customer] of [[one, firm] as const, [other, own] as const]) {
        await browser.open(world.authorizeUrl(client, { scope }));
        const { body } = await exchange(world, client, browser);
        expect((await userinfo(body.access_token)).body['customer_id']).toBe(customer.id);
      }
      const next = await signedIn(world, client, email, { scope });
      const { body } = await exchange(world, client, next);
      expect((await userinfo(body.access_token)).body['customer_id']).toBe(own.id);
    });

    test('nobody chooses a customer of others, and a page of another customer changes nothing', async () => {
      const client = await world.createClient();
      const [{ email }, stranger] = [await personWithTwo(), await world.createAccount()];
      const browser = await signedIn(world, client, email, { scope });
      for (const id of [(await customerOf(world, stranger.id)).id, '', 'x'.repeat(5000)]) {
        await choose(browser, id);
        expect(browser.status).toBe(404);
      }
      await browser.open(world.authorizeUrl(client, { scope }));
      const { body } = await exchange(world, client, browser);
      expect((await userinfo(body.access_token)).body['customer_role']).toBe('owner');
    });

    test('who acts for one customer is not asked to choose', async () => {
      const { email } = await world.createAccount();
      const browser = await signedIn(world, await world.createClient(), email);
      await browser.open('/account/security');
      expect(browser.html).not.toContain('You are acting for');
      expect(browser.html).not.toContain('/account/customers');
    });
  });

  describe('an application asks for one', () => {
    test('S1: it gets the customer that it names, and keeps it over refreshing', async () => {
      const client = await world.createClient();
      const { email, own, firm } = await personWithTwo();
      const asking = { scope: 'openid customer offline_access', prompt: 'consent' };
      const browser = await signedIn(world, client, email, { ...asking, customer: firm.doc.number });
      const { body } = await exchange(world, client, browser);
      await choose(browser, own.id);
      const refreshed = await token(world, client, {
        grant_type: 'refresh_token',
        refresh_token: body.refresh_token!,
      });
      expect((await userinfo(refreshed.body.access_token)).body['customer_id']).toBe(firm.id);
    });

    test('in the ID token too, where the claims parameter wants it', async () => {
      const client = await world.createClient();
      const { email, firm } = await personWithTwo();
      const claims = JSON.stringify({ id_token: { customer_number: null } });
      const browser = await signedIn(world, client, email, { scope, claims, customer: firm.doc.number });
      const { body } = await exchange(world, client, browser);
      expect(jose.decodeJwt(body.id_token!)['customer_number']).toBe(firm.doc.number);
    });

    test('one of others is refused like one that there is not, and nonsense is a bad request', async () => {
      const client = await world.createClient();
      const [{ email }, stranger] = [await personWithTwo(), await world.createAccount()];
      const foreign = (await customerOf(world, stranger.id)).doc.number;
      const browser = await signedIn(world, client, email, { scope });
      const answers = [];
      for (const customer of [foreign, '99999999']) {
        await browser.open(world.authorizeUrl(client, { scope, customer }));
        const { error, error_description: why, code } = browser.callback;
        answers.push({ error, why, code });
      }
      expect(answers[0]).toEqual({
        error: 'access_denied',
        why: expect.any(String) as string,
        code: undefined,
      });
      expect(answers[1]).toEqual(answers[0]);
      await browser.open(world.authorizeUrl(client, { scope, customer: 'x%00<script>' }));
      expect(browser.callback['error']).toBe('invalid_request');
      // Somebody who signs in for it is told no sooner.
      const anew = await world.browser().open(world.authorizeUrl(client, { scope, customer: foreign }));
      await anew.submit({ login: email, password: PASSWORD });
      expect(anew.callback['error']).toBe('access_denied');
    });
  });
});
