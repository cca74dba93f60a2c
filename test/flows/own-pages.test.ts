// The person's own pages: what needs attention, personal data, applications, changes, and their data as a file.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { collections, engineCollections } from '../../src/domain/collections.ts';
import type { Browser } from '../support/browser.ts';
import { exportedAs } from '../support/exported.ts';
import { obtain, refresh, signIn, userinfo } from '../support/relying-party.ts';
import { atAccount, setUpTotp } from '../support/second-factor-pages.ts';
import { sshKeys } from '../support/sample-keys.ts';
import { standingClock } from '../support/standing-clock.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage });
  });
  afterAll(() => closeWorld(world, storage));
  const { pass } = standingClock({ apart: 7_200_000 });

  const docOf = async (id: string) => (await world.core.accounts.get(id))!.doc;
  const attention = ({ html }: Browser): string[] =>
    ['new_place', 'answered', 'email', 'phone', 'second_factor', 'few_codes'].filter((key) =>
      html.includes(text(`account.overview.attention.${key}.title`)),
    );

  test('the overview says who one is, and what needs attention until it is put right', async () => {
    const { id, email } = await world.createAccount({ emailVerified: false });
    const browser = await atAccount(world, '/account/security', email);
    await browser.open('/account');
    expect(browser.html).toContain(email);
    expect(browser.html).toContain(text('account.overview.role.owner'));
    expect(attention(browser)).toEqual(['email', 'phone', 'second_factor']);
    await world.core.accounts.change(id, () => ({
      emailVerified: true,
      phone: '+420601234567',
      phoneVerified: true,
    }));
    await setUpTotp(browser, { at: new Date() });
    await browser.open('/account');
    expect(attention(browser)).toEqual([]);
    expect(browser.html).toContain(text('account.overview.nothing'));

    // Another browser, a month later: the first one is told for a week.
    pass(30 * 86_400_000);
    const other = await world.createAccount();
    const first = await atAccount(world, '/account/security', other.email);
    pass(20 * 86_400_000);
    await atAccount(world, '/account/security', other.email);
    const again = await atAccount(world, '/account/security', other.email, '', first);
    await again.open('/account');
    expect(attention(again)).toContain('new_place');
  });

  test('personal data is kept tidy, told to applications, and written among the changes', async () => {
    const { id, email } = await world.createAccount({ name: 'Žofie Křížová' });
    const browser = await atAccount(world, '/account/profile', email);
    expect(browser.forms[0]!.fields).toMatchObject({ given_name: 'Žofie', family_name: 'Křížová' });
    const form = {
      given_name: ' Žofie\u202e\u0000 Marie ',
      family_name: 'Křížová',
      street: 'Lipová 12',
      city: 'Brno',
      postal_code: '602 00',
      region: '',
    };
    const csrf = browser.forms[0]!.fields['csrf']!;
    await browser.post('/account/profile', {
      ...form,
      country: 'CZ',
      locale: 'cs',
      csrf,
      // What is no field of the form changes nothing.
      email: 'thief@example.cz',
      status: 'disabled',
      operatorRoles: 'owner',
      emailVerified: 'true',
      phone: '+420777',
      login: 'root',
    });
    expect(browser.html).toContain(text('account.notice.profile_saved'));
    const before = await docOf(id);
    expect(before).toMatchObject({
      email,
      status: 'active',
      givenName: 'Žofie Marie',
      familyName: 'Křížová',
      name: 'Žofie Marie Křížová',
      locale: 'cs',
      address: { street: 'Lipová 12', city: 'Brno', postalCode: '602 00', country: 'CZ' },
    });
    for (const name of ['operatorRoles', 'login', 'phone']) expect(before).not.toHaveProperty(name);
    const client = await world.createClient();
    const { tokens } = await obtain(world, client, { email }, { scope: 'openid profile address' });
    expect((await userinfo(world, tokens.access_token)).body).toMatchObject({
      name: 'Žofie Marie Křížová',
      address: { locality: 'Brno', country: 'CZ' },
    });
    await browser.open('/account/changes');
    expect(browser.html).toContain(text('audit.action.account.profile_changed'));
    expect(browser.html).toContain(text('account.changes.by.you'));

    for (const [fields, problem] of [
      [{ given_name: '', family_name: ' ' }, 'no_name'],
      [{ given_name: 'https://evil.example' }, 'bad_name'],
      [{ given_name: 'x'.repeat(10_000) }, 'too_long'],
      [{ country: 'XX' }, 'no_country'],
      [{ country: '' }, 'no_country'],
      [{ postal_code: '602;00' }, 'bad_postal_code'],
      [{ locale: 'de' }, 'bad_locale'],
    ] as const) {
      await browser.post('/account/profile', { ...form, country: 'CZ', locale: 'cs', csrf, ...fields });
      expect([fields, browser.status]).toEqual([fields, 422]);
      expect(browser.html).toContain(text(`account.profile.problem.${problem}`));
    }
    expect(await docOf(id)).toEqual(before);
    const empty = { street: '', city: '', postal_code: '', region: '', country: '' };
    await browser.post('/account/profile', { ...form, ...empty, given_name: '', locale: 'en', csrf });
    expect(await docOf(id)).toMatchObject({ name: 'Křížová', locale: 'en' });
    for (const name of ['address', 'givenName']) expect(await docOf(id)).not.toHaveProperty(name);
  });

  test('applications show what they see; withdrawing ends consent, grants and tokens at once', async () => {
    const { id, email } = await world.createAccount();
    const foreign = await world.createClient({ first_party: false, client_name: 'Cizí <b>aplikace</b>' });
    const own = await world.createClient();
    const { browser, tokens } = await obtain(
      world,
      foreign,
      { email },
      { scope: 'openid email offline_access', prompt: 'consent' },
    );
    const ours = await obtain(world, own, { email }, { scope: 'openid profile' });
    const page = await atAccount(world, '/account/applications', email);
    expect(page.html).toContain('Cizí &lt;b&gt;aplikace&lt;/b&gt;');
    for (const part of [
      text('step.consent.scope.email.title'),
      text('account.applications.lasting'),
      text('account.applications.own'),
    ])
      expect(page.html).toContain(part);

    const { csrf } = page.forms[0]!.fields as { csrf: string };
    const withdraw = (client: typeof own) =>
      page.post('/account/applications/withdraw', { csrf, client: client.metadata.client_id });
    // Somebody else's page ends nothing of this account.
    const stranger = await atAccount(world, '/account/applications', (await world.createAccount()).email);
    await stranger.open('/account/security/login');
    await stranger.post('/account/applications/withdraw', {
      csrf: stranger.forms[0]!.fields['csrf']!,
      client: foreign.metadata.client_id,
    });
    expect((await userinfo(world, tokens.access_token)).status).toBe(200);

    await withdraw(foreign);
    expect(page.html).toContain(text('account.notice.access_ended'));
    expect((await userinfo(world, tokens.access_token)).status).toBe(401);
    expect((await refresh(world, foreign, tokens.refresh_token)).status).toBe(400);
    await withdraw(foreign);
    expect(page.html).toContain(text('account.notice.access_over'));
    expect(
      (await world.core.audit.ofAccount(id, { limit: 5 })).changes.map(({ action }) => action),
    ).toContain('consent.withdrawn');
    // It has to ask again, and our own gets its access back without asking.
    await browser.open(world.authorizeUrl(foreign, { scope: 'openid email' }));
    expect(browser.html).toContain('/consent"');
    await withdraw(own);
    expect((await userinfo(world, ours.tokens.access_token)).status).toBe(401);
    expect((await signIn(world, own, { email }, {}, ours.browser)).callback['code']).toBeDefined();
  });

  test('the export holds what belongs to the person and no secret, and takes a fresh proof', async () => {
    const { id, email } = await world.createAccount({ login: `exporter${Date.now()}` });
    const stranger = await world.createAccount();
    const source = { upstream: 'mojeid', at: '2026-11-01T00:00:00.000Z' };
    await world.core.accounts.change(id, () => ({
      sources: { givenName: source },
      address: { city: 'Brno', postalCode: '602 00', country: 'CZ' },
    }));
    const identity = { issuer: 'https://there.example', subject: 'there', clientId: 'c', username: 'jana.n' };
    await world.core.federation.links.add(id, { ...identity, upstream: 'mojeid' });
    const client = await world.createClient({ first_party: false, client_name: 'Cizí' });
    const { tokens } = await obtain(
      world,
      client,
      { email },
      { scope: 'openid email offline_access', prompt: 'consent' },
    );
    const browser = await atAccount(world, '/account/keys', email);
    await browser.submit({ name: 'Notebook', key: sshKeys.ed25519 });
    await browser.open('/account/api-tokens');
    await browser.submit({ name: 'CI', ends: '', addresses: '', password: PASSWORD, level: 'read' });
    const value = /vratny_pat_\w+/.exec(browser.html)![0];
    await browser.open('/account/support');
    await browser.submit({ subject: 'Pomoc', text: 'Nejde to' });
    await browser.submit({ server: 'web1', access: 'look', server_password: 'the root password' });
    await world.core.addressLists.add(id, { range: '31.15.10.7', note: 'Doma' });
    await browser.open('/account/profile/export');
    await browser.submit({ password: 'wrong' });
    expect(browser.status).toBe(422);
    await browser.submit({ password: PASSWORD });
    expect(browser.responseHeaders.get('content-disposition')).toBe(
      'attachment; filename="account-data.json"',
    );
    expect(browser.responseHeaders.get('cache-control')).toBe('no-store');
    const exported = JSON.parse(browser.html) as Record<string, unknown>;
    expect(exported).toMatchObject({
      account: {
        id,
        email,
        has_password: true,
        sources: { given_name: source },
        address: { postal_code: '602 00' },
      },
      linked_identities: [{ issuer: identity.issuer, subject: 'there', user_name: 'jana.n' }],
      customers: [{ role: 'owner' }],
      api_tokens: [{ name: 'CI', level: 'read' }],
      public_keys: [{ name: 'Notebook', comment: 'jana@notebook' }],
      applications: expect.arrayContaining([expect.objectContaining({ name: 'Cizí' })]) as unknown,
      support_requests: [{ server: 'web1', server_access: 'look', has_server_password: true }],
      passkeys: [],
      trusted_addresses: [{ range: '31.15.10.7/32' }],
    });
    // What is stored of people is in there, or the table says why not; a collection that is forgotten has no row.
    expect(Object.keys(exportedAs).sort()).toEqual(
      Object.keys({ ...collections, ...engineCollections }).sort(),
    );
    const places = Object.values(exportedAs).flatMap((row) => ('as' in row ? [row.as] : []));
    for (const place of places) expect(exported, place).toHaveProperty(place);
    for (const place of ['sign_in_history', 'changes', 'sessions', 'known_browsers', 'known_places'])
      expect((exported[place] as unknown[]).length, place).toBeGreaterThan(0);
    // One style of names throughout, like the API's.
    const names = [...browser.html.matchAll(/^ *"([^"]*)": /gm)].map(([, name]) => name!);
    expect(names.filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
    expect(names).toContain('added_at');
    const account = await docOf(id);
    const [token] = await world.core.apiTokens.list(id);
    for (const secret of [
      account.passwordHash!,
      token!.doc.hash,
      value,
      'the root password',
      'sealed',
      tokens.access_token!,
      stranger.email,
    ])
      expect(browser.html).not.toContain(secret);
  });
});
