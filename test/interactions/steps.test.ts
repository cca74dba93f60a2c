// Every step passes the contract of steps; what is special to one is told below it.

import { expect, test } from 'vitest';
import type { Facts } from '../../interactions/facts.ts';
import { createPasskeyOffer } from '../../interactions/passkey-offer.ts';
import { createCodeJudge, type CodeJudge } from '../../interactions/second-factor-code.ts';
import type { Step } from '../../interactions/step.ts';
import { createConsentStep } from '../../interactions/steps/consent.ts';
import { createLostDeviceStep } from '../../interactions/steps/lost-device.ts';
import { createEmailLinkStep } from '../../interactions/steps/email-link.ts';
import { createPairStep } from '../../interactions/steps/pair.ts';
import { createPasskeyStep } from '../../interactions/steps/passkey.ts';
import { createRecoveryCodeStep } from '../../interactions/steps/recovery-code.ts';
import { createRegisterStep } from '../../interactions/steps/register.ts';
import { createSelectAccountStep } from '../../interactions/steps/select-account.ts';
import { createTotpStep } from '../../interactions/steps/totp.ts';
import { createUpstreamStep } from '../../interactions/steps/upstream.ts';
import { collections } from '../../src/domain/collections.ts';
import { createConsents } from '../../src/domain/clients/consents.ts';
import { createPasskeyCeremonies } from '../../src/domain/factors/passkey-ceremonies.ts';
import { createPasskeySignIn } from '../../src/domain/factors/passkey-sign-in.ts';
import { createPasskeys } from '../../src/domain/factors/passkeys.ts';
import { createThrottles } from '../../src/domain/limits/throttle.ts';
import { createWebauthnChallenges } from '../../src/domain/factors/webauthn-challenges.ts';
import { sixDigits } from '../../src/domain/factors/time-codes.ts';
import { digest } from '../../src/lib/digest.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Browser } from '../support/browser.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { atSignIn, signedIn } from '../support/journeys.ts';
import { addPasskey, passkeyQuestion } from '../support/passkey-pages.ts';
import { SoftwareAuthenticator } from '../support/software-authenticator.ts';
import { appCode, turnOnTotp } from '../support/second-factor.ts';
import { openWorld, PASSWORD, type World } from '../support/world.ts';
import { EMAIL, passwordStep, visitOfEva } from './eva.ts';
import { stepContract } from './step-contract.ts';

stepContract('password', {
  create: async (world) => ({ step: passwordStep(world), visit: await visitOfEva(world) }),
  reach: async (world) => atSignIn(world, await world.createClient()),
  right: { login: EMAIL, password: PASSWORD },
  passes: ({ password }) => password === PASSWORD,
  takesSecrets: true,
});

stepContract('consent', {
  create: async (world) => {
    const { core, store } = world;
    const consents = createConsents(store, core.clock, core.endings);
    const visit = await visitOfEva(world, { prompt: 'consent' });
    return { step: createConsentStep({ ...core, consents }), visit };
  },
  reach: async (world) => {
    const browser = await signedIn(world, await world.createClient(), EMAIL);
    return browser.open(world.authorizeUrl(await world.createClient({ first_party: false })));
  },
  right: { choice: 'allow' },
  passes: ({ choice }) => choice === 'allow',
  takesSecrets: false,
});

stepContract('register', {
  create: async (world) => ({
    step: createRegisterStep(world.core),
    visit: await visitOfEva(world, { prompt: 'create' }),
  }),
  reach: async (world) => atSignIn(world, await world.createClient(), { prompt: 'create' }),
  right: { act: 'register' },
  passes: () => false,
  takesSecrets: false,
  provesNothing: true,
});

stepContract('select-account', {
  create: async (world) => {
    const visit = await visitOfEva(world, { prompt: 'select_account' });
    return { step: createSelectAccountStep({ accounts: world.core.accounts }), visit };
  },
  reach: async (world) => {
    const client = await world.createClient();
    const browser = await signedIn(world, client, EMAIL);
    return browser.open(world.authorizeUrl(client, { prompt: 'select_account' }));
  },
  right: { choice: 'continue' },
  passes: ({ choice }) => choice === 'continue' || choice === 'other',
  takesSecrets: false,
});

/** The step of a code of Eva's second factor, and a visit of hers after the password. */
async function codeStep<T extends Step>(world: World, create: (judgeCode: CodeJudge) => T) {
  const { core } = world;
  const visit = await visitOfEva(world);
  const accountId = visit.facts.signedInAs!;
  await turnOnTotp(core, accountId);
  const judgeCode = createCodeJudge({
    totp: core.totp,
    history: core.history,
    alarm: core.secondFactorAlarm,
  });
  return { step: create(judgeCode), visit: { ...visit, facts: { ...visit.facts, accountId } } };
}

