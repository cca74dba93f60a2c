// What has changed in the account: when, what, by whom and, of one's own acts, from where.

import type { Audit, ShownChange } from '../../src/domain/audit/audit.ts';
import { readTarget } from '../../src/http/target.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import type { AccountVisit } from './frame.ts';

const PATH = '/account/changes';
const ROWS = 20;

const row = ({ at, action, by, address, userAgent, after }: ShownChange) => ({
  at,
  action,
  by,
  address: address ?? '',
  agent: userAgent === undefined ? '' : describeAgent(userAgent),
  detail: typeof after?.detail === 'string' ? after.detail : '',
});

/** GET /account/changes */
export function createChangesPage({ audit }: { audit: Pick<Audit, 'ofAccount'> }) {
  return async ({ account, req, show }: AccountVisit): Promise<void> => {
    const wanted = new URLSearchParams(readTarget(req.url ?? '').query).get('before') ?? '';
    const after = /^\d{12}$/.test(wanted) ? wanted : undefined;
    const { changes, older } = await audit.ofAccount(account.id, { after, limit: ROWS });
    show('account/changes.njk', {
      rows: changes.map(row),
      isFirst: after === undefined,
      newestHref: PATH,
      olderHref: older === undefined ? '' : `${PATH}?before=${older}`,
    });
  };
}
