// What each role of operators reaches in the API: every role, every operation, by the one table of permissions.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { allOperations } from '../../interactions/admin/api/all-operations.ts';
import type { Operation } from '../../interactions/admin/api/operation.ts';
import { operatorRoleNames, operatorRoles } from '../../src/domain/operators/permissions.ts';
import { nobody } from '../support/house-stories.ts';
import { openApi } from '../support/operators-api.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let operations: readonly Operation[];
  beforeAll(async () => {
    world = await openWorld({ storage });
    operations = allOperations(world.core.acts, world.core);
  });
  afterAll(() => closeWorld(world, storage));

  test('whatever changes something takes a permission to write, and of the same thing', () => {
    for (const { id, method, permission } of operations) {
      const verb = method === 'get' ? 'read' : 'write';
      expect([id, permission.split(':')[1]]).toEqual([id, verb]);
    }
  });

  test('every role reaches what it has the permission for, and nothing else', async () => {
    const reached: Record<string, string[]> = {};
    for (const role of operatorRoleNames) {
      const held: readonly string[] = operatorRoles[role];
      const api = await openApi(world, held.join(' '));
      reached[role] = [];
      for (const { id, method, path, permission } of operations) {
        const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(nobody[name]!));
        // Not JSON: what is let through goes no further than to here.
        const { status, body } = await api(method, target, method === 'get' ? {} : { body: '[' });
        const isRefused = status === 403 && body['code'] === 'forbidden';
        expect([role, id, isRefused]).toEqual([role, id, !held.includes(permission)]);
        expect([role, id, status === 401 || status === 429 || status >= 500]).toEqual([role, id, false]);
        if (!isRefused) reached[role].push(id);
      }
    }
    expect(reached['owner']).toEqual(operations.map(({ id }) => id));
    const lists = operations.filter(({ method }) => method === 'get').map(({ id }) => id);
    expect(reached['auditor']).toEqual(lists);
    for (const id of [
      'rotateKeys',
      'revokeKey',
      'createClient',
      'addBan',
      'createWebhook',
      'getConfiguration',
    ])
      expect(reached['support']).not.toContain(id);
    for (const id of ['listAccounts', 'disableAccount', 'listAudit', 'addBan', 'vetCustomer'])
      expect(reached['clients']).not.toContain(id);
  });

  test('a ban of a network is lifted by its range in the path', async () => {
    const api = await openApi(world, 'bans:read bans:write');
    for (const range of ['203.0.113.0/24', '2001:db8:1234::/48']) {
      expect((await api('post', '/bans', { body: { range, reason: 'guessing' } })).status).toBe(201);
      const listed = async () =>
        ((await api('get', '/bans')).body['items'] as { range: string }[]).map((ban) => ban.range);
      expect(await listed()).toContain(range);
      expect((await api('delete', `/bans/${range}`)).status).toBe(404);
      expect((await api('delete', `/bans/${encodeURIComponent(range)}`)).status).toBe(204);
      expect((await api('delete', `/bans/${encodeURIComponent(range)}`)).status).toBe(404);
      expect(await listed()).not.toContain(range);
    }
    expect((await api('delete', '/bans/203.0.113.0%2')).status).toBe(404);
  });
});