/** Eva's second factor set up anew: no code of it was used, and no wrong one was tried. */
async function freshFactor({ core }: World) {
  const { id, doc } = (await core.accounts.findByIdentifier(EMAIL))!;
  await core.totp.turnOff(id);
  const fresh = await turnOnTotp(core, id);
  // As if nothing had been changed: sign-ins under way would have ended with the old one.
  await core.accounts.change(id, () => ({ credentialVersion: doc.credentialVersion }));
  return fresh;
}

const afterPassword = async (world: World): Promise<Browser> => {
  const browser = await atSignIn(world, await world.createClient());
  return browser.submit({ login: EMAIL, password: PASSWORD });
};

stepContract('totp', {
  create: (world) => codeStep(world, (judgeCode) => createTotpStep({ totp: world.core.totp, judgeCode })),
  reach: afterPassword,
  right: async (world) => ({ code: appCode((await freshFactor(world)).key, world.core.clock.now()) }),
  wrong: '314159',
  passes: ({ code = '' }) => sixDigits(code) !== undefined,
  takesSecrets: true,
});

stepContract('recovery-code', {
  create: (world) =>
    codeStep(world, (judgeCode) =>
      createRecoveryCodeStep({
        accounts: world.core.accounts,
        recoveryCodes: world.core.recoveryCodes,
        credentialNotices: world.core.credentialNotices,
        judgeCode,
      }),
    ),
  reach: async (world) => {
    const browser = await afterPassword(world);
    return browser.open(browser.url.replace(/totp$/, 'recovery-code'));
  },
  right: async (world) => ({ code: (await freshFactor(world)).recoveryCodes[0] }),
  wrong: 'ABCD-EFGH-JKMN-PQRS',
  passes: ({ code = '' }) => code.length >= 16 && /^[0-9A-Z-]+$/.test(code),
  takesSecrets: true,
});

stepContract('lost-device', {
  create: async (world) => {
    const { accounts, lostDevice } = world.core;
    const { step, visit } = await codeStep(world, () => createLostDeviceStep({ lostDevice, accounts }));
    const { accountId } = visit.facts;
    const account = {
      hasTotp: true,
      hasPasskey: false,
      isOperator: false,
      listedBy: undefined,
      confirmationDue: false,
    };
    const proofs = new Map([['password', { accountId, at: world.core.clock.now() }]] as const);
    return { step, visit: { ...visit, facts: { ...visit.facts, account, proofs } } };
  },
  reach: async (world) => {
    const browser = await afterPassword(world);
    return browser.open(browser.url.replace(/totp$/, 'lost-device'));
  },
  right: { act: 'send' },
  passes: ({ act }) => act === 'send',
  takesSecrets: false,
  provesNothing: true,
});

stepContract('email-link', {
  create: async (world) => {
    const { accounts, confirmations } = world.core;
    const visit = await visitOfEva(world);
    const facts = { ...visit.facts, accountId: visit.facts.signedInAs };
    return { step: createEmailLinkStep({ confirmations, accounts }), visit: { ...visit, facts } };
  },
  reach: async (world) => {
    const account = (await world.core.accounts.findByIdentifier(EMAIL))!;
    await world.core.accounts.change(account.id, () => ({ signInMail: 'always', confirmSignIn: true }));
    return afterPassword(world);
  },
  right: { choice: 'check' },
  before: async ({ core, mails, store }) => {
    await core.outbox.idle();
    const [, secret = ''] = /confirm-sign-in\/([\w-]{43})/.exec(mails.at(-1)!.text) ?? [];
    const link = await store.collection(collections.confirmationLinks).get(digest(secret));
    const confirmation = await store.collection(collections.confirmations).get(link!.doc.confirmationId);
    await core.confirmations.approve(secret, confirmation!.doc.number);
  },
  passes: () => false,
  takesSecrets: false,
});

const passkey: { authenticator?: SoftwareAuthenticator; question?: () => Promise<string> } = {};

