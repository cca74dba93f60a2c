// Operators in the console: who is staff, in which roles, and giving and taking roles.

import { displayName, type Accounts, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import { rolesOf, type Operators } from '../../src/domain/operators/operators.ts';
import { isOperatorRole, operatorRoleNames, operatorRoles } from '../../src/domain/operators/permissions.ts';
import { AppError } from '../../src/lib/app-error.ts';
import type { DangerousAct } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/operators';

/** The pages under /admin/operators. */
export function createOperatorPages(parts: {
  operators: Operators;
  accounts: Accounts;
  hasSecondFactor: (accountId: string) => Promise<boolean>;
}) {
  const { operators, accounts, hasSecondFactor } = parts;

  const about = async ({ id, doc }: StoredAccount) => ({
    name: displayName(doc),
    login: doc.login ?? doc.email,
    active: doc.status === 'active',
    hasFactor: await hasSecondFactor(id),
  });

  async function showList(visit: ConsoleVisit, problem?: string): Promise<void> {
    const rows = await Promise.all(
      (await operators.list()).map(async (account) => ({
        ...(await about(account)),
        href: `${PATH}/${account.id}`,
        roles: rolesOf(account.doc).map((key) => ({ key })),
      })),
    );
    visit.show(
      'admin/operators.njk',
      { operators: rows, mayWrite: visit.may('operators:write'), login: visit.form['login'] ?? '' },
      { problem },
    );
  }

  async function roleAct(
    visit: ConsoleVisit,
    reason: string,
    kind: 'grant' | 'revoke',
    accountId: string,
    role: string,
  ): Promise<Awaited<ReturnType<DangerousAct['act']>>> {
    if (!isOperatorRole(role)) throw new AppError('not_found', { detail: `no role ${role}` });
    const outcome = await operators[kind](visit.actor, accountId, role, reason);
    if (outcome.kind === 'last_owner') return { kind: 'refused', problem: 'last_owner' };
    return {
      kind: 'done',
      to: `${PATH}/${accountId}`,
      notice: kind === 'grant' ? 'role_granted' : 'role_revoked',
    };
  }

  const roleTarget = async (accountId: string, role: string) => {
    const account = await accounts.get(accountId);
    if (!account || !isOperatorRole(role)) return undefined;
    const name = displayName(account.doc);
    const backHref = `${PATH}/${accountId}`;
    return {
      name,
      detail: `${account.doc.login ?? account.doc.email} · ${role}`,
      backHref,
      trail: [{ text: name, href: backHref }],
    };
  };

  return {
    /** GET /admin/operators */
    list: (visit: ConsoleVisit): Promise<void> => showList(visit),

    /** POST /admin/operators: on to the account that is to become one. */
    async find(visit: ConsoleVisit): Promise<void> {
      const account = await accounts.findByIdentifier(visit.form['login'] ?? '');
      return account ? visit.goTo(`${PATH}/${account.id}`) : showList(visit, 'unknown_account');
    },

    /** GET /admin/operators/:id */
    async one(visit: ConsoleVisit, id: string): Promise<void> {
      const account = await accounts.require(id);
      const given = rolesOf(account.doc);
      const facts = await about(account);
      visit.show(
        'admin/operator.njk',
        {
          ...facts,
          mayWrite: visit.may('operators:write'),
          roles: operatorRoleNames.map((key) => ({
            key,
            given: given.includes(key),
            permissions: operatorRoles[key],
            href: `${PATH}/${id}/${given.includes(key) ? 'revoke' : 'grant'}/${key}`,
          })),
        },
        { trail: [{ text: facts.name }] },
      );
    },

    acts: (['grant', 'revoke'] as const).map((kind): DangerousAct => ({
      key: `${kind}_role`,
      path: `${PATH}/:id/${kind}/:role`,
      permission: 'operators:write',
      target: (_visit, id, role) => roleTarget(id, role),
      act: (visit, reason, id, role) => roleAct(visit, reason, kind, id, role),
    })),
  };
}
