// Asking for the way back into an account, attacked: who has an account, a forged host, too many requests, robots, and
// where the sign-in goes on.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { collections } from '../../src/domain/collections.ts';
import { recoveryQuotas } from '../../src/domain/passwords/recovery.ts';
import { ask } from '../support/http.ts';
import { PHRASE, askedFor, linkIn, newcomer, recoveryWorld } from '../support/recovery.ts';
import { solveOn } from '../support/proof-of-work.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let client: IssuedClient;
  beforeAll(async () => {
    world = await recoveryWorld(storage);
    client = await world.createClient();
  });
  afterAll(() => closeWorld(world, storage));

  test('A49: the answer is byte for byte the same for known, unknown, disabled, forbidding and exhausted ones', async () => {
    const { accounts, customers, domains } = world.core;
    const name = (arm: string) => `${arm}@example.cz`;
    await world.createAccount({ email: name('known') });
    const disabled = await world.createAccount({ email: name('disab') });
    await accounts.change(disabled.id, () => ({ status: 'disabled' }));
    const forbidding = await world.createAccount({ email: name('forbi') });
    await accounts.change(forbidding.id, () => ({ resetForbidden: true }));
    await accounts.create({ email: name('nopas'), emailVerified: true });
    await world.createAccount({ email: name('exhau') });
    for (let time = 0; time < recoveryQuotas.account.limit; time += 1) await askedFor(world, name('exhau'));
    const owner = await world.createAccount();
    const [found] = await customers.ofAccount(owner.id);
    await domains.add('own-domain.example', found!.customer.id);

    const answers = [];
    const arms = ['known', 'nobod', 'disab', 'forbi', 'nopas', 'exhau'].map(name);
    const mailed: string[] = [];
    for (const known of [...arms, 'own-domain.example', 'not-domain.example', 'nobody']) {
      const browser = await newcomer(world).open('/recover');
      const form = browser.forms[0]!;
      const before = world.mails.length;
      const response = await fetch(`${world.issuer}/recover`, {
        method: 'POST',
        body: new URLSearchParams({ ...form.fields, known, altcha: solveOn(browser) }),
        headers: { ...browser.headers, cookie: browser.cookieHeader('/recover'), origin: world.issuer },
      });
      const body = await response.text();
      await world.core.outbox.idle();
      mailed.push(...world.mails.slice(before).map(({ to }) => to));
      const id = response.headers.get('x-request-id')!;
      const headers = [...response.headers].filter(([header]) => header !== 'date');
      answers.push({
        status: response.status,
        length: Buffer.byteLength(body),
        body: body.replaceAll(id, 'ID'),
        headers: headers.map(([header, value]) => [
          header,
          value.replace(id, 'ID').replace(/(vratny_recovery=)[\w-]{43};/, '$1MARK;'),
        ]),
      });
    }
    expect(answers[0]).toMatchObject({ status: 200 });
    expect(JSON.stringify(answers[0]!.headers)).toContain(
      'vratny_recovery=MARK; Path=/; HttpOnly; SameSite=Lax',
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(mailed).toEqual([name('known'), name('nopas'), owner.email]);
    expect(JSON.stringify(world.logs)).not.toMatch(/nobod@|known@|own-domain/);
  });

  test('C6: a forged host gets nowhere, and links are built from the issuer alone', async () => {
    const { email } = await world.createAccount();
    const browser = await newcomer(world).open('/recover');
    const send = (headers: Record<string, string>) =>
      ask(world, '/recover', {
        method: 'POST',
        body: new URLSearchParams({
          ...browser.forms[0]!.fields,
          known: email,
          altcha: solveOn(browser),
        }).toString(),
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          cookie: browser.cookieHeader('/recover'),
          ...headers,
        },
      });
    const before = world.mails.length;
    expect((await send({ host: 'evil.example' })).status).toBe(421);
    expect(world.mails).toHaveLength(before);
    const forwarded = { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '192.0.2.99' };
    expect((await send({ ...forwarded, 'x-original-host': 'evil.example' })).status).toBe(200);
    await world.core.outbox.idle();
    expect(linkIn(world.mails.at(-1)!).startsWith(`${world.issuer}/recover/`)).toBe(true);
    expect(JSON.stringify(world.mails.at(-1))).not.toContain('evil.example');
  });

  test('C9: three letters an hour to one account and no hint of it; strangers cannot use up what the owner has left', async () => {
    const { email } = await world.createAccount();
    const own = newcomer(world);
    await own.open(world.authorizeUrl(client));
    await own.submit({ login: email, password: PASSWORD });
    const count = () =>
      world.mails.filter(({ to, text: body }) => to === email && body.includes('/recover/')).length;
    for (let time = 0; time < 6; time += 1)
      expect((await askedFor(world, email)).heading).toBe(text('page.recover_sent.title'));
    expect(count()).toBe(recoveryQuotas.account.limit);
    await askedFor(world, email, own);
    expect(count()).toBe(recoveryQuotas.account.limit + 1);
    await own.open(linkIn(world.mails.at(-1)!));
    expect((await own.submit({ password: PHRASE, repeat: PHRASE })).heading).toBe(
      text('page.password_set.title'),
    );
  });

  test('C9: ten an hour from one network, the eleventh is told when, whoever it asks for', async () => {
    const statuses: number[] = [];
    for (let time = 0; time <= recoveryQuotas.network.limit; time += 1) {
      const browser = await askedFor(world, `nobody${time}`, newcomer(world, `2001:db8:ffff:9::${time + 1}`));
      statuses.push(browser.status);
      if (browser.status === 429) {
        expect(Number(browser.responseHeaders.get('retry-after'))).toBeGreaterThan(3500);
        expect(browser.forms[0]!.fields['known']).toBe(`nobody${time}`);
      }
    }
    expect(statuses).toEqual([...Array<number>(recoveryQuotas.network.limit).fill(200), 429]);
  });

  test('C9: fifty an hour from one wide network, however many there are in it', async () => {
    const { limit } = recoveryQuotas.wide;
    const from = (index: number) => newcomer(world, `2001:db8:fffe:${index.toString(16)}::1`);
    for (let index = 0; index < limit; index += 1)
      expect((await askedFor(world, 'nobody', from(index))).status).toBe(200);
    expect((await askedFor(world, 'nobody', from(limit))).status).toBe(429);
  });

  test('C15: who uses up what all share closes the way back to strangers, not to people in browsers of their own', async () => {
    const { email } = await world.createAccount();
    const own = newcomer(world);
    await own.open(world.authorizeUrl(client));
    await own.submit({ login: email, password: PASSWORD });
    const shared = world.store.collection(collections.quotas);
    const spent = Array<number>(recoveryQuotas.all.limit).fill(Date.now());
    await shared.put('recover:all', { spent }, new Date(Date.now() + 3_600_000));
    for (const known of [email, 'nobody']) expect((await askedFor(world, known)).status).toBe(429);
    // Nor is a browser that knows one account any better off for others.
    expect((await askedFor(world, 'nobody', own)).status).toBe(429);
    const before = world.mails.length;
    await askedFor(world, email, own);
    expect([own.heading, world.mails.slice(before).map(({ to }) => to)]).toEqual([
      text('page.recover_sent.title'),
      [email],
    ]);
    await shared.remove('recover:all');
  });

  test('A20: every request takes a proof of work of its own; without a name nothing is judged', async () => {
    const { email } = await world.createAccount();
    const before = world.mails.length;
    const browser = await newcomer(world).open('/recover');
    await browser.submit({ known: email, altcha: '' });
    expect([browser.status, browser.html]).toEqual([
      422,
      expect.stringContaining(text('proof_of_work.problem.proof_missing')) as string,
    ]);
    for (const known of ['', '  ', 'x'.repeat(255)]) {
      await browser.submit({ known, altcha: solveOn(browser) });
      expect(browser.status).toBe(422);
    }
    expect(world.mails).toHaveLength(before);
    const altcha = solveOn(browser);
    const { fields } = browser.forms[0]!;
    await browser.post('/recover', { ...fields, known: email, altcha });
    expect(browser.status).toBe(200);
    await browser.post('/recover', { ...fields, known: email, altcha });
    expect(browser.status).toBe(422);
    expect(world.mails).toHaveLength(before + 1);
  });

  test('the sign-in to go on with is an id and nothing that leads elsewhere', async () => {
    const { email } = await world.createAccount();
    for (const nasty of ['//evil.example', 'https://evil.example', '../../x', '"><b>', 'x'.repeat(100)]) {
      const browser = await newcomer(world).open(`/recover?sign_in=${encodeURIComponent(nasty)}`);
      expect(browser.forms[0]!.fields['sign_in']).toBe('');
      await browser.post('/recover', {
        ...browser.forms[0]!.fields,
        sign_in: nasty,
        known: email,
        altcha: solveOn(browser),
      });
      expect(browser.status).toBe(200);
    }
    expect(JSON.stringify(world.mails)).not.toMatch(/sign_in=(?![\w-]{16})/);
    expect(JSON.stringify(world.mails)).not.toContain('evil.example');
  });
});
