// The sign-in policy as a table: from what is known to what is asked next.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Facts } from '../../interactions/facts.ts';
import { authenticationOf } from '../../interactions/finish.ts';
import { nextStage, pipelines, type Stage } from '../../interactions/pipeline.ts';
import type { StepId } from '../../interactions/step.ts';
import type { PromptName } from '../../src/oidc/interactions.ts';
import { sources } from '../support/sources.ts';

/** `step` proves an account, `step?` proves none. */
type ProofName = `${StepId}${'' | '?'}`;

const at = new Date('2026-11-21T12:00:00Z');
const factsOf = (prompt: PromptName, proofs: readonly ProofName[], signedInAs?: string): Facts => ({
  prompt,
  signedInAs,
  proofs: new Map(
    proofs.map((name) => [
      name.replace('?', '') as StepId,
      { accountId: name.endsWith('?') ? undefined : 'eva', at },
    ]),
  ),
  accountId: proofs.some((name) => !name.endsWith('?')) ? 'eva' : undefined,
  missing: { scopes: [], claims: [], resources: {} },
  loginHint: undefined,
});

// prettier-ignore
const table: readonly [PromptName, string | undefined, readonly ProofName[], string | undefined][] = [
  // prompt          signed in   proved                                 asked next
  ['login',          undefined,  [],                                    'identify'],
  ['login',          'eva',      [],                                    'identify'],
  ['login',          undefined,  ['password'],                          undefined],
  ['login',          'eva',      ['password'],                          undefined],
  ['login',          undefined,  ['consent'],                           'identify'],
  ['login',          undefined,  ['select-account'],                    'identify'],
  ['login',          undefined,  ['select-account?'],                   'identify'],
  ['select_account', undefined,  [],                                    'identify'],
  ['select_account', undefined,  ['password'],                          undefined],
  ['select_account', 'eva',      [],                                    'choose'],
  ['select_account', 'eva',      ['password'],                          'choose'],
  ['select_account', 'eva',      ['select-account'],                    undefined],
  ['select_account', 'eva',      ['select-account?'],                   'identify'],
  ['select_account', 'eva',      ['select-account?', 'consent'],        'identify'],
  ['select_account', 'eva',      ['select-account?', 'password'],       undefined],
  ['select_account', undefined,  ['select-account'],                    'identify'],
  ['consent',        'eva',      [],                                    'consent'],
  ['consent',        'eva',      ['password'],                          'consent'],
  ['consent',        'eva',      ['select-account'],                    'consent'],
  ['consent',        'eva',      ['consent'],                           undefined],
  ['consent',        undefined,  [],                                    'consent'],
];

describe('what is asked next', () => {
  test.for(table)('for %s, signed in as %s, having proved %j: %s', ([prompt, signedInAs, proofs, stage]) => {
    expect(nextStage(pipelines[prompt], factsOf(prompt, proofs, signedInAs))?.name).toBe(stage);
  });

  test('the table above goes through every stage of every pipeline', () => {
    for (const [prompt, stages] of Object.entries(pipelines)) {
      const asked = new Set(table.flatMap(([name, , , stage]) => (name === prompt ? (stage ?? []) : [])));
      expect([prompt, [...asked].sort()]).toEqual([prompt, stages.map(({ name }) => name).sort()]);
    }
  });
});

const proofNames: ProofName[] = ['password', 'consent', 'select-account', 'select-account?'];
const anyFacts = fc
  .record({
    prompt: fc.constantFrom(...(Object.keys(pipelines) as PromptName[])),
    proofs: fc.uniqueArray(fc.constantFrom(...proofNames), { selector: (name) => name.replace('?', '') }),
    signedInAs: fc.option(fc.constantFrom('eva', 'jan'), { nil: undefined }),
  })
  .map(({ prompt, proofs, signedInAs }) => Object.freeze(factsOf(prompt, proofs, signedInAs)));

describe('the policy', () => {
  test('is a pure function: the same facts give the same stage, and are left as they were', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const before = structuredClone(facts);
        const stage = nextStage(pipelines[facts.prompt], facts);
        expect(nextStage(pipelines[facts.prompt], facts)).toBe(stage);
        expect(facts).toEqual(before);
      }),
    );
  });

  test('asks only what is due and not proved, and nothing before it is left open', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const stages: readonly Stage[] = pipelines[facts.prompt];
        const stage = nextStage(stages, facts);
        const passed = ({ anyOf }: Stage) => anyOf.some((id) => facts.proofs.has(id));
        for (const earlier of stages.slice(0, stage ? stages.indexOf(stage) : undefined))
          expect(!earlier.when(facts) || passed(earlier)).toBe(true);
        if (stage) expect([stage.when(facts), passed(stage)]).toEqual([true, false]);
      }),
    );
  });

  test('comes to an end: every proof of what is asked leads on, and none is asked twice', () => {
    fc.assert(
      fc.property(anyFacts, fc.infiniteStream(fc.boolean()), (start, answers) => {
        let facts = start;
        const asked: string[] = [];
        for (let stage; (stage = nextStage(pipelines[facts.prompt], facts));) {
          asked.push(stage.name);
          const accountId = answers.next().value ? 'eva' : undefined;
          facts = { ...facts, proofs: new Map([...facts.proofs, [stage.anyOf[0]!, { accountId, at }]]) };
        }
        expect(new Set(asked).size).toBe(asked.length);
        expect(asked.length).toBeLessThanOrEqual(pipelines[facts.prompt].length);
      }),
    );
  });

  test('names only steps that exist, and every step that exists is asked somewhere', () => {
    const named = Object.values(pipelines).flatMap((stages) =>
      stages.flatMap(({ anyOf }) => anyOf as StepId[]),
    );
    const files = sources
      .filter(({ file }) => file.startsWith('interactions/steps/'))
      .map(({ file }) => file.slice('interactions/steps/'.length, -'.ts'.length));
    expect([...new Set(named)].sort()).toEqual(files.sort());
  });

  test('no step names another one', () => {
    for (const { file, text } of sources.filter(({ file }) => file.startsWith('interactions/steps/'))) {
      const others = [...text.matchAll(/from '\.\/([\w-]+)\.ts'/g)].map(([, name]) => name);
      expect([file, others]).toEqual([file, []]);
    }
  });
});

describe('what tokens say of a sign-in (RFC 8176)', () => {
  test.for<[readonly ProofName[], readonly string[]]>([
    [[], []],
    [['password'], ['pwd']],
    [['select-account?', 'password'], ['pwd']],
    [['consent'], []],
    [['select-account'], []],
    [['password', 'consent'], ['pwd']],
  ])('having proved %j: amr %j', ([proofs, amr]) => {
    expect(authenticationOf(factsOf('login', proofs))).toEqual({ amr, acr: 'urn:vratny:acr:one-factor' });
  });
});
