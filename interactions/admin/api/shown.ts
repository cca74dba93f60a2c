// How things are shown by the operators' API: names in snake_case, as in the protocol, and nothing that is secret.

import { z } from 'zod';
import type { StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import { clientFields } from '../../../src/domain/clients/client-metadata.ts';
import type { ClientRecord } from '../../../src/domain/clients/clients.ts';
import type { Customer, Member } from '../../../src/domain/customers/customers.ts';
import type { StoredDomain } from '../../../src/domain/customers/domains.ts';
import type { OwnSession } from '../../../src/domain/sign-ins/sessions.ts';
import type { Stored } from '../../../src/ports/store.ts';
import { moment } from './operation.ts';

/** A postal address. */
export const postalAddress = z.strictObject({
  street: z.string().trim().min(1).max(200).optional(),
  city: z.string().trim().min(1).max(100).optional(),
  postal_code: z.string().trim().min(1).max(20).optional(),
  region: z.string().trim().min(1).max(100).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'must be two capitals (ISO 3166-1 alpha-2)' })
    .optional(),
});

export const accountShown = z.object({
  id: z.string(),
  login: z.string().optional().describe('The own login name; without it the e-mail is the only login name.'),
  email: z.string(),
  email_verified: z.boolean(),
  name: z.string().optional(),
  given_name: z.string().optional(),
  family_name: z.string().optional(),
  phone: z.string().optional(),
  phone_verified: z.boolean(),
  address: postalAddress.optional(),
  locale: z.enum(['cs', 'en']).optional(),
  status: z.enum(['active', 'disabled']),
  disabled_reason: z.string().optional(),
  has_password: z.boolean(),
  operator_roles: z.array(z.string()),
  created_at: moment,
  updated_at: moment,
});

export function showAccount({ id, doc }: StoredAccount): z.input<typeof accountShown> {
  const { address } = doc;
  return {
    id,
    login: doc.login,
    email: doc.email,
    email_verified: doc.emailVerified,
    name: doc.name,
    given_name: doc.givenName,
    family_name: doc.familyName,
    phone: doc.phone,
    phone_verified: doc.phoneVerified ?? false,
    address: address && {
      street: address.street,
      city: address.city,
      postal_code: address.postalCode,
      region: address.region,
      country: address.country,
    },
    locale: doc.locale,
    status: doc.status,
    disabled_reason: doc.disabledReason,
    has_password: doc.passwordHash !== undefined,
    operator_roles: [...(doc.operatorRoles ?? [])],
    created_at: doc.createdAt,
    updated_at: doc.updatedAt,
  };
}

const vettingShown = z.object({
  state: z.enum(['unvetted', 'vetted', 'refused']),
  by: z.string().optional(),
  reason: z.string().optional(),
  at: moment.optional(),
});

export const customerShown = z.object({
  id: z.string(),
  number: z.string(),
  kind: z.enum(['person', 'company']),
  name: z.string(),
  vetting: vettingShown,
  created_at: moment,
});

export const showCustomer = ({ id, doc }: Stored<Customer>): z.input<typeof customerShown> => ({
  id,
  number: doc.number,
  kind: doc.kind,
  name: doc.name,
  vetting: doc.vetting ?? { state: 'unvetted' },
  created_at: doc.createdAt,
});

export const memberShown = z.object({ account_id: z.string(), role: z.string(), since: moment });

export const showMember = ({ accountId, role, since }: Member): z.input<typeof memberShown> => ({
  account_id: accountId,
  role,
  since,
});

export const domainShown = z.object({ domain: z.string(), customer_id: z.string(), added_at: moment });

export const showDomain = ({ id, doc }: StoredDomain): z.input<typeof domainShown> => ({
  domain: id,
  customer_id: doc.customerId,
  added_at: doc.addedAt,
});

export const sessionShown = z.object({
  id: z.string(),
  signed_in_at: moment,
  used_at: moment.optional(),
  address: z.string().optional(),
  user_agent: z.string().optional(),
  amr: z.array(z.string()),
  client_ids: z.array(z.string()),
  support: z.boolean().describe('Whether it is not the person, but support in their place.'),
});

export const showSession = (session: OwnSession): z.input<typeof sessionShown> => ({
  id: session.uid,
  signed_in_at: session.signedInAt.toISOString(),
  used_at: session.device?.usedAt,
  address: session.device?.address,
  user_agent: session.device?.userAgent,
  amr: [...session.amr],
  client_ids: [...session.clientIds],
  support: session.supportUse !== undefined,
});

export const clientShown = z.object({
  ...clientFields,
  disabled: z.object({ at: moment, reason: z.string() }).optional(),
  registered: z
    .object({ policy: z.string(), token: z.string(), at: moment })
    .optional()
    .describe('Of one that registered itself: by which policy and by which initial access token.'),
  secrets: z
    .array(z.object({ created_at: moment, expires_at: moment.optional() }))
    .describe('The secrets that are valid, without themselves.'),
  read_only: z.boolean().describe('Whether it is kept in the clients file, and changed there.'),
  created_at: moment,
  updated_at: moment,
});

export const showClient = (
  { metadata, secrets, disabled, registered, createdAt, updatedAt }: ClientRecord,
  { isReadOnly = false } = {},
): z.input<typeof clientShown> => ({
  ...metadata,
  response_types: [...metadata.response_types],
  disabled,
  registered,
  secrets: secrets.map((secret) => ({ created_at: secret.createdAt, expires_at: secret.expiresAt })),
  read_only: isReadOnly,
  created_at: createdAt,
  updated_at: updatedAt,
});
