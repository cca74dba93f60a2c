// The sign-in policy as a table: from what is known to what is asked next.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountFacts, Facts } from '../../interactions/facts.ts';
import { authenticationOf } from '../../interactions/finish.ts';
import { inOrder, nextStage, pipelines, type Stage } from '../../interactions/pipeline.ts';
import type { StepId } from '../../interactions/step.ts';
import type { PromptName } from '../../src/oidc/interactions.ts';
import { sources } from '../support/sources.ts';

/** `step` proves an account, `step?` proves none; `step!` two factors: a passkey that has checked who holds it. */
type ProofName = `${StepId}${'' | '?' | '!'}`;

const at = new Date('2026-11-21T12:00:00Z');
const factsOf = (prompt: PromptName, proofs: readonly ProofName[], signedInAs?: string): Facts => ({
  prompt,
  signedInAs,
  proofs: new Map(
    proofs.map((name) => [
      name.replace(/[?!]/, '') as StepId,
      {
        accountId: name.endsWith('?') ? undefined : 'eva',
        at,
        ...(name.endsWith('!') ? { userVerified: true, multiFactor: true } : {}),
      },
    ]),
  ),
  accountId: proofs.some((name) => !name.endsWith('?')) ? 'eva' : undefined,
  missing: { scopes: [], claims: [], resources: {} },
  loginHint: undefined,
  level: { wanted: [], isDemanded: false, multiFactor: false },
  freshWithinSeconds: undefined,
  isPairing: false,
  isComparing: false,
  account: undefined,
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
  ['create',         undefined,  [],                                    'identify'],
  ['create',         'eva',      [],                                    'identify'],
  ['create',         undefined,  ['password'],                          undefined],
  ['create',         undefined,  ['select-account'],                    'identify'],
  ['login',          undefined,  ['upstream'],                          undefined],
  ['login',          undefined,  ['pair'],                              'identify'],
  ['consent',        'eva',      [],                                    'consent'],
  ['consent',        'eva',      ['password'],                          'consent'],
  ['consent',        'eva',      ['select-account'],                    'consent'],
  ['consent',        'eva',      ['consent'],                           undefined],
  ['consent',        undefined,  [],                                    'consent'],
];

const plain: AccountFacts = {
  hasTotp: false,
  hasPasskey: false,
  isOperator: false,
  listedBy: undefined,
  confirmationDue: false,
};

const [any, two] = ['any level', 'two factors wanted'] as const;
const listed = { hasTotp: true, listedBy: 'office' };
// prettier-ignore
const factorTable: readonly [Partial<AccountFacts>, readonly ProofName[], typeof any | typeof two, string | undefined][] = [
  // account                                 proved                                 the client  asked next
  [{ hasTotp: true },                        ['password'],                          any,        'second factor'],
  [{ hasTotp: true },                        ['password', 'totp'],                  any,        undefined],
  [{ hasTotp: true },                        ['password', 'recovery-code'],         any,        undefined],
  [{ hasTotp: true, hasPasskey: true },      ['password', 'passkey'],               any,        undefined],
  [{ hasTotp: true, hasPasskey: true },      ['passkey!'],                          any,        undefined],
  [{ hasTotp: true, hasPasskey: true },      ['passkey!'],                          two,        undefined],
  [{ hasTotp: true, hasPasskey: true },      ['passkey'],                           any,        'second factor'],
  [{ hasTotp: true, hasPasskey: true },      ['passkey', 'totp'],                   any,        undefined],
  [{ hasPasskey: true },                     ['password'],                          any,        undefined],
  [{ hasPasskey: true },                     ['password'],                          two,        'second factor'],
  [{ hasPasskey: true },                     ['passkey'],                           two,        'second factor'],
  [{},                                       ['password'],                          two,        undefined],
  [listed,                                   ['password'],                          any,        undefined],
  [listed,                                   ['password'],                          two,        'second factor'],
  [{ ...listed, isOperator: true },          ['password'],                          any,        'second factor'],
  [{ ...listed, hasPasskey: true },          ['passkey'],                           any,        'second factor'],
  [{ ...listed, confirmationDue: true },     ['password'],                          any,        'confirm'],
  [{ confirmationDue: true },                ['password'],                          any,        'confirm'],
  [{ confirmationDue: true },                ['password', 'email-link'],            any,        undefined],
  [{ confirmationDue: true, hasTotp: true }, ['password', 'email-link'],            any,        'second factor'],
  [{ confirmationDue: true, hasTotp: true }, ['password', 'totp'],                  any,        'confirm'],
  [{ confirmationDue: true },                ['passkey!'],                          any,        'confirm'],
  [{ hasTotp: true },                        ['upstream'],                          any,        'second factor'],
  [{ hasTotp: true },                        ['upstream!'],                         any,        undefined],
  [{ hasTotp: true },                        ['upstream!'],                         two,        undefined],
  [listed,                                   ['upstream'],                          any,        undefined],
  [{ confirmationDue: true },                ['upstream!'],                         any,        'confirm'],
  [{ hasTotp: true },                        ['totp'],                              any,        'identify'],
  [{ hasTotp: true, confirmationDue: true }, ['email-link', 'totp'],                any,        'identify'],
];

describe('what is asked next', () => {
  test.for(table)('for %s, signed in as %s, having proved %j: %s', ([prompt, signedInAs, proofs, stage]) => {
    expect(nextStage(pipelines[prompt], factsOf(prompt, proofs, signedInAs))?.name).toBe(stage);
  });

  test.for(factorTable)('with %j, having proved %j, %s: %s', ([account, proofs, wants, stage]) => {
    const facts = {
      ...factsOf('login', proofs),
      account: { ...plain, ...account },
      level: { wanted: [], isDemanded: false, multiFactor: wants === 'two factors wanted' },
    };
    expect(nextStage(pipelines.login, facts)?.name).toBe(stage);
  });

  // prettier-ignore
  test.for<[Partial<AccountFacts>, readonly ProofName[], string | undefined]>([
    [{},                                       [],                                   'identify'],
    [{},                                       ['password'],                         'link'],
    [{},                                       ['password', 'pair'],                 undefined],
    [listed,                                   ['password'],                         'second factor'],
    [{ ...listed, confirmationDue: true },     ['password', 'totp'],                 'confirm'],
    [{ ...listed, confirmationDue: true },     ['password', 'totp', 'email-link'],   'link'],
  ])('with an identity that waits to be linked and %j, having proved %j: %s', ([account, proofs, stage]) => {
    const facts = { ...factsOf('login', proofs), account: { ...plain, ...account }, isPairing: true };
    expect(nextStage(pipelines.login, facts)?.name).toBe(stage);
  });

  // The list of addresses spares them the question, as without news.
  test.for<[Partial<AccountFacts>, readonly ProofName[], string | undefined]>([
    [{}, ['upstream'], 'link'],
    [{ hasTotp: true }, ['upstream'], 'second factor'],
    [listed, ['upstream'], 'link'],
    [{}, ['upstream', 'pair'], undefined],
  ])('with news of an upstream and %j, having proved %j: %s', ([account, proofs, stage]) => {
    const facts = { ...factsOf('login', proofs), account: { ...plain, ...account }, isComparing: true };
    expect(nextStage(pipelines.login, facts)?.name).toBe(stage);
  });

  test('choosing the account that is signed in asks for no factor of it', () => {
    const facts = {
      ...factsOf('select_account', ['select-account'], 'eva'),
      account: { ...plain, hasTotp: true },
    };
    expect(nextStage(pipelines.select_account, facts)).toBeUndefined();
  });

  test('the tables above go through every stage of every pipeline', () => {
    for (const [prompt, stages] of Object.entries(pipelines)) {
      const asked = new Set([
        ...table.flatMap(([name, , , stage]) => (name === prompt ? (stage ?? []) : [])),
        ...(prompt === 'consent' ? [] : ['link']),
        ...(prompt === 'consent' ? [] : factorTable.flatMap(([, , , stage]) => stage ?? [])),
      ]);
      expect([prompt, [...asked].sort()]).toEqual([prompt, stages.map(({ name }) => name).sort()]);
    }
  });
});

// prettier-ignore
const proofNames: ProofName[] = [
  'password', 'passkey', 'passkey!', 'upstream', 'upstream!', 'pair', 'totp', 'recovery-code', 'email-link', 'consent', 'select-account', 'select-account?',
];
const anyFacts = fc
  .record({
    prompt: fc.constantFrom(...(Object.keys(pipelines) as PromptName[])),
    proofs: fc.uniqueArray(fc.constantFrom(...proofNames), { selector: (name) => name.replace(/[?!]/, '') }),
    account: fc.record({
      hasTotp: fc.boolean(),
      hasPasskey: fc.boolean(),
      isOperator: fc.boolean(),
      listedBy: fc.constantFrom(undefined, 'office'),
      confirmationDue: fc.boolean(),
    }),
    multiFactor: fc.boolean(),
    wanted: fc.subarray(['loa']),
    isPairing: fc.boolean(),
    signedInAs: fc.option(fc.constantFrom('eva', 'jan'), { nil: undefined }),
  })
  .map(({ prompt, proofs, signedInAs, account, multiFactor, wanted, isPairing }) => {
    const facts = factsOf(prompt, proofs, signedInAs);
    const known = facts.accountId === undefined ? undefined : account;
    const level = { wanted, isDemanded: false, multiFactor };
    return Object.freeze({ ...facts, account: known, level, isPairing });
  });

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
        if (!stage) return;
        expect(stage.when(facts)).toBe(true);
        // Only a passkey that told who the person is may belong to the stage: it does not count twice.
        const proved = stage.anyOf.filter((id) => facts.proofs.has(id));
        expect(proved).toEqual(facts.proofs.has('password') ? [] : proved.filter((id) => id === 'passkey'));
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
          if (asked.length > 10) break;
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

describe('a level that an upstream proves', () => {
  const proof = { accountId: 'eva', at, levels: ['high', 'substantial'] };
  const wants = (wanted: string[], multiFactor = false) => ({
    ...factsOf('login', []),
    account: { ...plain, hasTotp: true },
    level: { wanted, isDemanded: false, multiFactor },
    proofs: new Map([['upstream' as const, proof]]),
  });

  test('is told to who wants it and to nobody else, with the factors as they are', () => {
    expect(authenticationOf(wants(['high', 'low']))).toEqual({ amr: ['fed'], acr: 'high' });
    expect(authenticationOf(wants(['low', 'substantial'])).acr).toBe('substantial');
    for (const wanted of [[], ['low']])
      expect(authenticationOf(wants(wanted)).acr).toBe('urn:vratny:acr:one-factor');
  });

  test('is tried before the password, spares two factors that it is preferred to, and not the person’s own', () => {
    const steps = ['password', 'passkey', 'upstream'] as const;
    expect(inOrder(steps, wants([]))).toEqual(steps);
    expect(inOrder(steps, wants(['high']))).toEqual(['upstream', 'password', 'passkey']);
    expect(inOrder(['password'], wants(['high']))).toEqual(['password']);
    const { account: _account, ...rest } = wants(['high'], true);
    const passkeyOnly = { ...rest, account: { ...plain, hasPasskey: true } };
    expect(nextStage(pipelines.login, passkeyOnly)).toBeUndefined();
    const unproved = { ...passkeyOnly, level: { ...passkeyOnly.level, wanted: ['low'] } };
    expect(nextStage(pipelines.login, unproved)?.name).toBe('second factor');
    expect(nextStage(pipelines.login, wants(['high']))?.name).toBe('second factor');
  });
});

describe('what tokens say of a sign-in (RFC 8176)', () => {
  const [one, multi] = ['urn:vratny:acr:one-factor', 'urn:vratny:acr:multi-factor'];
  test.for<[readonly ProofName[], readonly string[], string]>([
    [['password', 'totp'], ['pwd', 'otp', 'mfa'], multi],
    [['password', 'recovery-code'], ['pwd', 'otp', 'mfa'], multi],
    [['password', 'passkey'], ['pwd', 'swk', 'user', 'mfa'], multi],
    [['passkey!'], ['swk', 'user', 'mfa'], multi],
    [['passkey'], ['swk', 'user'], one],
    [['passkey', 'totp'], ['swk', 'user', 'otp'], one],
    [['password', 'email-link'], ['pwd'], one],
    [['upstream'], ['fed'], one],
    [['upstream!'], ['fed', 'mfa'], multi],
    [['upstream', 'totp'], ['fed', 'otp', 'mfa'], multi],
    [['upstream', 'passkey'], ['fed', 'swk', 'user', 'mfa'], multi],
    [['password', 'pair'], ['pwd'], one],
    [['password', 'totp', 'email-link'], ['pwd', 'otp', 'mfa'], multi],
  ])('having proved %j: amr %j, acr %s', ([proofs, amr, acr]) => {
    expect(authenticationOf(factsOf('login', proofs))).toEqual({ amr, acr });
  });

  test('a passkey that cannot leave its device is called so', () => {
    const facts = factsOf('login', []);
    const proof = { accountId: 'eva', at, userVerified: true, deviceBound: true };
    expect(authenticationOf({ ...facts, proofs: new Map([['passkey', proof]]) }).amr).toEqual([
      'hwk',
      'user',
      'mfa',
    ]);
  });

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
