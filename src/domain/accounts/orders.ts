// First orders (S69): what a shop knows of somebody who has just ordered becomes a customer and an account, once for
// each order, and the person is mailed a login name and a link that sets the password.

import { z } from 'zod';
import type { Clock } from '../../ports/clock.ts';
import { Conflict, Stale, type Store, type Stored } from '../../ports/store.ts';
import { digest } from '../../lib/digest.ts';
import { randomDigits, timeOrderedId } from '../../lib/random.ts';
import { NameTaken, type Accounts, type StoredAccount } from './accounts.ts';
import { customerNumber, defined, personFields, sentenceOf } from './account-records.ts';
import { collections } from '../collections.ts';
import type { Customer, Customers } from '../customers/customers.ts';
import { NumberTaken, type Openings } from './openings.ts';

const someText = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most, { error: `must be at most ${most} characters` });

/** An order as it comes from outside. */
export const orderRequest = z.strictObject({
  key: someText(200),
  ...personFields,
  given_name: someText(200).optional(),
  family_name: someText(200).optional(),
  customer_number: customerNumber.optional(),
  customer_name: someText(200).optional(),
  customer_kind: z.enum(['person', 'company'], { error: 'must be person or company' }).default('person'),
  vetting: z
    .enum(['unvetted', 'vetted', 'refused'], { error: 'must be unvetted, vetted or refused' })
    .default('unvetted'),
  vetting_reason: someText(500).optional(),
});

export type OrderRequest = z.output<typeof orderRequest>;

/** Reads an order as it comes from outside. */
export function readOrder(value: unknown): { order: OrderRequest } | { problem: string } {
  const read = orderRequest.safeParse(value);
  return read.success ? { order: read.data } : { problem: sentenceOf(read.error) };
}

/** An order that was taken. `body` is the hash of all that it asked for. */
export type Order = {
  readonly body: string;
  readonly accountId: string;
  readonly customerId: string;
  readonly login: string;
  readonly state: 'opening' | 'mailing' | 'done';
  /** ISO 8601, UTC; of the last change of state. */
  readonly since: string;
};

export type OpenedOrder = { readonly account: StoredAccount; readonly customer: Stored<Customer> };

/** The key belongs to an order that asked for something else. */
export class OrderDiffers extends Error {
  override readonly name = 'OrderDiffers';
  constructor() {
    super('an order of this key has been taken, and asked for something else');
  }
}

/** Whoever is at mailing may have ended halfway: after so long another one does it. */
const MAILING_MILLISECONDS = 60_000;
const LOGIN_ATTEMPTS = 10;

/** Orders over openings. */
export function createOrders(parts: {
  store: Store;
  clock: Clock;
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'get' | 'findByNumber'>;
  openings: Pick<Openings, 'open'>;
  mail: (account: StoredAccount) => Promise<void>;
}) {
  const { store, clock, accounts, customers, openings, mail } = parts;
  const orders = store.collection(collections.orders);

  /** The order as it is noted: the one of an earlier call, or a new one with the ids that it will have. */
  async function note(request: OrderRequest): Promise<Stored<Order>> {
    const id = digest(request.key);
    const now = clock.now();
    const fresh: Order = {
      body: digest(JSON.stringify(Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1)))),
      accountId: timeOrderedId(now),
      customerId: timeOrderedId(now),
      login: request.login ?? newLogin(),
      state: 'opening',
      since: now.toISOString(),
    };
    const found = (await orders.get(id)) ?? (await insertOrGet(id, fresh));
    if (found.doc.body !== fresh.body) throw new OrderDiffers();
    return found;
  }

  async function insertOrGet(id: string, fresh: Order): Promise<Stored<Order>> {
    try {
      return await orders.insert(id, fresh);
    } catch (error) {
      const other = error instanceof Conflict ? await orders.get(id) : undefined;
      if (!other) throw error;
      return other;
    }
  }

  /** Makes what the order asks for, or finds it made. A login name of our making that is taken is made anew. */
  async function carryOut(order: Stored<Order>, request: OrderRequest, by: string): Promise<Stored<Order>> {
    for (let attempt = 1, noted = order; ; attempt += 1) {
      try {
        await requireOwnNumber(noted.doc, request);
        await openings.open(openingOf(noted.doc, request, by));
        return noted;
      } catch (error) {
        const isOurs = error instanceof NameTaken && error.field === 'login' && request.login === undefined;
        if (!isOurs || attempt === LOGIN_ATTEMPTS) {
          // Nothing was made: under the same key it may be asked for again, put right.
          if (error instanceof NameTaken || error instanceof NumberTaken) await orders.remove(order.id);
          throw error;
        }
        noted = await orders.replace(noted, { ...noted.doc, login: newLogin() });
      }
    }
  }

  /** Whoever orders for the first time is no customer yet: an old number would make them owner of what is not theirs. */
  async function requireOwnNumber(
    { customerId }: Order,
    { customer_number: number }: OrderRequest,
  ): Promise<void> {
    const there = number === undefined ? undefined : await customers.findByNumber(number);
    if (there && there.id !== customerId) throw new NumberTaken();
  }

  function openingOf(order: Order, request: OrderRequest, by: string) {
    const { accountId, customerId, login } = order;
    const reason = request.vetting_reason ?? `first order ${request.key}`;
    return {
      ids: { accountId, customerId },
      account: defined({
        login,
        email: request.email,
        emailVerified: false,
        name: request.name,
        givenName: request.given_name,
        familyName: request.family_name,
        phone: request.phone,
        locale: request.locale,
      }),
      customer: defined({
        kind: request.customer_kind,
        name: request.customer_name,
        number: request.customer_number,
        vetting: { state: request.vetting, by, reason, at: order.since },
      }),
    };
  }

  /** Mails the access data, unless somebody has or is just doing it. */
  async function tell(order: Stored<Order>, account: StoredAccount): Promise<void> {
    const now = clock.now();
    const { state, since } = order.doc;
    const isUnderWay = state === 'mailing' && now.getTime() - Date.parse(since) < MAILING_MILLISECONDS;
    if (state === 'done' || isUnderWay) return;
    try {
      const mailing = await orders.replace(order, {
        ...order.doc,
        state: 'mailing',
        since: now.toISOString(),
      });
      await mail(account);
      await orders.replace(mailing, { ...mailing.doc, state: 'done', since: clock.now().toISOString() });
    } catch (error) {
      // Another call of the same order was quicker.
      if (!(error instanceof Stale)) throw error;
    }
  }

  return {
    /**
     * Opens an order. The same key and the same order again give the same customer and account, and no second mail;
     * another order under the key rejects with `OrderDiffers`, a taken e-mail address or login with `NameTaken`, a taken
     * number with `NumberTaken`. `by` is who asks.
     */
    async open(request: OrderRequest, by: string): Promise<OpenedOrder> {
      const noted = await note(request);
      const order = noted.doc.state === 'opening' ? await carryOut(noted, request, by) : noted;
      const [account, customer] = await Promise.all([
        accounts.get(order.doc.accountId),
        customers.get(order.doc.customerId),
      ]);
      if (!account || !customer) throw new Error(`order ${order.id}: what it opened is gone`);
      await tell(order, account);
      return { account, customer };
    },
  };
}

export type Orders = ReturnType<typeof createOrders>;

const newLogin = (): string => `u${randomDigits(8)}`;
