// Acts on customers and their members that can be cut off, for crashes.test.ts.

import { expect } from 'vitest';
import { engineCollections } from '../../src/domain/collections.ts';
import { addMember, customerOf } from './members.ts';
import type { MortalAct, MortalGround } from './mortal-ground.ts';

/** The acts, each made anew whenever it is asked for. */
export function mortalCustomerActs({ world, person, accountOf, operator, textTo }: MortalGround) {
  return {
    async 'support access ends'() {
      const owner = await person();
      const customer = await customerOf(world, owner.id);
      const { supportAccess } = world.core;
      await supportAccess.allow(customer.id, owner);
      const allowance = (await supportAccess.allowances.own(customer.id, owner.id))!;
      const by = await operator();
      const sessions = world.store.collection(engineCollections.Session);
      await sessions.insert(`at the console ${by.id}`, { uid: `of ${by.id}`, accountId: by.id });
      const entrant = { operatorId: by.id, operatorSession: `of ${by.id}` };
      const entered = await supportAccess.enter(allowance.id, entrant, 'The invoice does not open');
      expect(entered.kind).toBe('entered');
      const { id: use } = (await supportAccess.uses.stored({ key: 'allowanceId', value: allowance.id }))[0]!;
      const isGone = (find: Promise<unknown>) => find.then((found) => found === undefined);
      return {
        act: (core) => core.supportAccess.end(customer.id, allowance.id, owner),
        done: [
          {
            is: () => isGone(supportAccess.allowances.get(allowance.id)),
            action: ['support_access.ended'],
            isTold: () => textTo(owner.doc.email).includes('no longer allowed'),
          },
          {
            is: () => isGone(supportAccess.uses.find(use)),
            action: ['support_access.left'],
            isTold: () => textTo(owner.doc.email).includes('Support has left'),
          },
        ],
      };
    },

    async 'an invitation is taken'() {
      const [boss, guest] = [await person(), await person()];
      const customer = await customerOf(world, boss.id);
      const inviter = { account: boss, locale: 'en', address: undefined } as const;
      const { email } = guest.doc;
      await world.core.customerRules.membership.invite(customer.id, { email, role: 'viewer' }, inviter);
      const [invitation] = await world.core.customerRules.invitations.list(customer.id);
      return {
        act: (core) => core.customerRules.membership.accept(invitation!.id, guest),
        done: [
          {
            is: async () =>
              (await world.core.customerRules.members.get(customer.id, guest.id))?.status !== 'disabled' &&
              (await world.core.customerRules.members.get(customer.id, guest.id)) !== undefined,
            action: ['member.joined'],
            isTold: () => textTo(boss.doc.email).includes('has accepted an invitation'),
          },
        ],
      };
    },

    async 'a member is disabled'() {
      const [boss, member] = [await person(), await person()];
      const customer = await customerOf(world, boss.id);
      await addMember(world, customer.id, member.id, 'viewer');
      const doer = { actor: { kind: 'person', accountId: boss.id }, name: 'Boss' } as const;
      return {
        act: (core) => core.customerRules.membership.setStatus(customer.id, member.id, 'disabled', doer),
        done: [
          {
            is: async () =>
              (await world.core.customerRules.members.get(customer.id, member.id))?.status === 'disabled',
            action: ['member.disabled'],
            isTold: () => textTo(member.doc.email).includes('A member was disabled'),
          },
        ],
      };
    },

    async 'a customer is closed'() {
      const owner = await person();
      const customer = await customerOf(world, owner.id);
      const by = await operator();
      const { closings } = world.core.customerRules;
      await closings.request(customer.id, owner);
      await closings.check(customer.id, { actor: by.actor, name: 'Eva' });
      return {
        act: (core) => core.acts.closings.close(by, customer.doc.number),
        done: [
          {
            is: async () => (await closings.get(customer.id))?.state === 'closed',
            action: ['closing.closed'],
            isTold: () => textTo(owner.doc.email).includes('This customer is closed.'),
          },
          { is: async () => (await accountOf(owner)).doc.status === 'disabled' },
        ],
      };
    },

    async 'a role is changed'() {
      const [boss, member] = [await person(), await person()];
      const customer = await customerOf(world, boss.id);
      await addMember(world, customer.id, member.id, 'viewer');
      const doer = { actor: { kind: 'person', accountId: boss.id }, name: 'Boss' } as const;
      const memberOf = () => world.core.customerRules.members.get(customer.id, member.id);
      return {
        act: (core) => core.customerRules.membership.changeRole(customer.id, member.id, 'owner', doer),
        done: [
          {
            is: async () => (await memberOf())?.role === 'owner',
            action: ['member.role_changed'],
            isTold: () => textTo(boss.doc.email).includes('role'),
          },
        ],
      };
    },

    async 'a closing is asked for'() {
      const owner = await person();
      const customer = await customerOf(world, owner.id);
      const { closings } = world.core.customerRules;
      return {
        act: (core) => core.customerRules.closings.request(customer.id, owner),
        done: [
          {
            is: async () => (await closings.get(customer.id)) !== undefined,
            action: ['closing.requested'],
            isTold: () => textTo(owner.doc.email) !== '',
          },
        ],
      };
    },
  } satisfies Record<string, () => Promise<MortalAct>>;
}
