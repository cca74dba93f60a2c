// What relying parties learn of an account, by scope (OpenID Connect Core §5.1, §5.4) and by our `customer` scope.

import type { AccountClaims } from 'oidc-provider';
import { displayName, type Account, type PostalAddress } from '../domain/accounts/accounts.ts';
import type { Acting } from '../domain/customers/chosen-customer.ts';

/** Which claims each scope carries. */
export const claimsByScope = {
  openid: ['sub'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
  ssh_keys: ['ssh_keys'],
  customer: ['customer_id', 'customer_number', 'customer_name', 'customer_role', 'customer_vetting'],
} as const;

/** All scopes about a person; any other belongs to a resource server. */
export const identityScopes: ReadonlySet<string> = new Set([...Object.keys(claimsByScope), 'offline_access']);

/** The claims of an account that acts for a customer, or for none; those that nothing is known of are absent. */
export function claimsOf(
  accountId: string,
  account: Account,
  acting: Acting | undefined,
  /** Who acts in their place (RFC 8693 §4.1). */
  act?: { readonly sub: string },
): AccountClaims {
  const claims: Record<string, unknown> = {
    sub: accountId,
    name: displayName(account),
    given_name: account.givenName,
    family_name: account.familyName,
    preferred_username: account.login ?? account.email,
    locale: account.locale,
    updated_at: Math.floor(Date.parse(account.updatedAt) / 1000),
    email: account.email,
    email_verified: account.emailVerified,
    phone_number: account.phone,
    phone_number_verified: account.phone === undefined ? undefined : (account.phoneVerified ?? false),
    address: account.address && addressClaim(account.address),
    ...(acting ? customerClaims(acting) : {}),
    act,
  };
  const known: Record<string, unknown> = {};
  for (const name in claims) if (claims[name] !== undefined) known[name] = claims[name];
  return known as AccountClaims;
}

function customerClaims({ customer, role }: Acting): Record<string, string> {
  return {
    customer_id: customer.id,
    customer_number: customer.doc.number,
    customer_name: customer.doc.name,
    customer_role: role,
    customer_vetting: customer.doc.vetting?.state ?? 'unvetted',
  };
}

/** OpenID Connect Core §5.1.1. */
function addressClaim(address: PostalAddress): Record<string, string> {
  const fields = {
    street_address: address.street,
    locality: address.city,
    postal_code: address.postalCode,
    region: address.region,
    country: address.country,
  };
  const known = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const lines = [
    address.street,
    [address.postalCode, address.city].filter(Boolean).join(' '),
    address.country,
  ];
  return { formatted: lines.filter(Boolean).join('\n'), ...Object.fromEntries(known) };
}
