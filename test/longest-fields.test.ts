// Every field of the hosted forms at its very length and with one character more. What the page lets somebody type the
// server takes, however its characters are encoded and its lines end; what is longer is told at its field, and nothing that
// was typed is lost. A field that is added is met by itself.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from './support/browser.ts';
import { atConsole, createOperator } from './support/console.ts';
import { hostedRoutes } from './support/hosted-routes.ts';
import { atAccountPage } from './support/members.ts';
import { solveOn } from './support/proof-of-work.ts';
import { registrationEnv } from './support/registration.ts';
import { openWorld, PASSWORD, type World } from './support/world.ts';

const NOWHERE = 'x'.repeat(43);

let world: World;
beforeAll(async () => {
  world = await openWorld({ env: registrationEnv });
});
afterAll(() => world.close());

/** Compared and never kept, or a key that may be a private one: no page shows it again. */
const secret = /password|^(?:code|repeat|typed|key)$/;
/** Only some texts will do, whatever their length. */
const formatted =
  /mail|phone|^(?:range|ico|dic|login|user_code|customer_number|postal_code|jwks|addresses|uses|days|events|domains|url|scope|accent_color)$|_ur[il]s?$/;
/** Names of things of one's own are cut, and say no more than which is which. */
const cut = /^(?:name|new_name|note) at \/(?:account\/(?:keys|api-tokens)|admin\/clients\/registration)$/;
/** Not looked at as the page is met here: the app is off, and the client has a secret. */
const unread = /^note at \/account\/security\/addresses$|^jwks/;

/** Of so many characters as the page counts them: UTF-16 units, and one for the end of a line. */
const longText = (length: number, isArea: boolean): string => {
  const piece = isArea ? 'ř😀\r\n' : 'ř😀a';
  const times = Math.floor((length - 1) / 4);
  return piece.repeat(times) + 'ž'.repeat(length - 4 * times);
};

let networks = 0;
/** What somebody fills in who has not been here before. */
const usual = (): Readonly<Record<string, string>> => ({
  password: PASSWORD,
  reason: 'because of a test',
  name: 'Somebody',
  email: `somebody${networks}@example.cz`,
  subject: 'Web',
  text: 'It stands still.',
  service: 'example.cz',
  contact: '+420 601 234 567',
  url: 'https://example.cz/hook',
  events: '*',
  range: '198.51.100.9',
  given_name: 'Jana',
  family_name: 'Nováková',
  country: 'CZ',
  phone: `+420601${String(networks).padStart(6, '0')}`,
  uses: '1',
  days: '1',
  level: 'read',
  client_name: 'Panel',
  redirect_uris: 'https://example.cz/callback',
  terms: '2026-11',
  privacy: '1',
});

type Field = {
  readonly name: string;
  readonly longest: number;
  readonly isArea: boolean;
  readonly isWrong: boolean;
};

/** The fields of the forms of a page that have a longest length. */
const fieldsOn = (browser: Browser): Field[] =>
  [...browser.html.matchAll(/<form\b[^>]*method="post"[^>]*>[^]*?<\/form>/g)].flatMap(([form]) =>
    [...form.matchAll(/<(input|textarea)\b[^>]*\sname="([^"]+)"[^>]*\smaxlength="(\d+)"[^>]*>/g)].map(
      ([tag, kind, name = '', longest]) => ({
        name,
        longest: Number(longest),
        isArea: kind === 'textarea',
        isWrong: tag.includes('aria-invalid'),
      }),
    ),
  );

/** What the page says at a field. */
const saidAt = ({ html }: Browser, name: string): string => {
  const tag = new RegExp(`<(?:input|textarea)\\b[^>]*\\sname="${name}"[^>]*>`).exec(html)?.[0] ?? '';
  const ids = / aria-describedby="([^"]*)"/.exec(tag)?.[1]?.split(' ') ?? [];
  return ids
    .filter((id) => /error$|^problem$/.test(id))
    .map((id) => new RegExp(`\\sid="${id}"[^>]*>([^]*?)</(?:p|div)>`).exec(html)?.[1] ?? '')
    .join('')
    .replaceAll(/<[^>]*>/g, '')
    .trim();
};

