// Acts of operators that can be cut off, for crashes.test.ts.

import { turnOnTotp } from './second-factor.ts';
import type { MortalAct, MortalGround } from './mortal-ground.ts';

const REASON = 'identity card seen at the counter';

/** The acts, each made anew whenever it is asked for. */
export function mortalOperatorActs({ world, person, accountOf, operator, textTo, moveTo }: MortalGround) {
  return {
    async 'an operator changes a number'() {
      const owner = await person();
      const by = await operator();
      const phone = '+420601999888';
      return {
        act: (core) => core.acts.accounts.change(by, owner.id, { phone }),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.phone === phone,
            action: ['account.changed', 'operator.act_interrupted'],
            isTold: () => textTo(owner.doc.email).includes('the security of your account changed'),
          },
        ],
      };
    },

    async 'a role is given'() {
      const by = await operator();
      const colleague = await person();
      return {
        act: (core) => core.operators.grant(by.actor, colleague.id, 'auditor'),
        done: [
          {
            is: async () => ((await accountOf(colleague)).doc.operatorRoles ?? []).length > 0,
            action: ['operator.role_granted', 'operator.act_interrupted'],
          },
        ],
      };
    },

    async 'the removal of a second factor is approved'() {
      const owner = await person();
      await turnOnTotp(world.core, owner.id);
      const [one, other] = [await operator(), await operator()];
      const { totpRemovals } = world.core.acts;
      await totpRemovals.request(one, owner.id, REASON);
      await world.core.outbox.idle();
      const letters = () => textTo(owner.doc.email).split('/keep-second-factor/').length - 1;
      const before = letters();
      return {
        act: (core) => core.acts.totpRemovals.approve(other, owner.id),
        done: [
          {
            is: async () => (await totpRemovals.get(owner.id))?.state === 'waiting',
            action: ['totp_removal.approved', 'operator.act_interrupted'],
            // Whom it is about could not stop it otherwise.
            isTold: () => letters() > before,
          },
        ],
      };
    },

    async 'a second factor is removed'() {
      const owner = await person();
      await turnOnTotp(world.core, owner.id);
      const [one, other] = [await operator(), await operator()];
      await world.core.acts.totpRemovals.request(one, owner.id, REASON);
      await world.core.acts.totpRemovals.approve(other, owner.id);
      const due = Date.parse((await world.core.acts.totpRemovals.get(owner.id))!.dueAt!);
      moveTo(due + 1);
      return {
        act: (core) => core.acts.totpRemovals.carryOutDue(),
        done: [
          {
            is: async () => !(await world.core.totp.isOn(owner.id)),
            action: ['credential.totp_off_by_support'],
            isTold: () => textTo(owner.doc.email).includes('the security of your account changed'),
          },
          {
            is: async () => (await world.core.acts.totpRemovals.get(owner.id))?.state === 'done',
            action: ['totp_removal.done'],
          },
        ],
      };
    },
  } satisfies Record<string, () => Promise<MortalAct>>;
}
