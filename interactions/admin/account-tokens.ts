// A person's API tokens in the console: what there is, and the end of one that has leaked.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { DangerousAct, Target } from './dangerous.ts';

const PATH = '/admin/accounts';

/** The tab, and the act on each of its rows. */
export function createAccountTokens({ apiTokens }: Pick<Acts, 'apiTokens'>) {
  return {
    async rows(id: string) {
      return (await apiTokens.list(id)).map(({ id: tokenId, doc }) => ({
        name: doc.name,
        level: doc.level,
        createdAt: doc.createdAt,
        endsAt: doc.endsAt ?? '',
        usedAt: doc.lastUsedAt ?? '',
        revokeHref: `${PATH}/${id}/tokens/${tokenId}/revoke`,
      }));
    },

    revoke: (target: (id: string) => Promise<Target | undefined>): DangerousAct => ({
      key: 'revoke_token',
      path: `${PATH}/:id/tokens/:token/revoke`,
      permission: 'accounts:write',
      async target(_visit, id, named) {
        const [found, rows] = await Promise.all([target(id), apiTokens.list(id)]);
        const row = rows.find((one) => one.id === named);
        return found && row && { ...found, detail: row.doc.name };
      },
      async act(visit, _reason, id, tokenId) {
        await apiTokens.revoke(visit.by, id, tokenId);
        return { kind: 'done', to: `${PATH}/${id}/tokens`, notice: 'token_revoked' };
      },
    }),
  };
}
