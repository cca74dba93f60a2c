// A customer that lets support in, and an operator who goes in: what tests of support access begin with.

import type { Browser } from './browser.ts';
import { atConsole, createOperator, type TestOperator } from './console.ts';
import { act, atAccountPage, customerOf } from './members.ts';
import type { World } from './world.ts';

export const SUPPORT_PAGE = '/account/customer/support-access';
export const REASON = 'The invoice does not open';

/** A person who owns a customer, in a browser at the page where support is let in. */
export async function owner(world: World) {
  const { id, email } = await world.createAccount({ name: 'Jana Nováková' });
  const customer = await customerOf(world, id);
  return { id, email, customer, browser: await atAccountPage(world, email, SUPPORT_PAGE) };
}
export type Owner = Awaited<ReturnType<typeof owner>>;

/** Lets support in; the id of what was allowed. */
export async function allow(world: World, { id, customer, browser }: Owner): Promise<string> {
  await browser.open(`${SUPPORT_PAGE}/allow`);
  await act(browser, `${SUPPORT_PAGE}/allow`, customer.id);
  return (await world.core.supportAccess.allowances.own(customer.id, id))!.id;
}

/** An operator's browser in the account of what was allowed. */
export async function enter(world: World, operator: TestOperator, allowance: string): Promise<Browser> {
  const browser = await atConsole(world, operator, `/admin/support-access/${allowance}/enter`);
  return browser.submit({ reason: REASON });
}

/** Somebody whom a customer lets in, and who is in there. */
export async function inside(world: World) {
  const person = await owner(world);
  const allowance = await allow(world, person);
  const operator = await createOperator(world, 'support');
  return { person, allowance, operator, browser: await enter(world, operator, allowance) };
}
