// The contract of a step. Every step passes all of it: a new one adds a call in steps.test.ts.

import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Outcome, Step, StepId, Visit } from '../../interactions/step.ts';
import type { Form } from '../../src/http/form.ts';
import type { Browser } from '../support/browser.ts';
import { snapshot } from '../support/journeys.ts';
import { openWorld, type World, type WorldOptions } from '../support/world.ts';
import { translator } from '../views/renderer.ts';

export type StepCase = {
  /** What the provider is opened with. */
  readonly world?: WorldOptions;
  /** The step over the parts of a running provider, and a visit of somebody it is about. */
  readonly create: (world: World) => Promise<{ step: Step; visit: Visit }>;
  /** A browser at the page of the step. */
  readonly reach: (world: World) => Promise<Browser>;
  /** What a person sends to pass; asked for by each test, where it can be sent only once. */
  readonly right: Form | ((world: World) => Promise<Form>);
  /** What must have happened elsewhere once the page was shown, such as a mailed link used. */
  readonly before?: (world: World) => Promise<void>;
  /** What is put in the place of the last field of `right` for a wrong guess; `wrong` unless given. */
  readonly wrong?: string;
  /** Whether an arbitrary form happens to be one that passes. */
  readonly passes: (form: Form) => boolean;
  /** Whether it takes something that can be guessed. */
  readonly takesSecrets: boolean;
  /** Whether it only leads elsewhere: then nothing at all passes it. */
  readonly provesNothing?: true;
};

const kinds = ['show', 'redirect', 'proved', 'refused', 'again'];
const everything = ['accounts', 'consents', 'oneTimeLinks', 'signIns', 'Grant', 'AuthorizationCode'] as const;

const nastyTexts = [
  '',
  ' ',
  '\u0000',
  '\r\n\r\n',
  '\u202etxet sdrawkcab',
  '\ud800',
  '__proto__',
  'constructor',
  '[object Object]',
  '{"$gt":""}',
  "' OR 1=1 --",
  '{{7*7}}',
  'x'.repeat(254),
  'x'.repeat(255),
  'x'.repeat(1024),
  'x'.repeat(1025),
  'ﷺ'.repeat(200),
  'x'.repeat(100_000),
];

/** An outcome but for the challenges in it, which are new each time. */
const withoutChallenges = (outcome: Outcome): string =>
  JSON.stringify(outcome).replaceAll(/\\"challenge\\":\\"[\w-]+\\"/g, '');

/** Forms as the form reader makes them: texts by name, without a prototype. */
function anyForm(fields: readonly string[]): fc.Arbitrary<Form> {
  const name = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...fields) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'csrf', 'accountId', 'kind'),
    },
    { weight: 1, arbitrary: fc.string() },
  );
  const value = fc.oneof(fc.constantFrom(...nastyTexts), fc.string({ unit: 'binary' }));
  return fc
    .array(fc.tuple(name, value), { maxLength: 6 })
    .map((pairs) => Object.assign(Object.create(null) as object, Object.fromEntries(pairs)) as Form);
}

