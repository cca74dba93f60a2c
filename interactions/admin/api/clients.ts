// Clients: the rows of the operators' API, with the field names of RFC 7591.

import { z } from 'zod';
import { clientFields, clientIdText } from '../../../src/domain/clients/client-metadata.ts';
import type { Clients } from '../../../src/domain/clients/clients.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { MOST_SECRET_OVERLAP_SECONDS, type ClientChange } from '../../../src/domain/operators/clients.ts';
import {
  reasonText,
  DEFAULT_LIMIT,
  onePage,
  operation,
  pageFields,
  pageOf,
  searchText,
  type Operation,
} from './operation.ts';
import { clientShown, showClient } from './shown.ts';

const tag = 'clients';
const params = z.strictObject({ client_id: clientIdText });
const issued = clientShown.extend({
  client_secret: z.string().optional().describe('Shown once; it is stored as a hash.'),
});

/** Fields that may be changed one by one: without what holds when they are not given. */
const { client_id: _id, ...changeable } = clientFields;
const clientChange = z.strictObject(
  Object.fromEntries(
    Object.entries(changeable).map(([name, field]) => {
      const bare = field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field;
      return [name, bare.nullable().optional()];
    }),
  ),
);

export const clientOperations = (
  { clients: acts, search }: Acts,
  { clients }: { clients: Clients },
): Operation[] => {
  const one = async (id: string) => {
    const { record, version } = await acts.get(id);
    return {
      body: showClient(record, { isReadOnly: version === undefined }),
      ...(version === undefined ? {} : { version }),
    };
  };
  const withSecret = async (id: string, secret: string | undefined) => {
    const { body, ...rest } = await one(id);
    return { ...rest, body: { ...body, ...(secret === undefined ? {} : { client_secret: secret }) } };
  };

  return [
    operation({
      method: 'get',
      path: '/clients',
      id: 'listClients',
      tag,
      summary: 'Lists clients by id, or finds them; those of the clients file on the first page',
      permission: 'clients:read',
      query: z.strictObject({
        ...pageFields,
        search: searchText.describe('Name, client_id or host of an address, or the beginning of one.'),
      }),
      answer: pageOf(clientShown),
      async handle({ query: { limit, after, search: text } }) {
        if (text !== undefined) {
          const { hits, ...rest } = await search.clients(text, { after, limit: limit ?? DEFAULT_LIMIT });
          return {
            body: {
              items: hits.map(({ doc, version }) => showClient(doc, { isReadOnly: version === 0 })),
              ...rest,
            },
          };
        }
        const page = await onePage({ limit, after }, clients.listStored, ({ doc }) => showClient(doc));
        const fixed =
          after === undefined
            ? clients.ofFile().map((record) => showClient(record, { isReadOnly: true }))
            : [];
        return { body: { ...page, items: [...fixed, ...page.items] } };
      },
    }),
    operation({
      method: 'post',
      path: '/clients',
      id: 'createClient',
      tag,
      summary: 'Registers a client',
      description:
        'A client that gets scopes of this API is an operator: that needs operators:write and the scopes themselves.',
      permission: 'clients:write',
      status: 201,
      body: z.strictObject({ ...clientFields, client_id: clientIdText.optional() }),
      answer: issued,
      problems: ['taken'],
      async handle({ by, body: { client_id: id, ...rest } }) {
        const { metadata, secret } = await acts.create(by, {
          ...rest,
          ...(id === undefined ? {} : { client_id: id }),
        });
        const reply = await withSecret(metadata.client_id, secret);
        return { ...reply, location: `/clients/${metadata.client_id}` };
      },
    }),
    operation({
      method: 'get',
      path: '/clients/{client_id}',
      id: 'getClient',
      tag,
      summary: 'One client',
      permission: 'clients:read',
      params,
      answer: clientShown,
      handle: ({ params: { client_id } }) => one(client_id),
    }),
    operation({
      method: 'patch',
      path: '/clients/{client_id}',
      id: 'changeClient',
      tag,
      summary: 'Changes fields of a registration; null takes one off (RFC 7396)',
      description:
        'With another token_endpoint_auth_method secrets and keys that are of no use any more end at once; a secret that ' +
        'it needs is made and stands in this answer alone. jwks takes the place of jwks_uri, and the other way round.',
      permission: 'clients:write',
      ifMatch: 'required',
      params,
      body: clientChange,
      answer: issued,
      async handle({ by, params: { client_id: id }, body, version }) {
        const change = Object.fromEntries(
          Object.entries(body).map(([name, value]) => [name, value ?? undefined]),
        ) as ClientChange;
        const { secret } = await acts.change(by, id, change, version);
        return withSecret(id, secret);
      },
    }),
    operation({
      method: 'delete',
      path: '/clients/{client_id}',
      id: 'deleteClient',
      tag,
      summary: 'Removes a client; its tokens stop working',
      permission: 'clients:write',
      ifMatch: 'required',
      params,
      async handle({ by, params: { client_id }, version }) {
        await acts.remove(by, client_id, version);
        return {};
      },
    }),
    operation({
      method: 'post',
      path: '/clients/{client_id}/secret',
      id: 'rotateClientSecret',
      tag,
      summary: 'A new secret; the one before stays valid for a while',
      permission: 'clients:write',
      ifMatch: 'honoured',
      params,
      body: z.strictObject({
        keep_seconds: z
          .int()
          .min(0)
          .max(MOST_SECRET_OVERLAP_SECONDS)
          .default(86_400)
          .describe('How long the secret before stays valid; 0 ends it at once.'),
      }),
      answer: issued,
      async handle({ by, params: { client_id: id }, body, version }) {
        const { secret } = await acts.rotateSecret(by, id, body.keep_seconds, version);
        return withSecret(id, secret);
      },
    }),
    operation({
      method: 'post',
      path: '/clients/{client_id}/disable',
      id: 'disableClient',
      tag,
      summary: 'Switches a client off: it gets no tokens, and those that it has open nothing',
      permission: 'clients:write',
      ifMatch: 'honoured',
      params,
      body: z.strictObject({ reason: reasonText }),
      answer: clientShown,
      async handle({ by, params: { client_id: id }, body, version }) {
        const changed = await acts.disable(by, id, body.reason, version);
        return { body: showClient(changed.doc), version: changed.version };
      },
    }),
    operation({
      method: 'post',
      path: '/clients/{client_id}/enable',
      id: 'enableClient',
      tag,
      summary: 'Switches a client on again',
      permission: 'clients:write',
      ifMatch: 'honoured',
      params,
      answer: clientShown,
      async handle({ by, params: { client_id: id }, version }) {
        const changed = await acts.enable(by, id, version);
        return { body: showClient(changed.doc), version: changed.version };
      },
    }),
  ];
};