stepContract('passkey', {
  create: async (world) => {
    const { core, store, issuer } = world;
    const { accounts, clock } = core;
    const visit = await visitOfEva(world);
    passkey.authenticator = new SoftwareAuthenticator(issuer);
    await addPasskey(world, EMAIL, passkey.authenticator);
    const challenges = createWebauthnChallenges(store, clock, [Buffer.alloc(32, 7)]);
    const passkeySignIn = createPasskeySignIn({
      accounts,
      passkeys: createPasskeys(store, clock),
      ceremonies: createPasskeyCeremonies({ issuer, name: 'Test', challenges }),
      throttles: createThrottles(store, clock),
      audit: core.audit,
      log: silentLog,
    });
    const asked = { uid: visit.uid, accountId: undefined, mustVerify: false };
    passkey.question = () => passkeySignIn.options(asked);
    const offerPasskey = createPasskeyOffer(passkeySignIn);
    return {
      step: createPasskeyStep({
        passkeySignIn,
        offerPasskey,
        secondFactorAlarm: () => Promise.resolve(),
        history: core.history,
      }),
      visit,
    };
  },
  reach: async (world) => {
    const browser = await atSignIn(world, await world.createClient());
    await browser.open(browser.url.replace(/password$/, 'passkey'));
    passkey.question = () => Promise.resolve(passkeyQuestion(browser));
    return browser;
  },
  right: async () => ({ credential: passkey.authenticator!.get(await passkey.question!()) }),
  passes: ({ credential = '' }) => credential.includes('"signature"'),
  // A signature cannot be guessed. Failures slow a network down all the same: test/domain/passkeys.test.ts.
  takesSecrets: false,
});

const upstreams = [createFakeUpstream('mojeid'), createFakeUpstream('other-house')] as const;
const withUpstreams = { upstreams: upstreams.map(({ configured }) => configured) };

stepContract('upstream', {
  world: withUpstreams,
  create: async (world) => ({
    step: createUpstreamStep({ ...world.core.federation, canRegister: true }),
    visit: await visitOfEva(world),
  }),
  reach: async (world) => {
    const browser = await atSignIn(world, await world.createClient());
    return browser.open(browser.url.replace(/password$/, 'upstream'));
  },
  right: { upstream: 'mojeid' },
  passes: () => false,
  takesSecrets: false,
  provesNothing: true,
});

const pair: { at?: Browser } = {};

stepContract('pair', {
  world: withUpstreams,
  create: async (world) => {
    const { core } = world;
    const visit = await visitOfEva(world);
    const profile = { emailVerified: false, phoneVerified: false };
    const identity = { issuer: 'https://other.example', subject: 'eva', clientId: 'ours', profile };
    const found = { upstream: 'other-house', serial: 'its serial', identity };
    const step = createPairStep({
      ...core.federation,
      accounts: core.accounts,
      takingOver: core.customerRules.takingOver,
      signIns: { renew: () => Promise.resolve() },
      waiting: {
        ...core.federation.waiting,
        find: () => Promise.resolve(found),
        take: (_browser, _place, serial) => Promise.resolve(serial === found.serial ? found : undefined),
      },
    });
    return { step, visit: { ...visit, facts: { ...visit.facts, accountId: visit.facts.signedInAs } } };
  },
  reach: async (world) => {
    const browser = await atSignIn(world, await world.createClient());
    await browser.submit({}, 'mojeid');
    await upstreams[0].comeBack(browser, { subject: 'eva' });
    await browser.open(browser.url.replace(/upstream$/, 'password'));
    pair.at = await browser.submit({ login: EMAIL, password: PASSWORD });
    return browser;
  },
  right: () => Promise.resolve({ serial: pair.at?.forms[0]!.fields['serial'] ?? 'its serial', act: 'link' }),
  passes: ({ serial, act }) => (act === 'link' && serial === 'its serial') || act === 'skip',
  takesSecrets: false,
});

test('the password page starts with the name that the client hints, else with who is signed in, else empty', async () => {
  const world = await openWorld();
  const step = passwordStep(world);
  const visit = await visitOfEva(world);
  const shown = async (facts: Partial<Facts>) => {
    const outcome = await step.start({ ...visit, facts: { ...visit.facts, ...facts } });
    return outcome.kind === 'show' ? outcome.props!['login'] : outcome.kind;
  };
  expect(await shown({})).toBe(EMAIL);
  expect(await shown({ loginHint: 'jan' })).toBe('jan');
  expect(await shown({ loginHint: 'x'.repeat(5000) })).toBe('x'.repeat(254));
  expect(await shown({ signedInAs: undefined })).toBe('');
  expect(await shown({ prompt: 'select_account' })).toBe('');
  expect(await shown({ signedInAs: 'gone' })).toBe('');
  await world.close();
});

test('choosing another account proves none, so that the policy asks for one', async () => {
  const world = await openWorld();
  const step = createSelectAccountStep({ accounts: world.core.accounts });
  const visit = await visitOfEva(world, { prompt: 'select_account' });
  expect(await step.submit({ ...visit, form: { choice: 'other' } })).toEqual({ kind: 'proved' });
  await world.close();
});