/** Runs the contract over a step. */
export function stepContract(id: StepId, stepCase: StepCase): void {
  const { create, reach, before: elsewhere, passes, takesSecrets, wrong: guess = 'wrong' } = stepCase;
  const { provesNothing = false } = stepCase;

  describe(`the step ${id}`, () => {
    let world: World;
    let step: Step;
    let visit: Visit;
    let addresses = 0;
    beforeAll(async () => {
      world = await openWorld(stepCase.world);
      ({ step, visit } = await create(world));
    });
    afterAll(() => world.close());
    afterEach(() => vi.useRealTimers());
    const rightForm = (): Promise<Form> =>
      typeof stepCase.right === 'function' ? stepCase.right(world) : Promise.resolve(stepCase.right);
    const wrongOf = (right: Form): Form => ({ ...right, [Object.keys(right).at(-1)!]: guess });

    test('goes by its id', () => {
      expect(step.id).toBe(id);
    });

    test('never proves by garbage and never throws, whatever a form holds', async () => {
      const right = await rightForm();
      await fc.assert(
        fc.asyncProperty(anyForm(Object.keys(right)), async (form) => {
          fc.pre(!passes(form));
          // An address each, so that the throttle does not hide what comes behind it.
          const address = `2001:db8:${(addresses += 1).toString(16)}::1`;
          const outcome = await step.submit({ ...visit, form, address });
          expect(kinds).toContain(outcome.kind);
          expect(outcome.kind).not.toBe('proved');
        }),
        { numRuns: 60 },
      );
    });

    test.runIf(provesNothing)('proves nothing by what a person sends', async () => {
      const outcome = await step.submit({ ...visit, form: await rightForm() });
      expect(['show', 'redirect']).toContain(outcome.kind);
    });

    test.skipIf(provesNothing)('is passed by what a person sends', async () => {
      const right = await rightForm();
      const own = elsewhere ? { ...visit, uid: 'a sign-in of its own' } : visit;
      if (elsewhere) await step.start(own);
      await elsewhere?.(world);
      expect(
        await step.submit({ ...own, form: right, browserId: 'a clean browser', address: '192.0.2.1' }),
      ).toMatchObject({
        kind: 'proved',
      });
    });

    test('shows the same page however often it is asked, and changes nothing by it', async () => {
      const right = await rightForm();
      const before = await snapshot(world, everything);
      const first = await step.start({ ...visit, form: right });
      for (let time = 0; time < 5; time += 1)
        expect(withoutChallenges(await step.start({ ...visit, form: right }))).toEqual(
          withoutChallenges(first),
        );
      expect(first.kind).toBe('show');
      expect(await snapshot(world, everything)).toEqual(before);
    });

    test('neither throws nor proves for somebody who is not signed in, or whose account is gone', async () => {
      for (const signedInAs of [undefined, 'an-account-that-is-gone']) {
        const stranger = { ...visit, facts: { ...visit.facts, signedInAs, accountId: undefined } };
        expect(kinds).toContain((await step.start(stranger)).kind);
        const outcome = await step.submit({ ...stranger, form: {} });
        expect(['show', 'refused', ...(provesNothing ? ['again'] : [])]).toContain(outcome.kind);
      }
    });

    test('has a page and a text in both languages for every problem it tells', async () => {
      const right = await rightForm();
      const forms: Form[] = [{}, ...Object.keys(right).map((name) => ({ ...right, [name]: '' }))];
      for (const form of [...forms, wrongOf(right)]) {
        const outcome = await step.submit({ ...visit, form, address: '192.0.2.9' });
        if (outcome.kind !== 'show' || outcome.problem === undefined) continue;
        const key = `step.${id.replaceAll('-', '_')}.problem.${outcome.problem}`;
        expect([key, translator.has(key)]).toEqual([key, true]);
      }
    });

    test.runIf(takesSecrets)(
      'is throttled: a burst of 200 wrong tries is refused, and a right one with it',
      async () => {
        vi.useFakeTimers({ toFake: ['Date'] });
        const right = await rightForm();
        const wrong = wrongOf(right);
        const burst = { ...visit, address: '198.51.100.77', browserId: 'browser of a guesser' };
        const outcomes = await Promise.all(
          Array.from({ length: 200 }, () => step.submit({ ...burst, form: wrong })),
        );
        const throttled = outcomes.filter((outcome) => outcome.kind === 'show' && outcome.retryAfterSeconds);
        expect(throttled.length).toBeGreaterThanOrEqual(190);
        expect(await step.submit({ ...burst, form: right })).toMatchObject({
          kind: 'show',
          retryAfterSeconds: expect.any(Number) as number,
        });
      },
    );

    test('has no effect over HTTP without the form token, or by another method', async () => {
      const browser = await reach(world);
      const right = await rightForm();
      const path = new URL(browser.url).pathname;
      expect(path.endsWith(`/${id}`)).toBe(true);
      const before = await snapshot(world, everything);
      const send = (method: string, query = '') =>
        fetch(`${world.issuer}${path}${query}`, {
          method,
          redirect: 'manual',
          headers: { accept: 'text/html', cookie: browser.cookieHeader(path), origin: world.issuer },
          ...(method === 'POST' ? { body: new URLSearchParams(right as Record<string, string>) } : {}),
        });
      expect((await send('POST')).status).toBe(403);
      const query = `?${new URLSearchParams({ ...browser.forms[0]!.fields, ...right } as Record<string, string>).toString()}`;
      expect((await send('GET', query)).status).toBe(200);
      expect((await send('HEAD', query)).status).toBe(200);
      expect((await send('PUT')).status).toBe(405);
      expect(await snapshot(world, everything)).toEqual(before);
      await elsewhere?.(world);
      const onPage = Object.keys(browser.forms[0]!.fields);
      const typed = Object.entries(right).filter(([name]) => onPage.includes(name));
      const pressed = Object.entries(right).find(([name]) => !onPage.includes(name));
      await browser.submit(Object.fromEntries(typed) as Record<string, string>, pressed?.[1]);
      expect(browser.callback['code'] === undefined).toBe(provesNothing);
    });
  });
}
