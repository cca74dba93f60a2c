// Errors fail closed: whatever throws in the middle of a sign-in, nothing is proved by it and nobody gets in, the page
// says nothing of it, and the same sign-in can be gone on with. The walks take the table of steps as it is: a step that
// is added is met by the first of them by itself, and needs a journey in the second.

import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { pipelines, type Stage } from '../interactions/pipeline.ts';
import type { StepId } from '../interactions/step.ts';
import { collections, engineCollections } from '../src/domain/collections.ts';
import type { IssuedClient } from '../src/domain/clients/clients.ts';
import { digest } from '../src/lib/digest.ts';
import type { PromptName } from '../src/oidc/interactions.ts';
import type { Browser } from './support/browser.ts';
import { createFakeUpstream } from './support/fake-upstream.ts';
import { faultyStore, INNERMOST, joint, setFault, takeFaultBack } from './support/faults.ts';
import { csrfOf } from './support/members.ts';
import { expectLogged, expectOurPage } from './support/our-page.ts';
import { addPasskey, answerPasskey } from './support/passkey-pages.ts';
import { signIn } from './support/relying-party.ts';
import { appCode, turnOnTotp } from './support/second-factor.ts';
import { SoftwareAuthenticator } from './support/software-authenticator.ts';
import { text } from './support/texts.ts';
import { openWorld, PASSWORD, testClock, type World } from './support/world.ts';

const table = vi.hoisted(() => ({ steps: {} as Record<string, object> }));

vi.mock('../interactions/dispatch.ts', async (load) => {
  const real = await load<typeof import('../interactions/dispatch.ts')>();
  const createDispatch: typeof real.createDispatch = (parts) => {
    Object.assign(table.steps, parts.steps);
    return real.createDispatch(joint(parts));
  };
  return { ...real, createDispatch };
});
vi.mock('../interactions/all-steps.ts', async (load) => {
  const real = await load<typeof import('../interactions/all-steps.ts')>();
  return { ...real, createSteps: ((parts) => real.createSteps(joint(parts))) as typeof real.createSteps };
});
vi.mock('../interactions/finish.ts', async (load) => {
  const real = await load<typeof import('../interactions/finish.ts')>();
  return { ...real, createFinish: ((parts) => real.createFinish(joint(parts))) as typeof real.createFinish };
});
vi.mock('../interactions/account-facts.ts', async (load) => {
  const real = await load<typeof import('../interactions/account-facts.ts')>();
  const createAccountFacts: typeof real.createAccountFacts = (parts) => real.createAccountFacts(joint(parts));
  return { ...real, createAccountFacts };
});
vi.mock('../interactions/pages/callback.ts', async (load) => {
  const real = await load<typeof import('../interactions/pages/callback.ts')>();
  const createCallbackPage: typeof real.createCallbackPage = (parts) => real.createCallbackPage(joint(parts));
  return { ...real, createCallbackPage };
});

type Person = { readonly id: string; readonly email: string };
type Journey = {
  /** The page of the step, as a browser has come to it. */
  readonly browser: Browser;
  readonly person: Person;
  /** What must have happened elsewhere. */
  readonly before?: () => Promise<unknown>;
  /** What passes it, or does what it is there for; so often at most. */
  readonly pass: () => Promise<unknown>;
  readonly times?: number;
  /** The step leads elsewhere, and ends no sign-in. */
  readonly leadsAway?: true;
};

const mojeid = createFakeUpstream('mojeid');
let now = Date.now();
let world: World;
let ours: IssuedClient;
let theirs: IssuedClient;
beforeAll(async () => {
  world = await openWorld({
    wrap: faultyStore,
    upstreams: [mojeid.configured],
    clock: { ...testClock, now: () => new Date(now) },
    env: { VRATNY_REGISTRATION: 'true' },
  });
  ours = await world.createClient();
  theirs = await world.createClient({ first_party: false });
});
const asBuilt = { ...pipelines };
afterEach(() => {
  takeFaultBack();
  Object.assign(pipelines, asBuilt);
});
afterAll(() => world.close());

