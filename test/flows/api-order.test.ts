// A first order (S69, S12) and what operators do with accounts by the API, to the end that people see.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { openApi, type Api } from '../support/operators-api.ts';
import { obtain, refresh, signIn, userinfo } from '../support/relying-party.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, token, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await openWorld({ storage });
    api = await openApi(world);
  });
  afterAll(() => closeWorld(world, storage));

  test('S69, S12: an order by the API is an account that its person signs in to, with its vetting as a claim', async () => {
    const order = {
      key: 'shop-1001',
      email: 'nova@example.cz',
      given_name: 'Jana',
      family_name: 'Nová',
      locale: 'cs',
      customer_kind: 'company',
      customer_name: 'Nová a dcery s.r.o.',
      vetting: 'vetted',
      vetting_reason: 'paid by card',
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api('post', '/orders', { body: order })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    const [first] = answers;
    for (const answer of answers) expect(answer.body).toEqual(first!.body);
    const { login, customer_number: number } = first!.body as { login: string; customer_number: string };

    await world.core.outbox.idle();
    const letters = world.mails.filter(({ to }) => to === 'nova@example.cz');
    expect(letters).toHaveLength(1);
    expect(letters[0]!.text).toContain(login);
    const [link] = /http:\S+\/set-password\/\S+/.exec(letters[0]!.text)!;
    const browser = await world.browser().open(link);
    await browser.submit({ password: PASSWORD, repeat: PASSWORD });
    const panel = await world.createClient();
    await browser.open(world.authorizeUrl(panel, { scope: 'openid customer' }));
    await browser.submit({ login, password: PASSWORD });
    expect(browser.hasLeft).toBe(true);
    const { tokens } = await obtain(world, panel, { email: login }, { scope: 'openid customer' }, browser);
    expect((await userinfo(world, tokens.access_token)).body).toMatchObject({
      customer_number: number,
      customer_name: 'Nová a dcery s.r.o.',
      customer_vetting: 'vetted',
    });

    const other = await api('post', '/orders', { body: { ...order, email: 'jina@example.cz' } });
    expect([other.status, other.body['code']]).toEqual([409, 'taken']);
    const again = await api('post', '/orders', { body: { ...order, key: 'shop-1002' } });
    expect([again.status, again.body['code']]).toEqual([409, 'taken']);
    // Half of the permissions makes no half of an order.
    const half = await openApi(world, 'accounts:write');
    expect(
      (await half('post', '/orders', { body: { ...order, key: 'x', email: 'x@example.cz' } })).status,
    ).toBe(403);
  });

  test('a disabled account has nothing open any more, and can be enabled', async () => {
    const { id, email } = await world.createAccount();
    const panel = await world.createClient();
    const { tokens, browser } = await obtain(
      world,
      panel,
      { email },
      { scope: 'openid offline_access', prompt: 'consent' },
    );
    const disabled = await api('post', `/accounts/${id}/disable`, { body: { reason: 'does not pay' } });
    expect(disabled.body).toMatchObject({ status: 'disabled', disabled_reason: 'does not pay' });
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect((await refresh(world, panel, tokens.refresh_token)).status).toBe(400);
    await browser.open(world.authorizeUrl(panel));
    expect(browser.hasLeft).toBe(false);
    expect((await api('post', `/accounts/${id}/set-password-link`)).body['code']).toBe('conflict');

    expect((await api('post', `/accounts/${id}/enable`)).body).toMatchObject({ status: 'active' });
    expect((await api('get', `/accounts/${id}`)).body).not.toHaveProperty('disabled_reason');
    await signIn(world, panel, { email });
  });

  test('people hear of a new number or login name; a link goes to the address on file and into no answer', async () => {
    const { id, email } = await world.createAccount({ phone: '+420601111111', phoneVerified: true });
    const etag = (await api('get', `/accounts/${id}`)).headers.get('etag')!;
    const body = { phone: '+420602222222', login: 'jana.nova' };
    const changed = await api('patch', `/accounts/${id}`, { body, headers: { 'if-match': etag } });
    expect(changed.body).toMatchObject({ ...body, phone_verified: false });
    const sent = await api('post', `/accounts/${id}/set-password-link`);
    expect([sent.status, sent.body]).toEqual([202, {}]);
    await world.core.outbox.idle();
    const letters = world.mails.filter(({ to }) => to === email);
    expect(letters).toHaveLength(3);
    expect(letters.filter(({ text }) => text.includes('/set-password/'))).toHaveLength(1);
    // Not without end: it is somebody's mailbox.
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1)
      statuses.push((await api('post', `/accounts/${id}/set-password-link`)).status);
    expect(statuses).toEqual([202, 202, 202, 202, 429]);
  });

  test('a secret that is exchanged stays valid for a while beside the new one', async () => {
    const client = await world.createClient({ grant_types: ['client_credentials'], redirect_uris: [] });
    const path = `/clients/${client.metadata.client_id}`;
    const works = async (secret: string | undefined) => {
      await world.app.engine.refresh();
      const own = { metadata: client.metadata, ...(secret === undefined ? {} : { secret }) };
      return (await token(world, own, { grant_type: 'client_credentials' })).status === 200;
    };
    const second = (await api('post', `${path}/secret`, { body: { keep_seconds: 60 } })).body[
      'client_secret'
    ] as string;
    expect([await works(client.secret), await works(second)]).toEqual([true, true]);
    const third = (await api('post', `${path}/secret`, { body: { keep_seconds: 0 } })).body[
      'client_secret'
    ] as string;
    expect([await works(client.secret), await works(second), await works(third)]).toEqual([
      false,
      false,
      true,
    ]);
    await api('post', `${path}/disable`, { body: { reason: 'not paid' } });
    expect(await works(third)).toBe(false);
    await api('post', `${path}/enable`);
    expect(await works(third)).toBe(true);
    const { secrets } = (await api('get', path)).body as { secrets: object[] };
    expect(secrets).toHaveLength(1);
    expect(JSON.stringify(secrets)).not.toContain('hash');
  });

  test('S66: domains of a customer are put in bulk, and those of others are left alone', async () => {
    const [mine, theirs] = await Promise.all(
      [1, 2].map(async () => {
        const { id } = await world.createAccount();
        return (await world.core.customers.ofAccount(id))[0]!.customer.doc.number;
      }),
    );
    const put = (number: string | undefined, domains: string[]) =>
      api('put', `/customers/${number}/domains`, { body: { domains } });
    expect((await put(mine, ['Žluťoučký.example.', 'a.example', 'A.example'])).body).toEqual({
      added: 2,
      removed: 0,
    });
    expect((await put(mine, ['a.example', 'b.example'])).body).toEqual({ added: 1, removed: 1 });
    const refused = await put(theirs, ['c.example', 'b.example']);
    expect([refused.status, refused.body['code']]).toEqual([409, 'taken']);
    expect((await api('get', `/customers/${theirs}/domains`)).body).toEqual({ items: [] });
    expect((await put(mine, ['not a domain'])).status).toBe(422);
    const many = Array.from({ length: 3 }, (_, index) => `many${index}.example`);
    await put(theirs, many);
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const { body } = await api('get', `/customers/${theirs}/domains?limit=1${next && `&after=${next}`}`);
      const { items, next: following } = body as { items: { domain: string }[]; next?: string };
      seen.push(...items.map(({ domain }) => domain));
      next = following;
    }
    expect(seen).toEqual(many);
  });
});
