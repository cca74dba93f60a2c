// Programs that register themselves as clients: a world with policies, and how they ask.

import { DEVICE_GRANT } from '../../src/domain/clients/client-metadata.ts';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { openWorld, type World } from './world.ts';

type Body = Record<string, unknown>;
export type RegistrationAnswer = {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
};

export const registrationPolicies = {
  partners: {
    hosts: ['app.partner.example', '*.apps.example'],
    schemes: ['http', 'com.partner.app'],
    scope: 'openid profile email offline_access',
    access_token_life: '5m',
  },
  machines: {
    hosts: ['machines.example'],
    grant_types: ['client_credentials'],
    auth_methods: ['client_secret_basic'],
    scope: 'read',
  },
  screens: {
    hosts: ['screens.example'],
    grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT],
    scope: 'openid profile',
  },
};
/** What the policy `partners` allows. */
export const goodRegistration = {
  redirect_uris: ['https://app.partner.example/callback'],
  client_name: 'Partner',
};
export const olga = atTheMachine('olga');
const MORE_THAN_AN_HOUR = 3_700_000;

/** What is needed to manage what was registered. */
export const managed = ({ body }: RegistrationAnswer) => ({
  url: String(body['registration_client_uri']),
  bearer: String(body['registration_access_token']),
  id: String(body['client_id']),
  secret: body['client_secret'] as string | undefined,
});

/** A world with these policies; `wait` lets so much time pass, an hour unless given, so that no bound on tries is met. */
export async function openRegistration(storage: string) {
  let offset = 0;
  const world: World = await openWorld({
    storage,
    clock: { now: () => new Date(Date.now() + offset), sleep: () => Promise.resolve() },
    env: {
      VRATNY_CLIENT_REGISTRATION: JSON.stringify(registrationPolicies),
      VRATNY_RESOURCES: '{"https://api.example.com": "read write"}',
    },
  });

  const newToken = async (policy = 'partners', uses = 100, days = 30): Promise<string> =>
    (await world.core.acts.registrationTokens.create(olga, { policy, note: 'a test', uses, days })).token;

  async function ask(
    method: string,
    url: string,
    bearer: string | undefined,
    body?: unknown,
  ): Promise<RegistrationAnswer> {
    const response = await fetch(url.startsWith('http') ? url : `${world.issuer}${url}`, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === '' ? {} : (JSON.parse(text) as Body) };
  }

  return {
    world,
    newToken,
    ask,
    register: async (body: unknown, bearer?: string): Promise<RegistrationAnswer> =>
      ask('POST', '/client-registration', bearer ?? (await newToken()), body),
    wait: (milliseconds = MORE_THAN_AN_HOUR): void => {
      offset += milliseconds;
    },
  };
}

export type Registration = Awaited<ReturnType<typeof openRegistration>>;