const uidOf = (url: string): string => /\/interaction\/([\w-]+)/.exec(url)![1]!;
const beside = (url: string, id: string) => url.replace(/\/[^/]+$/, `/${id}`);
const proofsOf = async (uid: string) =>
  (await world.store.collection(collections.signIns).get(digest(uid)))?.doc.proofs;
const sessionsOf = async ({ id }: Person) =>
  (
    await world.store
      .collection(engineCollections.Session)
      .list({ key: 'accountId', value: id }, { limit: 10 })
  ).length;

const begin = (params: Record<string, string> = {}, client = ours, browser = world.browser()) =>
  browser.open(world.authorizeUrl(client, params));
const password = (browser: Browser, { email }: Person) =>
  browser.submit({ login: email, password: PASSWORD });

let turn = 0;
/** Something has thrown: told in our words and no others, in the language of the person. */
function expectGeneric(browser: Browser, what: unknown): void {
  const code = browser.status === 503 ? 'storage_down' : 'internal';
  const locale = browser.headers['accept-language'] as 'cs' | 'en';
  expect([what, browser.status, browser.hasLeft]).toEqual([what, code === 'internal' ? 500 : 503, false]);
  expectOurPage(browser.html, browser.responseHeaders.get('x-request-id'), locale);
  expect([what, browser.html]).toEqual([
    what,
    expect.stringContaining(text(`error.${code}.title`, {}, locale)),
  ]);
  expect(browser.html).not.toMatch(/hunter2|db\.internal|Error:/);
  expect([what, browser.responseHeaders.get('location')]).toEqual([what, null]);
  expectLogged(world, browser.responseHeaders.get('x-request-id'));
}
const inTurn = (browser: Browser) => {
  browser.headers['accept-language'] = (turn += 1) % 2 === 0 ? 'cs' : 'en';
};

test('A116: whatever a step is asked may throw', async () => {
  const login = pipelines as Record<'login', readonly Stage[]>;
  const before = login.login;
  const ids = Object.keys(table.steps) as StepId[];
  expect(ids.length).toBeGreaterThan(10);
  for (const id of ids) {
    for (const asked of ['isOffered', 'start', 'submit'] as const) {
      if (!(asked in table.steps[id]!)) continue;
      const what = `steps.${id}.${asked}`;
      const person = await world.createAccount();
      const browser = world.browser();
      inTurn(browser);
      await begin({}, ours, browser);
      const uid = uidOf(browser.url);
      const here = `${world.issuer}/interaction/${uid}/${id}`;
      const csrf = csrfOf(browser);
      login.login = [{ name: 'tested', anyOf: [id], when: ({ proofs }) => !proofs.has(id) }];
      setFault({ name: what });
      await (asked === 'submit'
        ? browser.post(here, { csrf, login: person.email, password: PASSWORD })
        : browser.open(asked === 'start' ? here : `/interaction/${uid}`));
      expect([what, takeFaultBack().fired]).toEqual([what, what]);
      login.login = before;
      expectGeneric(browser, what);
      expect([what, await proofsOf(uid), await sessionsOf(person)]).toEqual([what, [], 0]);
      await password(await browser.open(`/interaction/${uid}/password`), person);
      expect([what, browser.callback['code']?.length]).toEqual([what, 43]);
    }
  }
});

