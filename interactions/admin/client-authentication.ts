// How an application proves itself at the token endpoint, in the console: with a secret, with a key of its own, or not at
// all. A secret that comes of it is shown once; the keys and secrets that are of no use any more end at once.

import { ZodError } from 'zod';
import {
  authMethods,
  type ClientMetadata,
  type ClientRegistration,
} from '../../src/domain/clients/client-metadata.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import type { ClientChange } from '../../src/domain/operators/clients.ts';
import type { Form } from '../../src/http/form.ts';
import { seenVersion, type DangerousAct, type FieldProblems } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';

/** Which of the methods an application may have: a machine, and who asks about the tokens of others, must prove itself. */
const methodsOf = ({ grant_types: grants, resource_server: asks }: ClientMetadata) =>
  authMethods.filter((method) => method !== 'none' || !(asks || grants.includes('client_credentials')));

/** Keys as they were pasted: a set, or one of them alone. */
function readKeys(text: string): unknown {
  try {
    const read = JSON.parse(text) as unknown;
    return typeof read === 'object' && read !== null && 'kty' in read ? { keys: [read] } : read;
  } catch {
    return text;
  }
}

function readChange(form: Form): ClientChange {
  const method = authMethods.find((name) => name === form['method']);
  if (method !== 'private_key_jwt') return { token_endpoint_auth_method: method };
  const [jwks, uri] = ['jwks', 'jwks_uri'].map((field) => (form[field] ?? '').trim());
  return {
    token_endpoint_auth_method: method,
    jwks: jwks ? (readKeys(jwks) as ClientRegistration['jwks']) : undefined,
    jwks_uri: uri || undefined,
  };
}

/** What the rules say of the keys, by the field that it is shown at; other errors are thrown on. */
function problemsOf(error: unknown): FieldProblems {
  if (!(error instanceof ZodError)) throw error;
  const all = error.issues.map(({ path, message }): readonly [string, { key: string; value: string }] => {
    if (path[0] === 'jwks_uri')
      return ['jwks_uri', { key: /either/.test(message) ? 'both' : 'uri', value: '' }];
    if (path[0] !== 'jwks') return ['method', { key: 'other', value: '' }];
    const known = [
      [/belongs to/, 'missing'],
      [/public keys only/, 'private'],
      [/bits/, 'short'],
    ] as const;
    return ['jwks', { key: known.find(([said]) => said.test(message))?.[1] ?? 'unreadable', value: '' }];
  });
  return Object.fromEntries(all.toReversed());
}

/** The act of an application's page. */
export function createClientAuthentication(parts: {
  acts: Acts;
  path: string;
  target: DangerousAct['target'];
  showSecret: (visit: ConsoleVisit, client: ClientMetadata, secret: string) => void;
}): DangerousAct {
  const { acts, path, target, showSecret } = parts;
  return {
    key: 'client_authentication',
    path: `${path}/:id/authentication`,
    permission: 'clients:write',
    target,

    async form(visit, problems, id) {
      const { record, version = 0 } = await acts.clients.get(id);
      const { metadata } = record;
      const isSent = visit.req.method === 'POST';
      const present = metadata.token_endpoint_auth_method;
      const chosen = isSent ? (visit.form['method'] ?? '') : present;
      const field = (key: 'jwks' | 'jwks_uri', stored: string) => ({
        value: isSent ? (visit.form[key] ?? '') : stored,
        problem: problems[key]?.key ?? '',
      });
      return {
        template: 'admin/client-authentication.njk',
        props: {
          version: isSent ? (visit.form['version'] ?? '') : String(version),
          methods: methodsOf(metadata).map((key) => ({
            key,
            chosen: key === chosen,
            isPresent: key === present,
          })),
          method: { problem: problems['method']?.key ?? '' },
          keys: field('jwks', metadata.jwks ? JSON.stringify(metadata.jwks, undefined, 2) : ''),
          keysUri: field('jwks_uri', metadata.jwks_uri ?? ''),
        },
      };
    },

    async act(visit, _reason, id) {
      const seen = seenVersion(visit);
      const change = readChange(visit.form);
      if (change.token_endpoint_auth_method === undefined)
        return { kind: 'refused', problem: 'fields', fields: { method: { key: 'choose', value: '' } } };
      const before = (await acts.clients.get(id)).record.metadata;
      const { token_endpoint_auth_method: present } = before;
      const { token_endpoint_auth_method: wanted } = change;
      if (wanted === present && wanted !== 'private_key_jwt')
        return { kind: 'refused', problem: 'nothing_changed' };
      try {
        const { metadata, secret } = await acts.clients.change(visit.by, id, change, seen);
        if (secret === undefined)
          return { kind: 'done', to: `${path}/${id}`, notice: 'client_authentication_changed' };
        showSecret(visit, metadata, secret);
        return 'answered';
      } catch (error) {
        return { kind: 'refused', problem: 'fields', fields: problemsOf(error) };
      }
    },
  };
}
