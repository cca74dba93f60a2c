// Finding people and customers by what a caller says: in the console and by the API, the same on every storage.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collections } from '../../src/domain/collections.ts';
import { addSearchKeys, customerRows } from '../../src/domain/search/search-keys.ts';
import { atConsole, createOperator } from '../support/console.ts';
import { openApi, type Api } from '../support/operators-api.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

type Row = { id: string; number: string; name: string; email: string };

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let api: Api;
  const firm = { number: '', id: '' };
  const people = [
    { email: 'jan.novak@firma.cz', login: 'honza', name: 'Ing. Jan Novák', phone: '+420601123456' },
    { email: 'jana@firma.cz', name: 'Jana Nováková Malá', phone: '+420602000001' },
    { email: 'novak@jinde.cz', name: 'Petr Svoboda', phone: '+421911222333' },
    { email: 'ucetni@jinde.cz', login: 'Petrová', name: 'Žaneta Říhová' },
  ];
  beforeAll(async () => {
    world = await openWorld({ storage });
    for (const fields of people) {
      const { id } = await world.createAccount(fields);
      if (firm.id === '') {
        const [owned] = await world.core.customers.ofAccount(id);
        Object.assign(firm, { id: owned!.customer.id, number: owned!.customer.doc.number });
      }
    }
    await world.core.customers.change(firm.id, { name: 'Pekařství U Hvězdy, s.r.o.', kind: 'company' });
    await world.core.domains.add('pekarstvi-hvezda.cz', firm.id);
    api = await openApi(world, 'accounts:read customers:read');
  });
  afterAll(() => closeWorld(world, storage));

  const found = async (kind: 'accounts' | 'customers', text: string): Promise<string[]> => {
    const all: string[] = [];
    for (let after = ''; ;) {
      const { status, body } = await api(
        'get',
        `/${kind}?limit=1&search=${encodeURIComponent(text)}${after}`,
      );
      expect([text, status]).toEqual([text, 200]);
      all.push(...(body['items'] as Row[]).map((row) => (kind === 'accounts' ? row.email : row.number)));
      if (body['next'] === undefined) return all.sort();
      after = `&after=${body['next'] as string}`;
    }
  };

  test('accounts are found by login name, e-mail, phone, name and identifier, each once', async () => {
    const [jan, jana, petr, zaneta] = people.map(({ email }) => email) as [string, string, string, string];
    const rows: [string, string[]][] = [
      ['honza', [jan]],
      ['HON', [jan]],
      ['jan.novak@firma.cz', [jan]],
      ['jan', [jan, jana]],
      ['novak', [jan, jana, petr]],
      ['NOVÁK', [jan, jana, petr]],
      ['jan novák', [jan, jana]],
      ['novák jan', [jan, jana]],
      ['novak ing', [jan]],
      ['malá jana', [jana]],
      ['petr', [petr, zaneta]],
      ['říh', [zaneta]],
      ['601 123 456', [jan]],
      // As the console shows it, and as it stands on a card.
      ['+420\u00a0601\u00a0123\u00a0456', [jan]],
      ['+420-601/123.456', [jan]],
      ['+420 60', [jan, jana]],
      ['00421 911', [petr]],
      ['911222333', []],
      ['%', []],
      ['_', []],
      ['\u0000', []],
      ['x'.repeat(254), []],
    ];
    for (const [text, emails] of rows)
      expect([text, await found('accounts', text)]).toEqual([text, emails.toSorted()]);
    const account = await world.core.accounts.findByIdentifier(jan);
    expect(await found('accounts', account!.id.toUpperCase())).toEqual([jan]);
  });

  test('customers are found by number, company number, domain and name', async () => {
    const { number, id } = firm;
    for (const text of [
      number,
      'hvezdy',
      'pekarstvi u',
      'sro pekar',
      'www.pekarstvi-hvezda.cz',
      'pekarstvi-h',
    ])
      expect([text, await found('customers', text)]).toEqual([text, [number]]);
    expect(await found('customers', '1000')).toContain(number);
    const stored = customerRows(world.store);
    const seen = (await stored.get(id))!;
    await stored.replace(seen, { ...seen.doc, billing: { ico: '25596641' } });
    expect(await found('customers', '255 966')).toEqual([number]);
    expect(await found('customers', 'mlékárna')).toEqual([]);
  });

  test('a new name is found and the old one is not; a disabled account is found, too', async () => {
    const { id } = await world.createAccount({ email: 'zmena@example.cz', name: 'Stará Jménová' });
    await world.core.accounts.change(id, () => ({ name: 'Nová Jinaková', phone: '+420777000111' }));
    expect(await found('accounts', 'jmenova')).toEqual([]);
    expect(await found('accounts', 'jinakova')).toEqual(['zmena@example.cz']);
    await world.core.accounts.change(id, () => ({ status: 'disabled', name: undefined, phone: undefined }));
    expect(await found('accounts', 'jinakova')).toEqual([]);
    expect(await found('accounts', '777000')).toEqual([]);
    expect(await found('accounts', 'zmena')).toEqual(['zmena@example.cz']);
    const stored = (await world.core.accounts.get(id))!.doc;
    expect(Object.keys(stored).filter((name) => /^name\d/.test(name))).toEqual([]);
  });

  test('a place that is none is refused, and what may not be read is not found', async () => {
    for (const after of ['bm90aGluZw', 'WzAsImEiLCJiIl0', 'Wzk5LCJhIiwiYiJd', 'WyIwIiwiYSIsImIiXQ']) {
      const answer = await api('get', `/accounts?search=jan&after=${after}`);
      expect([after, answer.status, answer.body['code']]).toEqual([after, 400, 'bad_parameter']);
    }
    const narrow = await openApi(world, 'customers:read');
    expect((await narrow('get', '/accounts?search=jan')).status).toBe(403);
  });

  describe('in the console', () => {
    test('the box finds people and firms, and leads on through many', async () => {
      for (let i = 0; i < 20; i += 1)
        await world.core.accounts.create({
          email: `dvorak${i}@example.cz`,
          name: `Dvořák ${i}`,
          emailVerified: true,
        });
      const browser = await atConsole(world, await createOperator(world, 'support'));
      await browser.open('/admin/search?q=hvezdy');
      expect(browser.html).toContain('Pekařství U Hvězdy');
      await browser.open('/admin/search?q=dvo%C5%99%C3%A1k');
      const addresses = () => [...browser.html.matchAll(/dvorak\d+@example\.cz/g)].map(([text]) => text);
      const first = new Set(addresses());
      expect(first.size).toBe(15);
      const [, href = ''] = /href="([^"]*kind=accounts[^"]*)"/.exec(browser.html) ?? [];
      await browser.open(href.replaceAll('&amp;', '&'));
      expect(new Set([...first, ...addresses()]).size).toBe(20);
      await browser.open('/admin/search?q=dvorak&kind=accounts&after=rubbish');
      expect(browser.status).toBe(200);
    });
  });

  test('what was stored before there were keys is found after the migration, which may be broken off', async () => {
    const accounts = world.store.collection(collections.accounts);
    const { id } = await world.createAccount({
      email: 'davny@example.cz',
      name: 'Dávný Pamětník',
      phone: '+420733000111',
    });
    const seen = (await accounts.get(id))!;
    const bare = Object.fromEntries(Object.entries(seen.doc).filter(([name]) => !/^name\d/.test(name)));
    await accounts.replace(seen, bare as typeof seen.doc);
    expect(await found('accounts', 'pametnik')).toEqual([]);
    await addSearchKeys(world.store);
    expect(await found('accounts', 'pametnik')).toEqual(['davny@example.cz']);
    const once = (await accounts.get(id))!.version;
    await addSearchKeys(world.store);
    expect((await accounts.get(id))!.version).toBe(once);
  });

  test('clients are found by name, identifier and host, each once, and by all their number', async () => {
    const made = [
      {
        client_id: 'WHMCS-billing',
        client_name: 'Fakturace Hvězda',
        redirect_uris: ['https://faktury.hvezda.example/cb'],
      },
      {
        client_id: 'webmail',
        client_name: 'Pošta Roundcube',
        redirect_uris: ['https://posta.hvezda.example:8443/cb'],
      },
      {
        client_id: 'app',
        client_name: 'Hvězda v mobilu',
        redirect_uris: ['com.hvezda.app:/cb'],
        application_type: 'native' as const,
      },
    ];
    for (const fields of made) await world.createClient(fields);
    const reader = await openApi(world, 'clients:read');
    const ids = async (text: string): Promise<string[]> => {
      const all: string[] = [];
      for (let after = ''; ;) {
        const { body } = await reader('get', `/clients?limit=1&search=${encodeURIComponent(text)}${after}`);
        all.push(...(body['items'] as { client_id: string }[]).map(({ client_id: id }) => id));
        if (body['next'] === undefined) return all.sort();
        after = `&after=${body['next'] as string}`;
      }
    };
    const rows: [string, string[]][] = [
      ['whmcs', ['WHMCS-billing']],
      ['hvezda', ['WHMCS-billing', 'app', 'webmail']],
      ['HVĚZDA FAKT', ['WHMCS-billing']],
      ['posta.hvezda', ['webmail']],
      ['https://posta.hvezda.example:8443/cb', ['webmail']],
      ['roundc', ['webmail']],
      ['nothing', []],
      ['%', []],
    ];
    for (const [text, wanted] of rows) expect([text, await ids(text)]).toEqual([text, wanted]);
    await world.core.clients.update('webmail', { client_name: 'Webmail' });
    expect(await ids('roundc')).toEqual([]);
    // Behind more than a page of others.
    for (let count = 0; count < 35; count += 1)
      await world.createClient({ client_id: `zzz-${count}`, client_name: `Zákazník ${count}` });
    const browser = await atConsole(world, await createOperator(world, 'clients'));
    await browser.open('/admin/clients?q=zakaznik');
    const shown = () => browser.html.match(/\/admin\/clients\/zzz-\d+/g)!.length;
    expect(shown()).toBe(30);
    const next = /href="([^"]*)" rel="next"/.exec(browser.html)![1]!.replaceAll('&amp;', '&');
    await browser.open(next);
    expect(shown()).toBe(5);
    expect((await browser.open('/admin/clients?q=zakaznik&after=nothing')).status).toBe(200);
  });
});
