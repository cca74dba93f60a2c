// Every field of every form of the hosted pages, far longer than it may be: told or refused, never a fault, and never
// stored. Which fields a form has is seen by what is asked of it, so that a new one is met by itself.

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { FORM_LIMIT_BYTES, type Form } from '../src/http/form.ts';
import type { Shape, Store } from '../src/ports/store.ts';
import type { Browser } from './support/browser.ts';
import { atConsole, createOperator } from './support/console.ts';
import { hostedRoutes } from './support/hosted-routes.ts';
import { csrfOf } from './support/members.ts';
import { registrationEnv } from './support/registration.ts';
import { exchange, postAs } from './support/relying-party.ts';
import { verbs } from './support/store-verbs.ts';
import { openWorld, PASSWORD, type World } from './support/world.ts';

const NOWHERE = 'x'.repeat(43);
const LONG = 'q'.repeat(14_000);
/** Nearly as long as a whole form may be. */
const LONG_FIELD = 'q'.repeat(FORM_LIMIT_BYTES - 4_000);
/** As long as any field may be, and longer than most. */
const MOST_STORED = 8_001;

const seen = vi.hoisted(() => ({ fields: new Set<string>() }));

vi.mock('../src/http/form.ts', async (load: () => Promise<object>) => {
  const real = (await load()) as { readForm: (...given: unknown[]) => Promise<Form> };
  return {
    ...real,
    readForm: async (...given: unknown[]) =>
      new Proxy(await real.readForm(...given), {
        get(form, name) {
          if (typeof name === 'string') seen.fields.add(name);
          return form[String(name)];
        },
      }),
  };
});

/** Who asked for what is stored in the collections of the protocol says how much of it, and the engine keeps it for them. */
const asRequested = /^(sign_ins|oidc_)/;
const stored: string[] = [];
const watchedStore = (store: Store): Store => ({
  ...store,
  collection: ((shape: Shape<object, never>) => {
    const collection = store.collection(shape) as unknown as Record<string, (...given: unknown[]) => unknown>;
    const watched = verbs.map((verb) => [
      verb,
      (...given: unknown[]) => {
        const isWrite = ['insert', 'replace', 'put'].includes(verb) && !asRequested.test(shape.name);
        if (isWrite && JSON.stringify(given.slice(1)).includes('q'.repeat(MOST_STORED)))
          stored.push(shape.name);
        return collection[verb]!(...given);
      },
    ]);
    return Object.fromEntries(watched) as object;
  }) as Store['collection'],
});

let world: World;
beforeAll(async () => {
  world = await openWorld({
    wrap: watchedStore,
    env: { ...registrationEnv, VRATNY_TRUSTED_PROXIES: '127.0.0.1' },
  });
});
afterAll(() => world.close());

/** A long value of the looks that the field asks for. */
function longFor(name: string): string {
  if (/ur[il]/.test(name)) return `https://q.example/${LONG_FIELD}`;
  if (/mail/.test(name)) return `${LONG_FIELD}@example.cz`;
  return LONG_FIELD;
}

