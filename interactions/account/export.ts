// A person's data as a file: everything that belongs to them, and no secret. It takes a fresh proof, since whoever holds
// the file knows them well.

import type { AccountExport } from '../../src/domain/accounts/account-export.ts';
import type { Audit } from '../../src/domain/audit/audit.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/profile/export';

/** GET and POST /account/profile/export */
export function createExportPage(parts: {
  exportOf: AccountExport;
  audit: Pick<Audit, 'record'>;
  freshProof: FreshProof;
}) {
  const { exportOf, audit, freshProof } = parts;

  const show = async (visit: AccountVisit, problem?: Problem): Promise<void> =>
    visit.show('account/export.njk', { ...(await freshProof.fields(visit)) }, problem);

  return {
    show: (visit: AccountVisit): Promise<void> => show(visit),

    async send(visit: AccountVisit): Promise<void> {
      const problem = await freshProof.judge(visit, { path: PAGE, needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return show(visit, problem);
      const { id: accountId } = visit.account;
      await audit.record({ action: 'account.exported', actor: { kind: 'person', accountId }, accountId });
      const text = JSON.stringify(await exportOf(visit.account.id), undefined, 2);
      const { res } = visit;
      res.statusCode = 200;
      res.setHeader('Content-Type', 'application/json; charset=utf-8');
      res.setHeader('Content-Disposition', 'attachment; filename="account-data.json"');
      res.setHeader('Cache-Control', 'no-store');
      res.end(`${text}\n`);
    },
  };
}
