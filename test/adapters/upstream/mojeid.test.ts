// The adapter and the simulated MojeID at their best: who is there, what is asked for, how fresh and how strong it is.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HIGH, SUBSTANTIAL } from '../../../src/demo/mojeid/people.ts';
import type { Simulator } from '../../../src/demo/mojeid/start.ts';
import { answerAtMojeid, browserAt, openSimulator, service } from '../../support/mojeid.ts';
import {
  createTraveller,
  reasonOf,
  redirectUri,
  type Traveller,
  type Trip,
} from '../../support/mojeid-trip.ts';

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

const stepUp: Trip = { person: 'b', acrValues: [HIGH] };

describe('who is there', () => {
  test('each of the people, as far as they may be believed', async () => {
    const address = { street: 'Dlouhá 7', city: 'Praha 1', postalCode: '110 00', country: 'CZ' };
    await expect(travel()).resolves.toMatchObject({
      issuer: simulator.issuer,
      subject: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      clientId: service.id,
      authTime: expect.closeTo(Date.now() / 1000, -2) as number,
      acr: 'pwd',
      profile: {
        username: 'petra.dvorakova',
        givenName: 'Petra',
        familyName: 'Dvořáková',
        email: 'petra.dvorakova@example.cz',
        emailVerified: true,
        phone: '+420601111111',
        phoneVerified: true,
        address,
      },
    });
    const { profile: company } = await travel({ person: 'd' });
    expect(company).toMatchObject({
      company: { name: 'Květinářství U Lípy s.r.o.', ico: '01234561', dic: 'CZ01234561' },
      billingAddress: { street: 'Lipová 12', city: 'Brno', postalCode: '602 00', country: 'CZ' },
    });
    const { profile: mailless } = await travel({ person: 'e' });
    expect(mailless).toMatchObject({ emailVerified: false, familyName: 'Bezmailový' });
    expect(mailless).not.toHaveProperty('email');
    const { profile: unverified } = await travel({ person: 'f' });
    expect(unverified).toMatchObject({ email: 'eva.neoverena@example.cz', emailVerified: false });
    const { profile: odd } = await travel({ person: 'h' });
    expect(odd.givenName).toBe(`<script>alert('x')</script>`);
    expect(odd.familyName).toMatch(/^مرحبا abc Dlouhatánský.*Ž̌$/);
    expect(JSON.stringify(odd)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  });

  test('what is not needed is not asked for, and what is withheld is not there', async () => {
    const { url } = await mojeid().begin({ redirectUri, uiLocale: 'cs' });
    expect(url).not.toMatch(/birthdate|gender|ssn|offline_access|profile/);
    const { profile } = await travel({
      at: { withhold: ['email', 'phone_number', 'given_name', 'address'] },
    });
    expect(profile).toMatchObject({ emailVerified: false, phoneVerified: false, familyName: 'Dvořáková' });
    for (const name of ['email', 'phone', 'givenName']) expect(profile).not.toHaveProperty(name);
    const required = await travel({
      upstream: mojeid({ requiredClaims: ['email'] }),
      at: { withhold: ['email'] },
    });
    expect(required.profile.email).toBe('petra.dvorakova@example.cz');
  });

  test('flags that are words, and addresses that are JSON in a text, say the same', async () => {
    const plain = await travel({ person: 'd' });
    simulator.faults.set(['flags-as-words', 'addresses-as-json', 'refresh-token']);
    expect((await travel({ person: 'd' })).profile).toEqual(plain.profile);
    expect((await travel({ person: 'f' })).profile.emailVerified).toBe(false);
  });

  test('every way of proving the secret works, and no other than the registered one', async () => {
    for (const authMethod of ['client_secret_post', 'client_secret_jwt'] as const) {
      expect(await reasonOf(travel({ upstream: mojeid({ authMethod }) }))).toBe('unavailable');
      simulator.services.add({ ...service, authMethod });
      expect(await reasonOf(travel({ upstream: mojeid({ authMethod }) }))).toBe('signed in');
      expect(await reasonOf(travel())).toBe('unavailable');
      simulator.services.add(service);
    }
  });

  test('under pairwise subjects another client is told of another person', async () => {
    const [one] = [await travel()];
    simulator.faults.set(['pairwise']);
    const two = await travel({ upstream: mojeid({ subjectType: 'pairwise' }) });
    simulator.services.add({ ...service, id: 'anew' });
    const three = await travel({ upstream: mojeid({ clientId: 'anew' }) });
    expect(new Set([one.subject, two.subject, three.subject]).size).toBe(3);
    expect([two.clientId, two.subjectType, three.clientId]).toEqual(['vratny', 'pairwise', 'anew']);
  });
});

describe('cancelling, freshness and levels', () => {
  test('who turns back, and who hands over nothing, is not signed in', async () => {
    expect(await reasonOf(travel({ at: { choice: 'deny' } }))).toBe('cancelled');
    expect(await reasonOf(travel({ person: 'Cancel', uiLocale: 'en' }))).toBe('cancelled');
    await expect(travel({ person: 'i' })).rejects.toThrow(/still at MojeID/);
  });

  test('a sign-in of before serves, unless a fresh one is demanded', async () => {
    const browser = browserAt(simulator);
    const upstream = mojeid();
    const first = await travel({ browser, upstream });
    simulator.ageSessions(7200);
    const again = await travel({ browser, upstream });
    expect(again.authTime).toBe(first.authTime! - 7200);
    const { authTime } = await travel({ browser, upstream, maxAgeSeconds: 3600 });
    expect(authTime).toBeGreaterThanOrEqual(first.authTime!);
    simulator.ageSessions(600);
    expect(await reasonOf(travel({ browser, upstream, maxAgeSeconds: 3600 }))).toBe('signed in');
    const fresh = await travel({ browser, upstream, maxAgeSeconds: 0 });
    expect(fresh.authTime).toBeGreaterThanOrEqual(first.authTime!);
  });

  test('who strips the demand from the address on the way gains nothing', async () => {
    const browser = browserAt(simulator);
    const upstream = mojeid();
    await travel({ browser, upstream });
    simulator.ageSessions(600);
    const { url, ticket } = await upstream.begin({ redirectUri, uiLocale: 'cs', maxAgeSeconds: 0 });
    const stripped = new URL(url);
    for (const name of ['prompt', 'max_age']) stripped.searchParams.delete(name);
    const { searchParams } = await answerAtMojeid(browser, stripped.href, 'a');
    expect(await reasonOf(upstream.complete(searchParams, ticket))).toBe('not_fresh');
  });

  test('a level is had where it is demanded, and nobody without it comes in', async () => {
    expect((await travel(stepUp)).acr).toBe(HIGH);
    expect((await travel({ person: 'c', acrValues: [HIGH, SUBSTANTIAL] })).acr).toBe(SUBSTANTIAL);
    expect(await reasonOf(travel({ person: 'c', acrValues: [HIGH] }))).toBe('level_unmet');
    expect(await reasonOf(travel({ person: 'd', acrValues: [SUBSTANTIAL] }))).toBe('level_unmet');
    // What is only welcome keeps nobody out.
    expect((await travel({ person: 'b', acrPreferred: [HIGH] })).acr).toBe(HIGH);
    expect(await reasonOf(travel({ person: 'd', acrPreferred: [HIGH] }))).toBe('signed in');
    // A level of one sign-in is none of the next.
    const browser = browserAt(simulator);
    await travel({ ...stepUp, browser });
    expect((await travel({ ...stepUp, browser })).acr).toBe(HIGH);
    simulator.forget();
    expect((await travel({ person: 'b' })).acr).toBe('pwd');
  });
});