test('A8: no field of a form is taken at any length', { timeout: 240_000 }, async () => {
  const { id } = await world.createAccount();
  const [own] = await world.core.customers.ofAccount(id);
  const { metadata } = await world.createClient();
  const named = (path: string): string =>
    path
      .replace('/admin/accounts/:id', `/admin/accounts/${id}`)
      .replace(/\/admin\/customers\/:\w+/, `/admin/customers/${own!.customer.doc.number}`)
      .replace(/\/admin\/clients\/:\w+/, `/admin/clients/${metadata.client_id}`)
      .replaceAll(/:\w+/g, NOWHERE);
  let browser: Browser | undefined;
  const tokens: Record<string, Record<string, string>> = {};
  /** Somebody who may open everything; somebody new when the form before has signed the last one out. */
  async function atHome(): Promise<Browser> {
    if (
      browser &&
      (await browser.open('/admin/operators')).status === 200 &&
      !browser.url.includes('interaction')
    )
      return browser;
    browser = await atConsole(world, await createOperator(world, 'owner'));
    tokens['admin'] = { csrf: csrfOf(await browser.open('/admin/operators')) };
    const csrf = csrfOf(await browser.open('/account/profile'));
    const [acting] = (await browser.open('/account/customer')).forms.flatMap(
      ({ fields }) => fields['customer'] ?? [],
    );
    expect(acting).toBeDefined();
    tokens['account'] = { csrf, customer: acting! };
    return browser;
  }
  const tried = new Map<string, string[]>();
  for (const { method, path } of hostedRoutes(world)) {
    if (method !== 'post' || path.startsWith('/interaction/')) continue;
    const address = named(path);
    const [, room = ''] = address.split('/');
    const by = await atHome();
    const opened =
      tokens[room] ?? (await by.open(address)).forms.find(({ fields }) => 'csrf' in fields)?.fields;
    if (!opened) continue;
    const { csrf = '', customer } = opened;
    // Which customer is acted for is told by every page of it.
    const isOfCustomer = /^\/account\/(customer|members|leave)\b/.test(path);
    const hidden = { csrf, ...(isOfCustomer && customer !== undefined ? { customer } : {}) };
    seen.fields.clear();
    for (let known = -1; known < seen.fields.size;) {
      known = seen.fields.size;
      const names = [...seen.fields].filter((name) => !(name in hidden));
      await by.post(address, { ...Object.fromEntries(names.map((name) => [name, 'x'])), ...hidden });
    }
    const fields = [...seen.fields].filter((name) => name !== 'csrf' && name !== 'then');
    tried.set(address, fields);
    for (const name of fields) {
      const others = Object.fromEntries(fields.map((other) => [other, 'x']));
      await (await atHome()).post(address, { ...others, ...hidden, [name]: longFor(name) });
      const what = [path, name];
      expect([...what, by.status < 500, stored]).toEqual([...what, true, []]);
    }
  }
  const count = [...tried.values()].flat().length;
  expect([tried.size > 60, count > 150, count]).toEqual([true, true, count]);
  const failed = world.logs.filter(({ level }) => level === 'error');
  expect(failed).toEqual([]);
});

test('A8: nor a header', async () => {
  const client = await world.createClient();
  const { email } = await world.createAccount();
  for (const [name, value] of [
    ['user-agent', LONG],
    ['accept-language', `${LONG}, en`],
    ['x-forwarded-for', LONG],
    ['x-forwarded-for', `${' '.repeat(7_000)}1${'\t'.repeat(7_000)}2`],
    ['referer', `https://q.example/${LONG}`],
    ['accept', `text/html, ${LONG}`],
  ] as const) {
    const browser = world.browser();
    browser.headers[name] = value;
    await browser.open(world.authorizeUrl(client));
    await browser.submit({ login: email, password: PASSWORD });
    expect([name, browser.callback['code']?.length, stored]).toEqual([name, 43, []]);
  }
  for (const cookie of [
    'vratny_browser',
    'vratny_session',
    'vratny_language',
    'vratny_answer',
    'vratny_open',
  ]) {
    const headers = { cookie: `${cookie}=${LONG}`, accept: 'text/html' };
    const answer = await fetch(world.authorizeUrl(client), { headers, redirect: 'manual' });
    expect([cookie, answer.status]).toEqual([cookie, 303]);
  }
});

test('A8: nor a parameter of an authorization request, or of a list', async () => {
  const client = await world.createClient();
  const { email } = await world.createAccount();
  const long = 'q'.repeat(9_000);
  for (const name of [
    'state',
    'nonce',
    'login_hint',
    'scope',
    'claims',
    'ui_locales',
    'acr_values',
    'prompt',
    'max_age',
    'id_token_hint',
    'resource',
    'display',
    'code_challenge',
    'redirect_uri',
  ]) {
    // prettier-ignore
    const more = { [name]: name === 'scope' ? `openid ${long}` : long };
    const browser = await world.browser().open(world.authorizeUrl(client, more));
    if (!browser.hasLeft && browser.status === 200)
      await browser.submit({ login: email, password: PASSWORD });
    expect([name, browser.status < 500, stored]).toEqual([name, true, []]);
    if (browser.hasLeft && browser.callback['code'])
      expect((await exchange(world, client, browser)).status).toBe(200);
    const pushed = await postAs(world, client, '/par', { ...Object.fromEntries(new URL(world.authorizeUrl(client)).searchParams), [name]: 'q'.repeat(40_000) }); // prettier-ignore
    expect([name, pushed.status < 500]).toEqual([name, true]);
  }
  const operator = await atConsole(world, await createOperator(world, 'owner'));
  for (const { method, path } of hostedRoutes(world)) {
    if (
      method !== 'get' ||
      path.includes(':') ||
      !/^\/(admin|account|register|recover|support|device)/.test(path)
    )
      continue;
    for (const name of ['q', 'after', 'filter', 'kind', 'state', 'sign_in', 'lang', 'user_code']) {
      await operator.open(`${path}?${name}=${long}`);
      expect([path, name, operator.status < 500]).toEqual([path, name, true]);
    }
  }
  expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
});
