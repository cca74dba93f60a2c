// Who is an operator: roles that are given and taken, and an owner who always remains.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../../adapters/registry.ts';
import { createAccounts, type StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { allShapes } from '../../../src/domain/collections.ts';
import { createOperators, rolesOf } from '../../../src/domain/operators/operators.ts';
import {
  operatorRoleNames,
  operatorRoles,
  permissions,
  permissionsOf,
} from '../../../src/domain/operators/permissions.ts';
import type { AuditEvent } from '../../../src/domain/audit/audit-entry.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dropDatabase } from '../../support/mongo-database.ts';
import { manualClock } from '../../support/rules.ts';
import { onEveryStorage } from '../../support/world.ts';

test('what each role may do, read from one table', () => {
  expect(permissions.map((permission) => permission.split(':')[1])).toEqual(
    permissions.map(() => expect.stringMatching(/^(read|write)$/) as string),
  );
  // prettier-ignore
  expect(Object.fromEntries(operatorRoleNames.map((role) => [role, [...operatorRoles[role]].toSorted().join(' ')]))).toEqual({
    owner: [...permissions].toSorted().join(' '),
    clients: 'clients:read clients:write keys:read statistics:read upstreams:read',
    support: 'accounts:read accounts:write bans:read clients:read customers:read customers:write queues:read queues:write statistics:read support-access:read support-access:write',
    auditor: permissions.filter((permission) => permission.endsWith(':read')).toSorted().join(' '),
  });
  for (const role of operatorRoleNames) {
    const given: readonly string[] = operatorRoles[role];
    // Who may change a thing may see it.
    for (const permission of given) expect(given).toContain(permission.replace(':write', ':read'));
  }
});

test('roles add up; a role that there is not gives nothing, and a disabled account has none', () => {
  const of = (roles: string[], status: 'active' | 'disabled' = 'active') => [
    ...permissionsOf({ operatorRoles: roles, status }),
  ];
  expect(of(['clients', 'auditor'])).toEqual(expect.arrayContaining(['clients:write', 'audit:read']));
  expect(of(['clients'])).not.toContain('audit:read');
  expect(of(['root', 'constructor', '__proto__', 'Owner'])).toEqual([]);
  expect(of(['owner'], 'disabled')).toEqual([]);
  expect([...permissionsOf({ status: 'active' })]).toEqual([]);
});

const actor = { kind: 'command' } as const;

onEveryStorage((newStorage) => {
  const clock = manualClock();
  let store: Store;
  let storage: string;
  beforeEach(async () => {
    storage = newStorage();
    store = await openStore(storage, { now: () => clock.now().getTime() });
    await store.prepare(allShapes);
  });
  afterEach(async () => {
    await store.close();
    if (storage.startsWith('mongodb')) await dropDatabase(storage);
  });

  const people = async () => {
    const accounts = createAccounts(store, clock);
    const recorded: AuditEvent[] = [];
    const audit = { record: (event: AuditEvent) => Promise.resolve(void recorded.push(event) as never) };
    const mailed: string[] = [];
    const send = ({ doc }: StoredAccount, _kind: string, name: string, props: object) =>
      Promise.resolve(void mailed.push(`${doc.login} ${name} ${JSON.stringify(props)}`));
    // Two nodes over one store.
    const parts = { store, clock, accounts, audit, letters: { send } };
    const [operators, elsewhere] = [0, 1].map(() => createOperators(parts));
    const person = (login: string) =>
      accounts.create({ login, email: `${login}@example.cz`, emailVerified: true });
    const eva = await person('eva');
    clock.advance(1000);
    const ivan = await person('ivan');
    return { accounts, recorded, mailed, operators: operators!, elsewhere: elsewhere!, eva, ivan };
  };

  test('roles are given and taken, and operators listed', async () => {
    const { operators, accounts, recorded, mailed, eva, ivan } = await people();
    expect(await operators.list()).toEqual([]);
    expect(await operators.grant(actor, eva.id, 'owner')).toMatchObject({ kind: 'changed' });
    expect(await operators.grant(actor, eva.id, 'owner')).toMatchObject({ kind: 'unchanged' });
    await operators.grant(actor, ivan.id, 'auditor');
    await operators.grant(actor, ivan.id, 'clients', 'a new colleague');
    expect((await operators.list()).map(({ doc }) => [doc.login, rolesOf(doc)])).toEqual([
      ['eva', ['owner']],
      ['ivan', ['clients', 'auditor']],
    ]);
    await operators.revoke(actor, ivan.id, 'auditor');
    expect(await operators.revoke(actor, ivan.id, 'clients')).toMatchObject({ kind: 'changed' });
    expect(await operators.revoke(actor, ivan.id, 'clients')).toMatchObject({ kind: 'unchanged' });
    expect((await operators.list()).map(({ id }) => id)).toEqual([eva.id]);
    expect(permissionsOf((await accounts.get(ivan.id))!.doc).size).toBe(0);
    expect(
      recorded.map(({ action, accountId, before, after }) => [action, accountId, before ?? after]),
    ).toEqual([
      ['operator.role_granted', eva.id, { role: 'owner' }],
      ['operator.role_granted', ivan.id, { role: 'auditor' }],
      ['operator.role_granted', ivan.id, { role: 'clients' }],
      ['operator.role_revoked', ivan.id, { role: 'auditor' }],
      ['operator.role_revoked', ivan.id, { role: 'clients' }],
    ]);
    // Each change and nothing else is mailed to whom it is about.
    expect(mailed).toEqual([
      'eva operator-role {"isGiven":true,"role":{"key":"owner"},"detail":""}',
      'ivan operator-role {"isGiven":true,"role":{"key":"auditor"},"detail":""}',
      'ivan operator-role {"isGiven":true,"role":{"key":"clients"},"detail":"a new colleague"}',
      'ivan operator-role {"isGiven":false,"role":{"key":"auditor"},"detail":""}',
      'ivan operator-role {"isGiven":false,"role":{"key":"clients"},"detail":""}',
    ]);
    await expect(operators.grant(actor, 'nobody', 'owner')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('the last owner stays one, also when two remove each other at the same moment on two nodes', async () => {
    const { operators, elsewhere, accounts, eva, ivan } = await people();
    await operators.grant(actor, eva.id, 'owner');
    expect(await operators.revoke(actor, eva.id, 'owner')).toEqual({ kind: 'last_owner' });
    await operators.grant(actor, ivan.id, 'owner');
    const outcomes = await Promise.all([
      operators.revoke(actor, eva.id, 'owner'),
      elsewhere.revoke(actor, ivan.id, 'owner'),
    ]);
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['changed', 'last_owner']);
    expect(await operators.list()).toHaveLength(1);

    // A disabled owner is none: the other one is the last.
    await operators.grant(actor, eva.id, 'owner');
    await operators.grant(actor, ivan.id, 'owner');
    await accounts.change(ivan.id, () => ({ status: 'disabled' }));
    expect(await operators.revoke(actor, eva.id, 'owner')).toEqual({ kind: 'last_owner' });
    expect(await operators.unlessLastOwner(eva.id, () => Promise.resolve('disabled'))).toBe('last_owner');
    expect(await operators.unlessLastOwner(ivan.id, () => Promise.resolve('disabled'))).toBe('disabled');
  });
});
