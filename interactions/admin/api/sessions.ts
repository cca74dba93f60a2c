// What an account has open: sessions and what it allows to applications, as rows of the operators' API.

import { z } from 'zod';
import { clientIdText } from '../../../src/domain/clients/client-metadata.ts';
import type { Acts } from '../../../src/domain/operators/acts.ts';
import { accountParams } from './accounts.ts';
import { idText, moment, operation, type Operation } from './operation.ts';
import { sessionShown, showSession } from './shown.ts';

const tag = 'sessions';

const consentShown = z.object({
  client_id: z.string(),
  scopes: z.array(z.string()),
  claims: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  updated_at: moment,
});

export const sessionOperations = ({ sessions }: Acts): Operation[] => [
  operation({
    method: 'get',
    path: '/accounts/{account_id}/sessions',
    id: 'listSessions',
    tag,
    summary: 'The sessions of an account, the one used last first',
    permission: 'accounts:read',
    params: accountParams,
    answer: z.object({ items: z.array(sessionShown) }),
    async handle({ params }) {
      return { body: { items: (await sessions.list(params.account_id)).map(showSession) } };
    },
  }),
  operation({
    method: 'delete',
    path: '/accounts/{account_id}/sessions',
    id: 'endSessions',
    tag,
    summary: 'Ends every session, grant and token of an account',
    permission: 'accounts:write',
    params: accountParams,
    async handle({ by, params }) {
      await sessions.endAll(by, params.account_id);
      return {};
    },
  }),
  operation({
    method: 'delete',
    path: '/accounts/{account_id}/sessions/{session_id}',
    id: 'endSession',
    tag,
    summary: 'Ends one session with all that came of it',
    permission: 'accounts:write',
    params: z.strictObject({ account_id: idText, session_id: z.string().regex(/^[\w-]{1,100}$/) }),
    async handle({ by, params }) {
      await sessions.end(by, params.account_id, params.session_id);
      return {};
    },
  }),
  operation({
    method: 'get',
    path: '/accounts/{account_id}/consents',
    id: 'listConsents',
    tag,
    summary: 'What an account allows to applications of others',
    permission: 'accounts:read',
    params: accountParams,
    answer: z.object({ items: z.array(consentShown) }),
    async handle({ params }) {
      const found = await sessions.consents(params.account_id);
      const items = found.map(({ clientId, scopes, claims, resources, updatedAt }) => ({
        client_id: clientId,
        scopes: [...scopes],
        claims: [...claims],
        resources: Object.fromEntries(Object.entries(resources).map(([name, of]) => [name, [...of]])),
        updated_at: updatedAt,
      }));
      return { body: { items } };
    },
  }),
  operation({
    method: 'delete',
    path: '/accounts/{account_id}/consents/{client_id}',
    id: 'withdrawConsent',
    tag,
    summary: 'Takes back what an account allows one application',
    permission: 'accounts:write',
    params: z.strictObject({ account_id: idText, client_id: clientIdText }),
    async handle({ by, params }) {
      await sessions.withdrawConsent(by, params.account_id, params.client_id);
      return {};
    },
  }),
];
