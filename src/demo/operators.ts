// The demo's operators, and the authenticator apps that they would have on their phones: the keys live in this process
// alone and are made anew at each start.

import { NameTaken } from '../domain/accounts/accounts.ts';
import { STEP_SECONDS, stepOf, timeCodes } from '../domain/factors/time-codes.ts';
import type { OperatorRole } from '../domain/operators/permissions.ts';
import type { Core } from '../core.ts';
import type { DemoHash } from './seed.ts';

export const demoOperators = [
  {
    login: 'petra',
    email: 'petra.dvorakova@hoster.example',
    name: 'Petra Dvořáková',
    role: 'owner',
    phone: '+420602000001',
    locale: 'cs',
  },
  {
    login: 'sam',
    email: 'sam.keeper@hoster.example',
    name: 'Sam Keeper',
    role: 'support',
    phone: '+420602000002',
    locale: 'en',
  },
] as const satisfies readonly { role: OperatorRole; [field: string]: string }[];

/** What the authenticator app of an operator shows at this moment. */
export type DemoCode = {
  readonly name: string;
  readonly login: string;
  readonly code: string;
  readonly seconds: number;
};

/** Makes the demo's operators, with a second factor that is shown by `codes`. */
export async function seedOperators(core: Core, hash: DemoHash): Promise<() => Promise<DemoCode[]>> {
  const { accounts, operators, totp, clock } = core;
  const keys = new Map<string, string>();

  async function switchOn(accountId: string): Promise<string | undefined> {
    const session = `demo of ${accountId}`;
    const account = (await accounts.get(accountId))!;
    const key = await totp.begin(account, session);
    if (key === undefined) return undefined;
    const { codeAt } = await timeCodes();
    const { kind } = await totp.activate(account, session, codeAt(key, stepOf(clock.now()) - 1));
    return kind === 'active' ? key : undefined;
  }

  for (const { role, login, ...person } of demoOperators) {
    if (!(await accounts.findByIdentifier(login))) {
      const passwordHash = await hash();
      const account = { login, ...person, emailVerified: true, phoneVerified: true, passwordHash };
      await core.openings.open({ account }).catch((error: unknown) => {
        if (!(error instanceof NameTaken)) throw error;
      });
    }
    const account = (await accounts.findByIdentifier(login))!;
    await operators.grant({ kind: 'system' }, account.id, role);
    await totp.turnOff(account.id);
    // A code is of the step before, so that the one shown now is not used up. A step that ends meanwhile makes it too
    // old; another does not end within the next try.
    const key = (await switchOn(account.id)) ?? (await switchOn(account.id));
    if (key !== undefined) keys.set(login, key);
  }

  return async () => {
    const { codeAt } = await timeCodes();
    const now = clock.now();
    const seconds = STEP_SECONDS - (Math.floor(now.getTime() / 1000) % STEP_SECONDS);
    return demoOperators.flatMap(({ login, name }) => {
      const key = keys.get(login);
      return key === undefined ? [] : [{ name, login, code: codeAt(key, stepOf(now)), seconds }];
    });
  };
}
