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
import { signIn } from './support/relying-party.ts';
import { beside, sendPassword, stepJourneys, type Journey, type Person } from './support/step-journeys.ts';
import { text } from './support/texts.ts';
import { openWorld, PASSWORD, testClock, type World } from './support/world.ts';

const table = vi.hoisted(() => ({ steps: {} as Record<string, object> }));

/** The module, whose factory of that name gets parts that can throw. */
async function withJoints(load: () => Promise<object>, name: string): Promise<object> {
  const real = (await load()) as Record<string, (parts: object) => unknown>;
  return { ...real, [name]: (parts: object) => real[name]!(joint(parts)) };
}
vi.mock('../interactions/dispatch.ts', async (load: () => Promise<object>) => {
  const { createDispatch } = (await withJoints(load, 'createDispatch')) as Record<
    string,
    (parts: object) => unknown
  >;
  return {
    createDispatch(parts: { steps: object }) {
      Object.assign(table.steps, parts.steps);
      return createDispatch!(parts);
    },
  };
});
vi.mock('../interactions/all-steps.ts', (load: () => Promise<object>) => withJoints(load, 'createSteps'));
vi.mock('../interactions/finish.ts', (load: () => Promise<object>) => withJoints(load, 'createFinish'));
vi.mock('../interactions/account-facts.ts', (load: () => Promise<object>) =>
  withJoints(load, 'createAccountFacts'),
);
vi.mock('../interactions/pages/callback.ts', (load: () => Promise<object>) =>
  withJoints(load, 'createCallbackPage'),
);

const mojeid = createFakeUpstream('mojeid');
let now = Date.now();
let world: World;
let ours: IssuedClient;
let theirs: IssuedClient;
let journeys: ReturnType<typeof stepJourneys>;
beforeAll(async () => {
  world = await openWorld({
    wrap: faultyStore,
    upstreams: [mojeid.configured],
    clock: { ...testClock, now: () => new Date(now) },
    env: { VRATNY_REGISTRATION: 'true' },
  });
  ours = await world.createClient();
  theirs = await world.createClient({ first_party: false });
  const wait = (milliseconds: number) => void (now += milliseconds);
  journeys = stepJourneys({ world, ours, theirs, mojeid, wait });
});
const asBuilt = { ...pipelines };
afterEach(() => {
  takeFaultBack();
  Object.assign(pipelines, asBuilt);
});
afterAll(() => world.close());

const uidOf = (url: string): string => /\/interaction\/([\w-]+)/.exec(url)![1]!;
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
      await sendPassword(await browser.open(`/interaction/${uid}/password`), person);
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
        await sendPassword(browser, person);
      }
      stage.when = when;
      expectGeneric(browser, what);
      expect([what, await sessionsOf(person)]).toEqual([what, prompt === 'consent' ? 1 : sessions]);
      await browser.open(`/interaction/${uidOf(browser.url)}`);
      if (browser.hasLeft) continue;
      if (prompt === 'create') await browser.open(beside(browser.url, 'password'));
      if (prompt === 'consent') await browser.submit({}, 'allow');
      else if (prompt === 'select_account') await browser.submit({}, 'continue');
      else await sendPassword(browser, person);
      expect([what, browser.callback['code']?.length]).toEqual([what, 43]);
    }
  }
});

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
