// Samples of the page that describes the operators' API.

import type { Sample } from './sample-props.ts';

const field = { name: 'reason', type: 'string', required: true, description: 'Why.' };

export const apiSamples: readonly Sample[] = [
  {
    template: 'admin/api-docs.njk',
    label: 'two operations',
    page: {
      groups: [
        {
          tag: 'accounts',
          operations: [
            {
              id: 'listAccounts',
              method: 'GET',
              path: '/admin/api/v1/accounts',
              summary: 'Lists accounts, newest first',
              description: '',
              permission: 'accounts:read',
              ifMatch: '',
              parameters: [{ ...field, name: 'limit', required: false, description: '' }],
              body: [],
              status: 200,
              answer: [{ ...field, name: 'items', type: 'object[]' }],
              problems: 'bad_parameter, unauthorized',
            },
            {
              id: 'disableAccount',
              method: 'POST',
              path: '/admin/api/v1/accounts/{account_id}/disable',
              summary: 'Ends everything that the account has open, and lets nobody sign in',
              description: 'At once.',
              permission: 'accounts:write',
              ifMatch: 'honoured',
              parameters: [field],
              body: [field],
              status: 200,
              answer: [],
              problems: 'stale',
            },
          ],
        },
      ],
      problems: [{ code: 'stale', status: 412, title: 'It has changed since it was read' }],
      resource: 'https://prihlaseni.hvezdny.example/admin/api/v1',
      tokenUrl: 'https://prihlaseni.hvezdny.example/token',
      documentUrl: '/admin/api/v1/openapi.json',
    },
  },
];
