// Acts that a process can die in, for crashes.test.ts: what comes before each, the act itself, and what must be told of
// whatever it has come to.

import { expect } from 'vitest';
import type { StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { AuditAction } from '../../src/domain/audit/audit-actions.ts';
import { engineCollections } from '../../src/domain/collections.ts';
import type { Caller } from '../../src/domain/operators/caller.ts';
import { permissions } from '../../src/domain/operators/permissions.ts';
import type { Core } from '../../src/core.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import { addMember, customerOf } from './members.ts';
import { turnOnTotp } from './second-factor.ts';
import type { World } from './world.ts';

const FROM = { address: '192.0.2.7', userAgent: '' };
const REASON = 'identity card seen at the counter';

/** Something that can be cut off. */
export type MortalAct = {
  /** In the process that may die. */
  act: (core: Core) => Promise<unknown>;
  /** What it has come to, each with what must be told and ended then: an entry of the audit log, and a letter. */
  done: {
    is: () => Promise<boolean>;
    action?: readonly AuditAction[];
    isTold?: () => boolean | Promise<boolean>;
  }[];
};

/** The acts in a world, each made anew whenever it is asked for. `mails` are those of every process. */
export function mortalActs(parts: {
  world: World;
  mails: () => readonly Mail[];
  moveTo: (time: number) => void;
}) {
  const { world, mails, moveTo } = parts;
  let people = 0;

  async function person(): Promise<StoredAccount> {
    const email = `mortal${(people += 1)}@example.cz`;
    const account = await world.core.accounts.create({ email, emailVerified: true, name: 'Jana Nováková' });
    await world.core.customers.createOwnedBy(account.id, { kind: 'person', name: 'Jana Nováková' });
    return account;
  }
  const accountOf = async ({ id }: { id: string }) => (await world.core.accounts.get(id))!;
  const operator = async (): Promise<Caller & { id: string }> => {
    const { id } = await person();
    await world.core.operators.grant({ kind: 'system' }, id, 'support');
    return { id, actor: { kind: 'operator', accountId: id }, permissions: new Set(permissions) };
  };
  const textTo = (email: string) => {
    const all = mails().filter(({ to }) => to === email);
    return all.map(({ subject, text }) => `${subject}\n${text}`).join('\n');
  };
  const secretIn = (email: string, kind: string) =>
    new RegExp(`/${kind}/([\\w-]{43})`).exec(textTo(email))?.[1] ?? '';

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

    async 'an address moves'() {
      const owner = await person();
      const to = `moved${people}@example.org`;
      await world.core.emailChanges.ask(owner, to);
      await world.core.outbox.idle();
      const secret = secretIn(to, 'change-email');
      return {
        act: (core) => core.emailChanges.confirm(secret, FROM),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.email === to,
            action: ['credential.email_changed'],
            isTold: () => textTo(owner.doc.email).includes('/undo-email/'),
          },
        ],
      };
    },

    async 'a move of an address is undone'() {
      const owner = await person();
      const to = `moved${people}@example.org`;
      await world.core.emailChanges.ask(owner, to);
      await world.core.outbox.idle();
      await world.core.emailChanges.confirm(secretIn(to, 'change-email'), FROM);
      await world.core.outbox.idle();
      const secret = secretIn(owner.doc.email, 'undo-email');
      return {
        act: (core) => core.emailChanges.undo(secret, FROM),
        done: [
          {
            // There is no second link: once it is used, the address is back.
            is: async () => (await world.core.emailChanges.peekUndo(secret)) === undefined,
            action: ['credential.email_restored'],
            isTold: async () =>
              (await accountOf(owner)).doc.email === owner.doc.email &&
              textTo(owner.doc.email).includes('the security of your account changed'),
          },
        ],
      };
    },

    async 'a password is set by a mailed link'() {
      const owner = await person();
      await world.core.setPassword.mail(owner);
      await world.core.outbox.idle();
      const secret = secretIn(owner.doc.email, 'set-password');
      const password = 'a long and rather new one';
      return {
        act: (core) => core.setPassword.use(secret, password, password, 'a browser'),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.passwordHash !== undefined,
            action: ['credential.password_set'],
            isTold: () => textTo(owner.doc.email).includes('password of your account was changed'),
          },
        ],
      };
    },

    async 'an account is locked by a mailed link'() {
      const owner = await person();
      const { secret } = await world.core.links.issue('not-me', owner);
      const added = await world.core.addressLists.add(owner.id, { range: '31.15.10.7' });
      expect(added.kind).toBe('added');
      return {
        act: (core) => core.mailedEndings.lock(secret),
        done: [
          {
            is: async () => (await accountOf(owner)).doc.credentialVersion > owner.doc.credentialVersion,
            action: ['account.locked'],
            isTold: async () =>
              textTo(owner.doc.email).includes('/set-password/') &&
              (await world.core.addressLists.list(owner.id)).length === 0,
          },
          {
            // A link that is used up has locked.
            is: async () => !(await world.core.mailedEndings.isGood('not-me', secret)),
            isTold: async () => (await accountOf(owner)).doc.credentialVersion > owner.doc.credentialVersion,
          },
        ],
      };
    },

    async 'everything is signed out by a mailed link'() {
      const owner = await person();
      const { secret } = await world.core.links.issue('logout-all', owner);
      const sessions = world.store.collection(engineCollections.Session);
      await sessions.insert(`of ${owner.id}`, { uid: `of ${owner.id}`, accountId: owner.id });
      const isTold = async () => (await sessions.get(`of ${owner.id}`)) === undefined;
      const is = async () => !(await world.core.mailedEndings.isGood('logout-all', secret));
      return {
        act: (core) => core.mailedEndings.logOut(secret),
        done: [{ is, action: ['account.signed_out_everywhere'], isTold }],
      };
    },

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
