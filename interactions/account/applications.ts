// Applications that the person has let in: what each may see, and the end of it.

import type { Audit } from '../../src/domain/audit/audit.ts';
import type { GrantedClients } from '../../src/domain/clients/granted-clients.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/applications';

/** GET /account/applications and POST /account/applications/withdraw */
export function createApplicationPages(parts: {
  grantedClients: GrantedClients;
  audit: Pick<Audit, 'note'>;
}) {
  const { grantedClients, audit } = parts;
  return {
    async list({ account, show }: AccountVisit): Promise<void> {
      const found = await grantedClients.list(account.id);
      show('account/applications.njk', {
        applications: found.map(({ clientId, metadata, scopes, claims, resources, isOwn, lastAt }) => ({
          clientId,
          name: metadata.client_name,
          uri: metadata.client_uri ?? '',
          isOwn,
          lastAt,
          // Of what is seen: that it may go on without the person is said by itself.
          scopes: scopes.filter((scope) => scope !== 'openid' && scope !== 'offline_access'),
          isLasting: scopes.includes('offline_access'),
          claims,
          resources: Object.entries(resources).map(([indicator, names]) => ({ indicator, scopes: names })),
        })),
      });
    },

    async withdraw({ account, form, goTo }: AccountVisit): Promise<void> {
      const clientId = form['client'] ?? '';
      const ended = await grantedClients.withdraw(account.id, clientId);
      // Ended already, in another tab or by itself: what the person wanted holds all the same.
      if (ended === undefined) return goTo(PAGE, 'access_over');
      await audit.note({
        action: 'consent.withdrawn',
        actor: { kind: 'person', accountId: account.id },
        accountId: account.id,
        clientId,
        after: { client_name: ended.metadata.client_name },
      });
      return goTo(PAGE, 'access_ended');
    },
  };
}
