// A device that signs in (RFC 8628), and the person who types its code.

import { DEVICE_GRANT, type ClientRegistration } from '../../src/domain/clients/client-metadata.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import { text } from './texts.ts';
import { PASSWORD, token, type World } from './world.ts';

export type AskedDevice = {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
};

/** An application on a device: it keeps no secret and has no address. */
export const deviceClient = (world: World, fields: Partial<ClientRegistration> = {}): Promise<IssuedClient> =>
  world.createClient({
    client_name: 'Television',
    application_type: 'native',
    grant_types: [DEVICE_GRANT, 'refresh_token'],
    token_endpoint_auth_method: 'none',
    redirect_uris: [],
    post_logout_redirect_uris: [],
    ...fields,
  });

/** The device asks for a code. */
export async function askDevice(
  world: World,
  client: IssuedClient,
  more: Record<string, string> = {},
): Promise<AskedDevice> {
  const response = await fetch(`${world.issuer}/device-authorization`, {
    method: 'POST',
    headers: {
      'user-agent': 'Mozilla/5.0 (SMART-TV; Linux; Tizen 5.0) AppleWebKit/537.36 Chrome/63 Safari/537.36',
    },
    body: new URLSearchParams({ client_id: client.metadata.client_id, scope: 'openid profile', ...more }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  return (await response.json()) as AskedDevice;
}

/** The device asks whether its person is done. */
export const poll = (world: World, client: IssuedClient, { device_code }: AskedDevice) =>
  token(world, client, { grant_type: DEVICE_GRANT, device_code });

/** A person at the page that says what is to be signed in. */
export async function atConfirmation(browser: Browser, { user_code }: AskedDevice): Promise<Browser> {
  await browser.open('/device');
  await browser.submit({ user_code });
  if (browser.heading !== text('page.device_confirm.title'))
    throw new Error(`not asked to confirm: "${browser.heading}" at ${browser.url}`);
  return browser;
}

/** A person who is not signed in allows the device and signs in for it. */
export async function allowDevice(browser: Browser, asked: AskedDevice, email: string): Promise<Browser> {
  await atConfirmation(browser, asked);
  await browser.submit({}, 'allow');
  return browser.submit({ login: email, password: PASSWORD });
}
