// For whom a person acts at a client. A grant is bound to one customer for its life, and with it every code and token
// that hangs on it: whoever acts for another customer gets another grant, and the one before it ends.

import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type Engine from 'oidc-provider';
import type { Acting, ChosenCustomer } from '../domain/customers/chosen-customer.ts';
import type { Consented } from '../domain/clients/consents.ts';

import { markOfSession } from './support-mark.ts';

type Payload = { IN_PAYLOAD: string[] };
type Bound = { readonly customerId?: string };

/** The parameter by which a client asks for one of the person's customers, by its number. */
export const CUSTOMER_PARAMETER = 'customer';

/** Makes the engine keep the customer with every grant. */
export function rememberCustomers(provider: Engine): void {
  const Grant = provider.Grant as unknown as Payload;
  const fields = [...Grant.IN_PAYLOAD, 'customerId'];
  Object.defineProperty(Grant, 'IN_PAYLOAD', { get: () => fields });
}

/** The customer that a grant is bound to. */
export function customerOf(grant: object | undefined): string | undefined {
  const bound: Bound | undefined = grant;
  return bound?.customerId;
}

/** Binds a grant that is yet to be saved. */
export function bindToCustomer(grant: object, customerId: string): void {
  (grant as { customerId?: string }).customerId = customerId;
}

/** Refuses what can be no customer number; whose it is comes to light once the person is known. */
export function checkCustomerParameter(_ctx: KoaContextWithOIDC, value: string | undefined): void {
  if (value !== undefined && !/^\d{1,20}$/.test(value))
    throw new errors.InvalidRequest('customer must be a customer number');
}

const wantsCustomer = ({ scopes, claims }: Consented): boolean =>
  scopes.includes('customer') || claims.some((claim) => claim.startsWith('customer_'));

/**
 * The customer that a request is for: the one that it names, else the one chosen in the session; `undefined` when it
 * asks for nothing of a customer. Throws `access_denied` when the named one is not among the person's own: there is no
 * such customer for them, whether or not there is one for others.
 */
export function createCustomerFinder(chosenCustomer: ChosenCustomer) {
  return async function findCustomer(
    { oidc }: KoaContextWithOIDC,
    asked: Consented,
  ): Promise<Acting | undefined> {
    const accountId = oidc.account!.accountId;
    const mark = markOfSession(oidc.session);
    const number = oidc.params?.[CUSTOMER_PARAMETER];
    if (typeof number === 'string') {
      const acting = await chosenCustomer.forNumber(accountId, number);
      const isForbidden = mark !== undefined && acting?.customer.id !== mark.customerId;
      if (!acting || isForbidden) throw new errors.AccessDenied('the person does not act for this customer');
      return acting;
    }
    // Whatever support is given is for the customer that let it in.
    if (mark) return chosenCustomer.forCustomer(accountId, mark.customerId);
    return wantsCustomer(asked) ? chosenCustomer.inSession(accountId, oidc.session?.uid) : undefined;
  };
}
