// API tokens end by themselves, with whatever they depend on, and never stand for more than their person.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import { collections } from '../../src/domain/collections.ts';
import { atTheMachine } from '../../src/domain/operators/caller.ts';
import { accountIn, customerIn, inactive, judge, tokenHolder } from '../support/api-tokens.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let server: IssuedClient;
  beforeAll(async () => {
    world = await openWorld({ storage });
    server = await world.createClient({ resource_server: true });
  });
  afterAll(() => closeWorld(world, storage));
  const ask = (value: string) => judge(world, server, value);

  describe('S18: it ends by itself', () => {
    const ends: Record<string, (who: { id: string; email: string }) => Promise<unknown>> = {
      'when the person is disabled': ({ id }) =>
        world.core.accounts.change(id, () => ({ status: 'disabled' })),
      'when the account is locked by its mail': async ({ id }) => {
        const url = await world.core.endingLinks.lockUrl((await world.core.accounts.get(id))!);
        await (await world.browser().open(url)).submit();
      },
      'when the membership ends': async ({ id }) => {
        const customer = await customerIn(world, id);
        await world.store.collection(collections.members).remove(`${customer.id}:${id}`);
        await world.core.endTokensOf(id, customer.id);
      },
    };
    test.each(Object.keys(ends))('%s', async (how) => {
      const { value, ...who } = await tokenHolder(world);
      expect(await ask(value)).toMatchObject({ active: true });
      await ends[how]!(who);
      expect(await ask(value)).toEqual(inactive);
      expect(await world.core.apiTokens.list(who.id)).toEqual([]);
      // For good: not even the account coming back brings it back.
      await world.core.accounts.change(who.id, () => ({ status: 'active' }));
      expect(await ask(value)).toEqual(inactive);
    });

    test('one that is being made while the account is locked is not left behind', async () => {
      const { id } = await world.createAccount();
      const customer = await customerIn(world, id);
      const fields = {
        customerId: customer.id,
        name: 'late',
        level: 'read',
        addresses: [],
        endsAt: undefined,
      } as const;
      const making = world.core.apiTokens.create(await accountIn(world, id), fields);
      await world.core.accounts.change(id, ({ credentialVersion }) => ({
        credentialVersion: credentialVersion + 1,
      }));
      await world.core.endTokensOf(id);
      const made = await making;
      if (made.kind === 'created') expect(await ask(made.value)).toEqual(inactive);
      expect(await world.core.apiTokens.list(id)).toEqual([]);
    });
  });

  test('S17: an operator lists and revokes them, the person is told, and those of others are not there', async () => {
    const { id, email, value } = await tokenHolder(world);
    const other = await tokenHolder(world);
    const { apiTokens } = world.core.acts;
    const by = atTheMachine('eva');
    const [token] = await apiTokens.list(id);
    expect(token!.doc.name).toBe('CI');
    const [theirs] = await apiTokens.list(other.id);
    await expect(apiTokens.revoke(by, id, theirs!.id)).rejects.toThrow('no such API token');
    await apiTokens.revoke(by, id, token!.id);
    expect([await ask(value), (await ask(other.value))['active']]).toEqual([inactive, true]);
    await expect(apiTokens.revoke(by, id, token!.id)).rejects.toThrow('no such API token');
    await world.core.outbox.idle();
    const told = world.mails.filter(({ to, text }) => to === email && text.includes('was revoked'));
    expect(told).toHaveLength(1);
    const { changes } = await world.core.audit.ofAccount(id, { limit: 1 });
    expect(changes[0]).toMatchObject({ action: 'credential.api_token_revoked', by: 'operator' });
  });

  test('a token is never worth more than the role of its person', async () => {
    const { id, value } = await tokenHolder(world, { level: 'admin' });
    const customer = await customerIn(world, id);
    const members = world.store.collection(collections.members);
    for (const [role, level] of [
      ['manager', 'write'],
      ['viewer', 'read'],
      ['owner', 'admin'],
    ] as const) {
      const seen = (await members.get(`${customer.id}:${id}`))!;
      await members.replace(seen, { ...seen.doc, role });
      await world.core.revisions.announce('api-tokens');
      expect([role, (await ask(value))['level']]).toEqual([role, level]);
    }
    const seen = (await members.get(`${customer.id}:${id}`))!;
    await members.replace(seen, { ...seen.doc, role: 'viewer' });
    const fields = { customerId: customer.id, name: 'more', addresses: [], endsAt: undefined };
    expect(
      await world.core.apiTokens.create(await accountIn(world, id), { ...fields, level: 'write' }),
    ).toEqual({
      kind: 'refused',
      problem: 'level_too_high',
    });
  });
});
