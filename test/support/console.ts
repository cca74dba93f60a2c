// Operators for tests, and the way into the console.

import type { OperatorRole } from '../../src/domain/operators/permissions.ts';
import type { Browser } from './browser.ts';
import { appCode, turnOnTotp } from './second-factor.ts';
import { PASSWORD, type World } from './world.ts';

export type TestOperator = { readonly id: string; readonly email: string; readonly key: string };

/** An operator with a second factor. */
export async function createOperator(world: World, ...roles: readonly OperatorRole[]): Promise<TestOperator> {
  const { id, email } = await world.createAccount({ name: 'Ota Operátor' });
  for (const role of roles) await world.core.operators.grant({ kind: 'system' }, id, role);
  const { key } = await turnOnTotp(world.core, id);
  return { id, email, key };
}

/** Signs an operator in to the console with both factors, to a page of it. */
export async function atConsole(
  world: World,
  { email, key }: TestOperator,
  path = '/admin',
  browser = world.browser(),
): Promise<Browser> {
  await browser.open(path);
  await browser.submit({ login: email, password: PASSWORD });
  return browser.submit({ code: appCode(key, world.core.clock.now()) });
}
