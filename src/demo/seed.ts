// What the demo starts with: two people, a relying party of the house, and one of somebody else.

import { NameTaken } from '../domain/accounts/accounts.ts';
import { DEVICE_GRANT } from '../domain/clients/client-metadata.ts';
import type { Core } from '../core.ts';

/** The demo's password. It is public, which is why production refuses the demo. */
export const DEMO_PASSWORD = 'porter-demo-2026';

export const demoPeople = [
  {
    login: 'jana',
    email: 'jana.novakova@example.cz',
    givenName: 'Jana',
    familyName: 'Nováková',
    phone: '+420601234567',
    locale: 'cs',
    company: 'Květinářství U Lípy s.r.o.',
    address: { street: 'Lipová 12', city: 'Brno', postalCode: '602 00', country: 'CZ' },
  },
  {
    login: 'alex',
    email: 'alex.porter@example.com',
    givenName: 'Alex',
    familyName: 'Porter',
    phone: '+447700900123',
    locale: 'en',
    company: undefined,
    address: { street: '1 Bell Lane', city: 'Bath', postalCode: 'BA1 1AA', country: 'GB' },
  },
] as const;

export type DemoClient = { readonly id: string; readonly secret: string };

/** The hash of the demo's password, made when somebody is: one does for all, for everybody knows the password. */
export function createDemoHash({ hasher }: Core): DemoHash {
  let made: Promise<string> | undefined;
  return () => (made ??= hasher.hash(DEMO_PASSWORD));
}

export type DemoHash = () => Promise<string>;

/** Makes the demo's people if they are not there yet. */
export async function seedPeople(core: Core, passwordHash: DemoHash): Promise<void> {
  for (const { company, ...person } of demoPeople) {
    if (await core.accounts.findByIdentifier(person.login)) continue;
    try {
      const name = company ?? `${person.givenName} ${person.familyName}`;
      await core.openings.open({
        account: {
          ...person,
          emailVerified: true,
          phoneVerified: true,
          passwordHash: await passwordHash(),
        },
        customer: { kind: company ? 'company' : 'person', name },
      });
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
    }
  }
}

/** Registers a relying party of the demo anew, so that its secret is known to this process alone. */
export async function seedClient(
  core: Core,
  client: { id: string; name: string; origin: string; callback: string; firstParty: boolean },
): Promise<DemoClient> {
  if (await core.clients.find(client.id)) await core.clients.delete(client.id);
  const { secret } = await core.clients.create({
    client_id: client.id,
    client_name: client.name,
    client_uri: client.origin,
    redirect_uris: [`${client.origin}${client.callback}`],
    post_logout_redirect_uris: [`${client.origin}/`],
    backchannel_logout_uri: `${client.origin}/backchannel-logout`,
    backchannel_logout_session_required: true,
    first_party: client.firstParty,
    scope: 'openid profile email phone address customer offline_access',
  });
  return { id: client.id, secret: secret! };
}

/** Registers the demo's television, if it is not there yet; its id. */
export async function seedTelevision(core: Core): Promise<string> {
  const id = 'television';
  if (!(await core.clients.find(id)))
    await core.clients.create({
      client_id: id,
      client_name: 'Television',
      grant_types: [DEVICE_GRANT, 'refresh_token'],
      token_endpoint_auth_method: 'none',
      first_party: true,
    });
  return id;
}
