// Everything that the simulated MojeID does wrong, and everything that may happen to an answer on its way: each with
// what the adapter makes of it.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { faultNames, type FaultName } from '../../../src/demo/mojeid/faults.ts';
import { HIGH } from '../../../src/demo/mojeid/people.ts';
import type { Simulator } from '../../../src/demo/mojeid/start.ts';
import { answerAtMojeid, browserAt, openSimulator, service } from '../../support/mojeid.ts';
import {
  createTraveller,
  reasonOf,
  redirectUri,
  type Traveller,
  type Trip,
} from '../../support/mojeid-trip.ts';

/** How long an answer is waited for where none comes. */
const SHORT = 1000;

let simulator: Simulator;
let traveller: Traveller;
const travel = (trip?: Trip) => traveller.travel(trip);
const mojeid = (...options: Parameters<Traveller['mojeid']>) => traveller.mojeid(...options);
beforeAll(async () => {
  simulator = await openSimulator();
  traveller = createTraveller(simulator);
});
afterAll(() => simulator.stop());
afterEach(() => {
  simulator.faults.clear();
  simulator.forget();
  simulator.services.add(service);
  traveller.putForward(0);
});

type Row = readonly [fault: FaultName, outcome: string, trip?: Trip];
const stepUp: Trip = { person: 'b', acrValues: [HIGH] };

// prettier-ignore
const rows: readonly Row[] = [
  ['id-token-other-issuer',   'invalid'],
  ['id-token-other-audience', 'invalid'],
  ['id-token-two-audiences',  'invalid'],
  ['id-token-other-party',    'invalid'],
  ['id-token-unsigned',       'invalid'],
  ['id-token-hs256',          'invalid'],
  ['id-token-hs256-key',      'invalid'],
  ['id-token-foreign-key',    'invalid'],
  ['id-token-unknown-kid',    'invalid'],
  ['id-token-embedded-key',   'invalid'],
  ['id-token-other-nonce',    'invalid'],
  ['id-token-no-nonce',       'invalid'],
  ['id-token-expired',        'invalid'],
  ['id-token-of-the-future',  'invalid'],
  ['id-token-no-subject',     'invalid'],
  ['id-token-absent',         'invalid'],
  ['auth-time-absent',        'signed in'],
  ['auth-time-absent',        'not_fresh',   { maxAgeSeconds: 3600 }],
  ['auth-time-absent',        'not_fresh',   { maxAgeSeconds: 0 }],
  ['auth-time-stale',         'signed in'],
  ['auth-time-stale',         'not_fresh',   { maxAgeSeconds: 3600 }],
  ['auth-time-stale',         'not_fresh',   { maxAgeSeconds: 0 }],
  ['acr-lower',               'level_unmet', stepUp],
  ['iss-other',               'invalid'],
  ['iss-absent',              'signed in'],
  ['iss-twice',               'invalid'],
  ['state-absent',            'invalid'],
  ['state-other',             'invalid'],
  ['code-absent',             'invalid'],
  ['token-error',             'unavailable'],
  ['token-html',              'unavailable'],
  ['token-redirect',          'unavailable'],
  ['userinfo-other-subject',  'invalid'],
  ['userinfo-refused',        'unavailable'],
  ['userinfo-error',          'unavailable'],
  ['userinfo-huge',           'unavailable'],
  ['userinfo-html',           'unavailable'],
  ['refresh-token',           'signed in'],
  ['pkce-enforced',           'signed in'],
  ['flags-as-words',          'signed in'],
  ['addresses-as-json',       'signed in'],
  ['pairwise',                'signed in'],
];
/** Those that need a test of their own. */
const apart: readonly FaultName[] = ['issuer-without-slash', 'token-slow', 'userinfo-slow'];

describe('what MojeID does wrong', () => {
  test.each(rows.map(([fault, outcome, trip = {}]) => ({ fault, outcome, trip })))(
    '$fault: $outcome',
    async ({ fault, outcome, trip }) => {
      const { person = 'a' } = trip;
      simulator.faults.set([fault], person);
      expect(await reasonOf(travel(trip))).toBe(outcome);
      simulator.faults.clear();
      expect(await reasonOf(travel(trip))).toBe('signed in');
    },
  );

  test('every switch is here', () => {
    expect(new Set([...rows.map(([fault]) => fault), ...apart])).toEqual(new Set(faultNames));
  });

  test.each(['token-slow', 'userinfo-slow'] as const)('%s: given up in time', async (fault) => {
    simulator.faults.set([fault]);
    const startedAt = performance.now();
    expect(await reasonOf(travel({ upstream: mojeid({}, SHORT) }))).toBe('unavailable');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('an issuer without its slash, and documents of another, are nobody’s', async () => {
    simulator.faults.set(['issuer-without-slash']);
    await expect(mojeid().begin({ redirectUri, uiLocale: 'cs' })).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'metadata: are of another issuer',
    });
    const root = mojeid({ issuer: `${simulator.origin}/` });
    await expect(root.begin({ redirectUri, uiLocale: 'cs' })).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });

  test('a new key is looked for at once, and then not for every stranger', async () => {
    const upstream = mojeid();
    expect(await reasonOf(travel({ upstream }))).toBe('signed in');
    await simulator.rotateKeys();
    expect(await reasonOf(travel({ upstream }))).toBe('signed in');
    await simulator.rotateKeys();
    expect(await reasonOf(travel({ upstream }))).toBe('invalid');
    traveller.putForward(31_000);
    expect(await reasonOf(travel({ upstream }))).toBe('signed in');
  });

  test('nothing is told in the log that would let somebody in, or that is about a person', async () => {
    // Those of all faults above.
    expect(traveller.logs.length).toBeGreaterThan(20);
    const { subject, profile } = await travel();
    const said = JSON.stringify(traveller.logs);
    for (const value of [subject, profile.email!, profile.familyName!, service.secret])
      expect(said).not.toContain(value);
    // Nothing as long as a code, a state or a token.
    expect(said).not.toMatch(/[\w-]{40,}/);
  });
});

