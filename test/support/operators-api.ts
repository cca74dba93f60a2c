// A client of the operators' API: registered with scopes, holding a token, asking.

import { permissions } from '../../src/domain/operators/permissions.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { token, type World } from './world.ts';

export const API = '/admin/api/v1';

export type ApiAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
};
type Question = { readonly body?: unknown; readonly headers?: Record<string, string> };
/** Asks the API: `api('post', '/orders', { body })`. */
export type Api = (method: string, path: string, question?: Question) => Promise<ApiAnswer>;

/** A client that may use the operators' API with these scopes; with all of them unless given. */
export const createApiClient = (world: World, scope: string = permissions.join(' ')): Promise<IssuedClient> =>
  world.createClient({ grant_types: ['client_credentials'], redirect_uris: [], scope });

/** A token of the client for the operators' API. */
export async function apiToken(world: World, client: IssuedClient, scope?: string): Promise<string> {
  const { status, body } = await token(world, client, {
    grant_type: 'client_credentials',
    resource: `${world.issuer}${API}`,
    scope: scope ?? client.metadata.scope,
  });
  if (status !== 200) throw new Error(`no token: ${status} ${JSON.stringify(body)}`);
  return body.access_token!;
}

/** Asks with a token; without one, as anybody. */
export const apiWith =
  (world: World, accessToken: string | undefined): Api =>
  async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(`${world.issuer}${API}${path}`, {
      method: method.toUpperCase(),
      headers: {
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    return {
      status,
      headers: answered,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };

/** A client with these scopes, ready to ask. */
export async function openApi(world: World, scope?: string): Promise<Api> {
  return apiWith(world, await apiToken(world, await createApiClient(world, scope)));
}