test('A116: whether a stage is due may throw', async () => {
  for (const [prompt, stages] of Object.entries(pipelines) as [PromptName, readonly Stage[]][]) {
    for (const stage of stages as readonly { name: string; when: Stage['when'] }[]) {
      const what = `${prompt}, ${stage.name}`;
      const person = await world.createAccount();
      const browser = world.browser();
      if (prompt === 'select_account') await signIn(world, ours, person, {}, browser);
      const sessions = await sessionsOf(person);
      inTurn(browser);
      const { when } = stage;
      stage.when = (facts) => {
        // As long as who they are is not proved, the others do their work.
        if (stages[0] !== stage && facts.accountId === undefined) return when(facts);
        throw new Error(INNERMOST);
      };
      const params = prompt === 'login' || prompt === 'consent' ? {} : { prompt };
      await begin(params, prompt === 'consent' ? theirs : ours, browser);
      if (browser.status !== 500 && browser.html.includes('name="choice"'))
        await browser.submit({}, 'continue');
      else if (browser.status !== 500) {
        await browser.open(beside(browser.url, 'password'));
        await password(browser, person);
      }
      stage.when = when;
      expectGeneric(browser, what);
      expect([what, await sessionsOf(person)]).toEqual([what, prompt === 'consent' ? 1 : sessions]);
      await browser.open(`/interaction/${uidOf(browser.url)}`);
      if (browser.hasLeft) continue;
      if (prompt === 'create') await browser.open(beside(browser.url, 'password'));
      if (prompt === 'consent') await browser.submit({}, 'allow');
      else if (prompt === 'select_account') await browser.submit({}, 'continue');
      else await password(browser, person);
      expect([what, browser.callback['code']?.length]).toEqual([what, 43]);
    }
  }
});

/** How a person comes to a step, and passes it. */
const journeys: Record<StepId, () => Promise<Journey>> = {
  async password() {
    const [person, browser] = [await world.createAccount(), await begin()];
    return { person, browser, pass: () => password(browser, person) };
  },
  async passkey() {
    const person = await world.createAccount();
    const authenticator = new SoftwareAuthenticator(world.issuer);
    await addPasskey(world, person.email, authenticator);
    const browser = await begin();
    await browser.open(beside(browser.url, 'passkey'));
    return { person, browser, pass: () => answerPasskey(browser, authenticator) };
  },
  async upstream() {
    const [person, browser] = [await world.createAccount(), await begin()];
    await browser.open(beside(browser.url, 'upstream'));
    return { person, browser, leadsAway: true, pass: () => browser.submit({}, 'mojeid') };
  },
  async totp() {
    const person = await world.createAccount();
    const { key } = await turnOnTotp(world.core, person.id);
    const browser = await password(await begin(), person);
    const pass = () => {
      now += 30_000;
      return browser.submit({ code: appCode(key, new Date(now)) });
    };
    return { person, browser, pass };
  },
  async 'recovery-code'() {
    const person = await world.createAccount();
    const codes = [...(await turnOnTotp(world.core, person.id)).recoveryCodes];
    const browser = await password(await begin(), person);
    await browser.open(beside(browser.url, 'recovery-code'));
    return { person, browser, times: 5, pass: () => browser.submit({ code: codes.pop()! }) };
  },
  async 'lost-device'() {
    const person = await world.createAccount();
    await turnOnTotp(world.core, person.id);
    const browser = await password(await begin(), person);
    await browser.open(beside(browser.url, 'lost-device'));
    return { person, browser, times: 1, leadsAway: true, pass: () => browser.submit({}, 'send') };
  },
  async 'email-link'() {
    const person = await world.createAccount();
    await world.core.accounts.change(person.id, () => ({ signInMail: 'always', confirmSignIn: true }));
    const browser = await password(await begin(), person);
    const number = /match__number[^>]*>(\d\d)</.exec(browser.html)![1]!;
    const mail = world.mails.findLast(({ to }) => to === person.email)!;
    const [, secret = ''] = /confirm-sign-in\/([\w-]{43})/.exec(mail.text)!;
    const { action, fields } = browser.forms.find((form) => form.action.endsWith('/email-link'))!;
    return {
      person,
      browser,
      before: () => world.core.confirmations.approve(secret, number),
      pass: () => browser.post(action, { ...fields, choice: 'check' }),
    };
  },
  async pair() {
    const person = await world.createAccount();
    const browser = await (await begin()).submit({}, 'mojeid');
    await mojeid.comeBack(browser, { subject: `of ${person.id}` });
    await browser.open(beside(browser.url, 'password'));
    await password(browser, person);
    return { person, browser, times: 1, pass: () => browser.submit({}, 'link') };
  },
  async consent() {
    const person = await world.createAccount();
    const browser = await signIn(world, ours, person);
    await begin({}, theirs, browser);
    return { person, browser, pass: () => browser.submit({}, 'allow') };
  },
  async 'select-account'() {
    const person = await world.createAccount();
    const browser = await signIn(world, ours, person);
    await begin({ prompt: 'select_account' }, ours, browser);
    return { person, browser, pass: () => browser.submit({}, 'continue') };
  },
  async register() {
    const [person, browser] = [await world.createAccount(), await begin({ prompt: 'create' })];
    return { person, browser, leadsAway: true, pass: () => browser.submit({}, 'register') };
  },
};