describe('what comes back from the browser', () => {
  const set = (name: string, value: string) => (params: URLSearchParams) => params.set(name, value);
  const append = (name: string, value: string) => (params: URLSearchParams) => params.append(name, value);

  test.each<readonly [string, Trip['change'], string]>([
    ['a second state', append('state', 'x'), 'invalid'],
    ['a second code', append('code', 'x'), 'invalid'],
    ['another code', set('code', 'x'.repeat(43)), 'unavailable'],
    ['a code without end', set('code', 'x'.repeat(3000)), 'invalid'],
    ['an error beside the code', set('error', 'access_denied'), 'invalid'],
    ['an answer to another client', set('client_id', 'somebody-else'), 'invalid'],
    ['nothing at all', (params) => [...params.keys()].forEach((name) => params.delete(name)), 'invalid'],
    ['another sign-in’s nonce', (_params, ticket) => ({ ...ticket, nonce: 'x' }), 'invalid'],
    [
      'another sign-in’s address',
      (_params, ticket) => ({ ...ticket, redirectUri: `${redirectUri}2` }),
      'unavailable',
    ],
  ])('%s is refused', async (_what, change, outcome) => {
    expect(await reasonOf(travel({ change }))).toBe(outcome);
  });

  test('a code is good for once, and somebody else’s is good for nothing', async () => {
    const upstream = mojeid();
    const begin = () => upstream.begin({ redirectUri, uiLocale: 'cs' });
    const [mine, theirs] = [await begin(), await begin()];
    const { searchParams } = await answerAtMojeid(browserAt(simulator), mine.url, 'a');
    const { searchParams: other } = await answerAtMojeid(browserAt(simulator), theirs.url, 'b');
    expect(await reasonOf(upstream.complete(searchParams, theirs.ticket))).toBe('invalid');
    // The code of another sign-in under one's own state: the nonce tells.
    const injected = new URLSearchParams({ state: mine.ticket.state, code: other.get('code')! });
    expect(await reasonOf(upstream.complete(injected, mine.ticket))).toBe('invalid');
    expect(await reasonOf(upstream.complete(searchParams, mine.ticket))).toBe('signed in');
    expect(await reasonOf(upstream.complete(searchParams, mine.ticket))).toBe('unavailable');
  });

  test('with PKCE enforced a code is worth nothing without its verifier', async () => {
    simulator.faults.set(['pkce-enforced']);
    const change: Trip['change'] = (_params, ticket) => ({ ...ticket, codeVerifier: 'x'.repeat(43) });
    expect(await reasonOf(travel({ change }))).toBe('unavailable');
    simulator.faults.clear();
    expect(await reasonOf(travel({ change }))).toBe('signed in');
  });

  test.each<readonly [Record<string, string>, string]>([
    [{ error: 'access_denied' }, 'cancelled'],
    [{ error: 'login_required' }, 'login_required'],
    [{ error: 'interaction_required' }, 'interaction_required'],
    [{ error: 'server_error' }, 'invalid'],
    [{ error: 'toString' }, 'invalid'],
    [{ error: 'access_denied', state: '' }, 'invalid'],
    [{ error: 'access_denied', state: 'another' }, 'invalid'],
    [{ error: 'access_denied', iss: 'https://other.example/' }, 'invalid'],
    [{ error: 'access_denied', state: 'OURS' }, 'cancelled'],
    [{ error: 'server_error', state: 'OURS' }, 'unavailable'],
    [{ error: 'temporarily_unavailable', state: 'OURS' }, 'unavailable'],
    [{ error: 'unmet_authentication_requirements', state: 'OURS' }, 'level_unmet'],
    [{ error: '<script>', state: 'OURS' }, 'unavailable'],
  ])('the error %j is %s', async (given, outcome) => {
    const upstream = mojeid();
    const { ticket } = await upstream.begin({ redirectUri, uiLocale: 'cs' });
    const params = new URLSearchParams(given);
    if (given['state'] === 'OURS') params.set('state', ticket.state);
    expect(await reasonOf(upstream.complete(params, ticket))).toBe(outcome);
  });
});
