// Requests to support of signed-in people: written, answered, with a server and its password that one operator sees
// once; told both ways by mail.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { atTheMachine, type Caller } from '../../src/domain/operators/caller.ts';
import { allShapes } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { atAccount } from '../support/second-factor-pages.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const PAGE = '/account/support';
const SECRET = 'r00t password of the server';
const operator = (accountId: string): Caller => ({
  ...atTheMachine(accountId),
  actor: { kind: 'operator', accountId },
});

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, env: { VRATNY_SUPPORT_EMAIL: 'support@hoster.example' } });
  });
  afterAll(() => closeWorld(world, storage));
  standingClock({ apart: 7_200_000 });

  const mailsTo = (to: string) => world.mails.filter((mail) => mail.to === to);
  async function asker(subject = 'Web stojí') {
    const { id, email } = await world.createAccount();
    const browser = await atAccount(world, PAGE, email);
    await browser.submit({ subject, text: 'Od rána <b>nic</b>\r\nnejde.' });
    const [request] = await world.core.supportRequests.ofAccount(id);
    return { id, email, browser, request: request!.id, page: `${PAGE}/${request!.id}` };
  }
  const nameServer = (browser: Browser, page: string, fields: Record<string, string> = {}) =>
    browser
      .open(`${page}/server`)
      .then(() =>
        browser.submit({ server: 'web1.example', access: 'change', server_password: SECRET, ...fields }),
      );

  test('the dashboard counts the requests that are open and in work, for who may see them', async () => {
    const browser = await atConsole(world, await createOperator(world, 'support'), '/admin/dashboard');
    const counts = async () => {
      await browser.open('/admin/dashboard');
      return ['requests', 'requests_taken'].map((key) =>
        Number(new RegExp(`>${text(`admin.dashboard.${key}`)}</a></dt><dd>(\\d+)`).exec(browser.html)![1]),
      );
    };
    const [open = 0, taken = 0] = await counts();
    const { request } = await asker();
    expect(await counts()).toEqual([open + 1, taken]);
    await world.core.acts.supportDesk.take(operator('eva'), request);
    expect(await counts()).toEqual([open, taken + 1]);
    const other = await atConsole(world, await createOperator(world, 'clients'), '/admin/dashboard');
    expect([other.status, other.html.includes(text('admin.dashboard.waiting'))]).toEqual([200, false]);
  });

  test('S19: a request is written, skipped past the server, mailed to support, answered, and read', async () => {
    const { email, browser, request, page } = await asker();
    expect(browser.url).toBe(`${world.issuer}${page}/server`);
    const [letter] = mailsTo('support@hoster.example').filter(({ text: body }) => body.includes(request));
    expect(letter!.text).toContain('Od rána <b>nic</b>');
    expect(letter!.text).toContain(email);
    await browser.open(page);
    expect(browser.html).toContain('Od rána &lt;b&gt;nic&lt;/b&gt;');
    expect(browser.html).toContain(text('account.support.state.open'));

    const { supportDesk } = world.core.acts;
    expect(await supportDesk.take(operator('eva'), request)).toBe('done');
    expect(await supportDesk.take(operator('jan'), request)).toBe('taken');
    expect(await supportDesk.answer(operator('eva'), request, ' ')).toBe('bad_text');
    expect(await supportDesk.answer(operator('eva'), request, 'Už to <i>jede</i>.')).toBe('done');
    await world.core.outbox.idle();
    expect(mailsTo(email).at(-1)!.text).toContain(`${world.issuer}${page}`);
    await browser.open('/account');
    expect(browser.html).toContain(text('account.overview.attention.answered.title'));
    await browser.open(page);
    expect(browser.html).toContain('Už to &lt;i&gt;jede&lt;/i&gt;.');
    await browser.open('/account');
    expect(browser.html).not.toContain(text('account.overview.attention.answered.title'));

    await browser.open(page);
    await browser.submit({ text: 'Díky, ale mail ne.' });
    expect(browser.html).toContain(text('account.notice.support_replied'));
    expect((await supportDesk.get(request))!.state).toBe('open');
    expect(mailsTo('support@hoster.example').at(-1)!.text).toContain('Díky, ale mail ne.');
    expect(await supportDesk.close(operator('eva'), request)).toBe('done');
    await browser.open(page);
    expect(browser.html).toContain(text('account.support.state.closed'));
    expect(browser.forms.some(({ action }) => action.endsWith('/reply'))).toBe(false);
    await browser.post(`${page}/reply`, {
      csrf: (await browser.open(PAGE)).forms[0]!.fields['csrf']!,
      text: 'x',
    });
    expect((await supportDesk.get(request))!.messages).toHaveLength(2);
  });

  test('S19: a server’s password lies sealed, is shown once to who has taken the request, and is in the log of changes', async () => {
    const { id, browser, request, page } = await asker();
    await nameServer(browser, page, { server: '' });
    expect([browser.status, browser.html.includes(SECRET)]).toEqual([422, false]);
    await nameServer(browser, page);
    expect(browser.html).toContain('web1.example');
    expect(browser.html).toContain(text('account.support.server.kept'));
    expect(browser.html).not.toContain(SECRET);
    const stored = await Promise.all(
      allShapes.map((shape) => world.store.collection(shape as never).list(undefined, { limit: 1000 })),
    );
    for (const kept of [JSON.stringify(stored), JSON.stringify(world.logs), JSON.stringify(world.mails)])
      expect(kept).not.toContain(SECRET);
    // Named once: another one later would not be the one that was agreed to.
    await browser.open(`${page}/server`);
    expect(browser.url).toBe(world.issuer + page);

    const { supportDesk } = world.core.acts;
    expect(JSON.stringify(await supportDesk.get(request))).not.toMatch(/sealed|v1\./);
    const show = (who: string) => supportDesk.revealPassword(operator(who), request);
    expect(await show('eva')).toEqual({ kind: 'refused', reason: 'not_taken' });
    await supportDesk.take(operator('eva'), request);
    expect(await show('jan')).toEqual({ kind: 'refused', reason: 'not_taken' });
    const shown = await Promise.all([show('eva'), show('eva'), show('eva')]);
    expect(shown.filter(({ kind }) => kind === 'revealed')).toEqual([{ kind: 'revealed', password: SECRET }]);
    expect(await show('eva')).toEqual({ kind: 'refused', reason: 'no_password' });
    const { changes } = await world.core.audit.ofAccount(id, { limit: 10 });
    expect(changes.map(({ action, by }) => [action, by])).toEqual([
      ['support_request.password_shown', 'operator'],
    ]);
    await browser.open('/account/changes');
    expect(browser.html).toContain(text('audit.action.support_request.password_shown'));
  });

  test('a password that nobody looked at is gone when the request is closed', async () => {
    const { browser, request, page } = await asker();
    await nameServer(browser, page);
    await world.core.acts.supportDesk.close(operator('eva'), request);
    expect(await world.core.acts.supportDesk.revealPassword(operator('eva'), request)).toMatchObject({
      kind: 'refused',
    });
    expect(
      (await world.store
        .collection(allShapes.find(({ name }) => name === 'support_requests') as never)
        .get(request))!.doc,
    ).not.toHaveProperty('sealedPassword');
  });

  test('another person’s request is not there: not to read, not to answer, not to name a server in', async () => {
    const { id, request, page } = await asker();
    const thief = await world.createAccount();
    const browser = await atAccount(world, PAGE, thief.email);
    const { csrf } = browser.forms[0]!.fields as { csrf: string };
    for (const path of [page, `${page}/server`]) {
      await browser.open(path);
      expect(browser.status).toBe(404);
    }
    await browser.post(`${page}/reply`, { csrf, text: 'mine' });
    expect(browser.status).toBe(404);
    await browser.post(`${page}/server`, { csrf, server: 'mine', access: 'look', server_password: 'x' });
    expect(browser.status).toBe(404);
    await browser.post(PAGE, {
      csrf,
      subject: 'for you',
      text: 'x',
      accountId: id,
      state: 'closed',
      kind: 'login',
    });
    const [own] = await world.core.supportRequests.ofAccount(thief.id);
    expect(own!.doc).toMatchObject({ accountId: thief.id, kind: 'account', state: 'open' });
    expect(await world.core.supportRequests.ofAccount(id)).toHaveLength(1);
    expect((await world.core.acts.supportDesk.get(request))!).not.toHaveProperty('server');
  });

  test('what is missing or too long is refused, and nobody floods support', async () => {
    const { id, browser } = await asker();
    for (const [fields, problem] of [
      [{ subject: ' ', text: 'x' }, 'no_subject'],
      [{ subject: 'x', text: ' \n' }, 'no_text'],
      [{ subject: 'x', text: 'x'.repeat(4001) }, 'too_long'],
    ] as const) {
      await browser.open(PAGE);
      await browser.submit(fields);
      expect([browser.status, browser.html.includes(text(`account.support.problem.${problem}`))]).toEqual([
        422,
        true,
      ]);
    }
    for (let more = 0; more < 9; more += 1)
      await browser.open(PAGE).then(() => browser.submit({ subject: 'x', text: 'x' }));
    await browser.open(PAGE);
    await browser.submit({ subject: 'x', text: 'x' });
    expect([browser.status, browser.responseHeaders.has('retry-after')]).toEqual([429, true]);
    expect(await world.core.supportRequests.ofAccount(id)).toHaveLength(10);
  });
});