/** Somebody at a page that they may change, never met before: neither a quota nor what was made before is in the way. */
async function visitor(path: string): Promise<Browser> {
  networks += 1;
  const browser = path.startsWith('/admin')
    ? await atConsole(world, await createOperator(world, 'owner'))
    : path.startsWith('/account')
      ? await atAccountPage(world, (await world.createAccount()).email, '/account')
      : world.browser();
  browser.headers['x-forwarded-for'] = `10.${networks >> 8}.${networks & 255}.7`;
  return browser;
}

/** The page of this route, about something that there is. */
async function addressOf(path: string): Promise<string> {
  if (!path.includes(':')) return path;
  const { id } = await world.createAccount();
  const [own] = await world.core.customers.ofAccount(id);
  const client = path.startsWith('/admin/clients') ? await world.createClient() : undefined;
  return path
    .replace('/admin/accounts/:id', `/admin/accounts/${id}`)
    .replace(/\/admin\/customers\/:\w+/, `/admin/customers/${own!.customer.doc.number}`)
    .replace(/\/admin\/clients\/:\w+/, `/admin/clients/${client?.metadata.client_id}`)
    .replaceAll(/:\w+/g, NOWHERE);
}

/** Sends the form of the page with this field as given, and the others as somebody would fill them in. */
async function send(browser: Browser, name: string, value: string): Promise<void> {
  const form = browser.forms.find(({ method, fields }) => method === 'post' && name in fields)!;
  const filled = Object.entries(form.fields).map(([other, text]) => [other, text || (usual()[other] ?? '')]);
  const [pressed] = form.buttons;
  await browser.post(form.action, {
    ...(Object.fromEntries(filled) as Record<string, string>),
    ...(browser.html.includes('data-challenge') ? { altcha: solveOn(browser) } : {}),
    ...(pressed?.name ? { [pressed.name]: pressed.value } : {}),
    [name]: value,
  });
}

const linesOf = (text: string | undefined) => text?.split(/\r?\n/);
const shownIn = ({ forms }: Browser, name: string) =>
  forms.find(({ fields }) => name in fields)?.fields[name];

test(
  'A8: what a page lets somebody type is taken, and what is longer is told at its field',
  { timeout: 240_000 },
  async () => {
    const tried = new Set<string>();
    for (const { method, path } of hostedRoutes(world)) {
      if (method !== 'get' || path.startsWith('/interaction/')) continue;
      const opened = await (await visitor(path)).open(await addressOf(path));
      if (opened.status !== 200 || opened.url.includes(NOWHERE)) continue;
      for (const { name, longest, isArea } of fieldsOn(opened)) {
        const field = `${name} at ${path}`;
        // Those are asked in one way on every page that asks them.
        const isEverywhere = /^(?:password|code|reason)$/.test(name);
        const key = isEverywhere ? name : field;
        if (tried.has(key)) continue;
        tried.add(key);
        const type = async (value: string) => {
          const browser = await (await visitor(path)).open(await addressOf(path));
          await send(browser, name, value);
          return { browser, isWrong: fieldsOn(browser).some((one) => one.name === name && one.isWrong) };
        };

        const most = longText(longest, isArea);
        const { browser: taken, isWrong } = await type(most);
        expect([field, taken.status]).toEqual([field, expect.toBeOneOf([200, 422])]);
        if (secret.test(name)) continue;
        if (!formatted.test(name)) expect([field, isWrong]).toEqual([field, false]);
        if (taken.status === 422)
          expect([field, linesOf(shownIn(taken, name))]).toEqual([field, linesOf(most)]);

        if (cut.test(field) || unread.test(field)) continue;
        const { browser: refused, ...longer } = await type('ř'.repeat(longest + 1));
        expect([field, refused.status, longer.isWrong]).toEqual([field, 422, true]);
        expect([field, saidAt(refused, name)]).toEqual([field, expect.stringMatching(/\w{2,} \w/)]);
        expect([field, shownIn(refused, name)]).toEqual([
          field,
          expect.stringMatching(new RegExp(`^ř{${longest},}$`)),
        ]);
      }
    }
    expect(tried.size).toBeGreaterThan(50);
    expect(world.logs.filter(({ level }) => level === 'error')).toEqual([]);
  },
);
