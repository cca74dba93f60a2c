// What acts of people and staff stand on in a world where a process can die: people, staff, and what was mailed to whom.

import type { StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { AuditAction } from '../../src/domain/audit/audit-actions.ts';
import type { Caller } from '../../src/domain/operators/caller.ts';
import { permissions } from '../../src/domain/operators/permissions.ts';
import type { Core } from '../../src/core.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import type { World } from './world.ts';

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

/** `mails` are those of every process; `moveTo` lets the clock go on. */
export function createMortalGround(parts: {
  world: World;
  mails: () => readonly Mail[];
  moveTo: (time: number) => void;
}) {
  const { world, mails } = parts;
  let people = 0;

  async function person(fields: { phone?: string } = {}): Promise<StoredAccount> {
    const email = `mortal${(people += 1)}@example.cz`;
    const account = await world.core.accounts.create({
      email,
      emailVerified: true,
      name: 'Jana Nováková',
      ...(fields.phone === undefined ? {} : { phone: fields.phone, phoneVerified: true }),
    });
    await world.core.customers.createOwnedBy(account.id, { kind: 'person', name: 'Jana Nováková' });
    return account;
  }
  const textTo = (email: string): string => {
    const all = mails().filter(({ to }) => to === email);
    return all.map(({ subject, text }) => `${subject}\n${text}`).join('\n');
  };
  return {
    ...parts,
    person,
    /** An address that nobody has. */
    newAddress: (): string => `moved${(people += 1)}@example.org`,
    accountOf: async ({ id }: { id: string }): Promise<StoredAccount> => (await world.core.accounts.get(id))!,
    operator: async (): Promise<Caller & { id: string }> => {
      const { id } = await person();
      await world.core.operators.grant({ kind: 'system' }, id, 'support');
      return { id, actor: { kind: 'operator', accountId: id }, permissions: new Set(permissions) };
    },
    textTo,
    secretIn: (email: string, kind: string): string =>
      new RegExp(`/${kind}/([\\w-]{43})`).exec(textTo(email))?.[1] ?? '',
  };
}

export type MortalGround = ReturnType<typeof createMortalGround>;
