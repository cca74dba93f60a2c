// MojeID by CZ.NIC: how its claims are called and read. Everything else of it is OpenID Connect.

import type { Upstream, UpstreamAddress, UpstreamProfile } from '../../src/ports/upstream.ts';
import { addressOf, given, nameOf, shortOf, standardProfile, textOf, type Claims } from './claims.ts';
import { createOidcUpstream, type OidcUpstreamOptions } from './oidc.ts';

const PARTS = ['street', 'street2', 'street3', 'city', 'state', 'postal_code', 'country'] as const;

/** MojeID over OpenID Connect. */
export const createMojeid = (options: OidcUpstreamOptions): Upstream =>
  createOidcUpstream(options, { readProfile: mojeidProfile });

/** What MojeID says of a person. `address` is where mail goes; the seat of a company is where its invoices go. */
export function mojeidProfile(claims: Claims): UpstreamProfile {
  const standard = standardProfile(claims);
  const username = shortOf(claims['mojeid_username']) ?? standard.username;
  const company = companyOf(claims);
  const seat = wholeOrParts(claims, 'mojeid_address_def');
  const address = standard.address ?? wholeOrParts(claims, 'mojeid_address_mail') ?? seat;
  const billingAddress =
    wholeOrParts(claims, 'mojeid_address_bill') ?? (company === undefined ? undefined : seat);
  return { ...standard, ...given({ username, company, address, billingAddress }) };
}

/** `mojeid_ident_vat` is the IČO, `mojeid_vat` the DIČ; a user name or an address makes nobody a company. */
function companyOf(claims: Claims): UpstreamProfile['company'] {
  const ico = textOf(claims['mojeid_ident_vat'], 20)?.replaceAll(' ', '');
  const dic = textOf(claims['mojeid_vat'], 20)?.replaceAll(' ', '').toUpperCase();
  const company = given({
    name: nameOf(claims['mojeid_organization']),
    // Written with or without its leading zeros.
    ico: ico !== undefined && /^\d{6,8}$/.test(ico) ? ico.padStart(8, '0') : undefined,
    dic: dic !== undefined && /^[A-Z]{2}[A-Z0-9]{2,13}$/.test(dic) ? dic : undefined,
  });
  return Object.keys(company).length > 0 ? company : undefined;
}

/** An address that comes whole (an object, or JSON in a text), or in claims of its own for each part. */
function wholeOrParts(claims: Claims, name: string): UpstreamAddress | undefined {
  return (
    addressOf(claims[name]) ??
    addressOf(Object.fromEntries(PARTS.map((part) => [part, claims[`${name}_${part}`]])))
  );
}