/** One for each way that a sign-in ends. */
const toTheEnd: readonly StepId[] = ['password', 'consent', 'select-account'];

/**
 * Whether a sign-in whose steps are passed comes to its end, by its own page where it was over already; or, where the
 * session was lost as well, asks who they are once more.
 */
async function leadsOn(browser: Browser): Promise<boolean> {
  if (browser.status === 410) {
    const onward = /class="button" href="(\/authorize[^"]+)"/.exec(browser.html)?.[1] ?? '';
    await browser.open(onward.replaceAll('&amp;', '&'));
  }
  if (browser.hasLeft) return browser.callback['code']?.length === 43;
  return browser.status === 200 && browser.url.includes('/interaction/');
}

/** Lets every call that a request makes throw, one after the other, until it makes no more of them. */
async function walk(where: 'joint' | 'store', id: StepId, doing: 'show' | 'pass'): Promise<number> {
  let journey: (Journey & { left: number; url: string }) | undefined;
  for (let nth = 0; ;) {
    if (journey === undefined || journey.left === 0) {
      const begun: Journey = await journeys[id]();
      journey = { ...begun, left: begun.times ?? 100, url: begun.browser.url };
      expect(new URL(journey.url).pathname).toMatch(new RegExp(`/${id}$`));
    }
    const { browser, person, url, pass, leadsAway } = journey;
    const uid = uidOf(url);
    inTurn(browser);
    if (doing === 'pass') {
      await browser.open(url);
      if (browser.url !== url || browser.status === 410) {
        // All had been proved when something threw afterwards: then it is, and leads to the end.
        expect([id, nth, await leadsOn(browser)]).toEqual([id, nth, true]);
        journey = undefined;
        continue;
      }
      expect([id, nth, browser.status]).toEqual([id, nth, 200]);
    }
    if (doing === 'pass') await journey.before?.();
    const before = [await proofsOf(uid), await sessionsOf(person)];
    setFault({ where, nth });
    await (doing === 'show' ? browser.open(url) : pass());
    const { fired, passed } = takeFaultBack();
    const isProved = passed.has('signIns.prove') || passed.has('sign_ins.replace');
    // From the proof on, all go the same way.
    if (isProved && !toTheEnd.includes(id)) return nth;
    if (doing === 'pass') journey.left -= 1;
    const what = [id, doing, nth, fired];
    if (browser.status === 429) {
      // What threw after an attempt was counted may have been a wrong guess: it stays counted.
      now += 901_000;
      journey = undefined;
      continue;
    }
    if (fired === undefined || browser.status < 500) {
      // Done, or done without what was of no weight.
      expect([...what, browser.status < 400, browser.html.includes(INNERMOST)]).toEqual([
        ...what,
        true,
        false,
      ]);
      if (doing === 'pass' && !leadsAway)
        expect([...what, browser.callback['code']?.length]).toEqual([...what, 43]);
      if (fired === undefined) return nth;
      if (doing === 'pass') journey = undefined;
    } else {
      expectGeneric(browser, what);
      if (!isProved)
        expect([...what, await proofsOf(uid), await sessionsOf(person)]).toEqual([...what, ...before]);
    }
    nth += 1;
  }
}

test.each(['joint', 'store'] as const)(
  'A116: every %s may fail, at each step',
  { timeout: 240_000 },
  async (where) => {
    for (const id of Object.keys(journeys) as StepId[]) {
      for (const doing of ['show', 'pass'] as const) {
        const count = await walk(where, id, doing);
        expect([id, doing, count > 2]).toEqual([id, doing, true]);
      }
    }
  },
);
