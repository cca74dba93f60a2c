// Forms that are not ours, at every address that takes one: without a token, with the token of another browser, and
// sent by another site with the right one.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { hostedRoutes } from '../support/hosted-routes.ts';
import { csrfOf, customerOf } from '../support/members.ts';
import { newcomer, registrationEnv, registrationJourney } from '../support/registration.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const NEW = 'an entirely new horse';
const NOWHERE = 'x'.repeat(43);

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, env: registrationEnv });
  });
  afterAll(() => closeWorld(world, storage));

  /** Sends a form as another site would have a browser send it, with its cookies. */
  async function fromElsewhere(browser: Browser, path: string, fields: Record<string, string>) {
    const headers = {
      ...browser.headers,
      cookie: browser.cookieHeader(path),
      origin: 'https://evil.example',
    };
    const answers = [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, {}].map((site) =>
      fetch(`${world.issuer}${path}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers: { ...headers, ...site },
        redirect: 'manual',
      }),
    );
    return Promise.all(
      (await Promise.all(answers)).map(async (one) => [one.status, await one.text()] as const),
    );
  }

  /** Every way a form may not be ours is refused, by its token and its sender and nothing else. */
  async function expectRefused(
    browser: Browser,
    path: string,
    { token, foreign, fields = {} }: { token: string; foreign: string; fields?: Record<string, string> },
  ): Promise<void> {
    const refused = (status: number, html: string) => [path, status, html.includes(text('error.csrf.title'))];
    for (const csrf of [undefined, '', foreign]) {
      await browser.post(path, csrf === undefined ? fields : { ...fields, csrf });
      expect(refused(browser.status, browser.html)).toEqual([path, 403, true]);
    }
    for (const answer of await fromElsewhere(browser, path, { ...fields, csrf: token }))
      expect(refused(...answer)).toEqual([path, 403, true]);
  }

  test('A27: every address that takes a form refuses what is not ours, before anything else', async () => {
    const operator = await createOperator(world, 'owner');
    const [person, other] = [await atConsole(world, operator), await atConsole(world, operator)];
    const client = await world.createClient();
    const waiting = await world.browser().open(world.authorizeUrl(client, { prompt: 'login' }));
    const waitingToken = csrfOf(waiting);
    const foreign = csrfOf(await other.open('/account/profile'));
    const token = csrfOf(await person.open('/account/profile'));
    const consoleToken = csrfOf(await person.open('/admin/operators'));
    const consoleForeign = csrfOf(await other.open('/admin/operators'));
    expect([token, consoleToken, foreign, consoleForeign].every((one) => one.length > 20)).toBe(true);
    const { uid = '' } = /\/interaction\/(?<uid>[\w-]+)/.exec(waiting.url)?.groups ?? {};
    const forms = hostedRoutes(world).filter(({ method }) => method === 'post');
    expect(forms.length).toBeGreaterThan(100);
    for (const route of forms) {
      const path = route.path.replace(':uid', uid).replace(':step', 'password').replaceAll(/:\w+/g, NOWHERE);
      if (path.startsWith('/interaction/'))
        await expectRefused(waiting, path, { token: waitingToken, foreign });
      else if (path.startsWith('/admin'))
        await expectRefused(person, path, { token: consoleToken, foreign: consoleForeign });
      else await expectRefused(person, path, { token, foreign });
    }
  });

  test('A27: the form behind a mailed link and that of a registration, which nobody is signed in for, neither', async () => {
    const { id, email } = await world.createAccount({ emailVerified: false });
    const account = (await world.core.accounts.get(id))!;
    const customer = await customerOf(world, id);
    const linkTo = (to: string, page: string): string =>
      new RegExp(`/${page}/[\\w-]{43}`).exec(world.mails.findLast((mail) => mail.to === to)?.text ?? '')![0];
    await world.core.verifyEmail.mail(account);
    await world.core.outbox.idle();
    const verify = linkTo(email, 'verify-email');
    const wanted = { email: `contact-${id}@mail.example`, kinds: ['members'], locale: 'en' } as const;
    const doer = { actor: { kind: 'person', accountId: id }, name: 'x' } as const;
    await world.core.customerRules.contacts.add(customer.id, wanted, { doer, address: undefined });
    await world.core.outbox.idle();
    const contact = linkTo(wanted.email, 'contact');
    const setPassword = new URL((await world.core.setPassword.offer(account)).url).pathname;

    for (const [path, fields] of [
      [verify, {}],
      [contact, { answer: 'yes' }],
      [contact, { answer: 'no' }],
      [setPassword, { password: NEW, repeat: NEW }],
    ] as const) {
      const [browser, other] = [world.browser(), world.browser()];
      const [token, foreign] = [csrfOf(await browser.open(path)), csrfOf(await other.open(path))];
      expect([path, token.length > 20, token === foreign]).toEqual([path, true, false]);
      await expectRefused(browser, path, { token, foreign, fields });
    }
    const now = (await world.core.accounts.get(id))!.doc;
    expect([now.emailVerified, now.passwordHash]).toEqual([false, account.doc.passwordHash]);
    expect(await world.core.customerRules.contacts.list(customer.id)).toHaveLength(1);
    // Nothing was used up: the same, from our own pages, is done.
    for (const [path, fields] of [
      [verify, {}],
      [contact, {}],
      [setPassword, { password: NEW, repeat: NEW }],
    ] as const) {
      const browser = await world.browser().open(path);
      expect([path, (await browser.submit(fields)).status]).toEqual([path, 200]);
    }

    const journey = registrationJourney(world);
    const person = newcomer();
    const browser = await journey.atCode(person);
    const foreign = csrfOf(await journey.browserOf(newcomer()).open('/register'));
    const fields = { ...journey.fieldsOf(person), code: journey.codeSentTo(person) };
    const token = csrfOf(browser);
    for (const { method, path } of hostedRoutes(world))
      if (method === 'post' && path.startsWith('/register'))
        await expectRefused(browser, path, { token, foreign, fields });
    expect(world.texts.filter(({ to }) => to === person.phone)).toHaveLength(1);
    expect((await browser.open('/register/code')).status).toBe(200);
    await browser.submit({ code: journey.codeSentTo(person) });
    expect(browser.url).toBe(`${world.issuer}/register/mail`);
  });
});
