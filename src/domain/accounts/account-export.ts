// Everything that belongs to a person, as one document. Fields are named one by one, so that a secret can only get in
// here on purpose.

import { inSnakeCase } from '../../lib/snake-case.ts';
import type { ApiTokens } from '../api-tokens/api-tokens.ts';
import type { Audit } from '../audit/audit.ts';
import type { GrantedClients } from '../clients/granted-clients.ts';
import type { Customers } from '../customers/customers.ts';
import type { Links } from '../federation/links.ts';
import type { Passkeys } from '../factors/passkeys.ts';
import type { PublicKeys } from '../public-keys/public-keys.ts';
import type { AddressLists } from '../sign-ins/address-lists.ts';
import type { Browsers } from '../sign-ins/browsers.ts';
import type { History } from '../sign-ins/history.ts';
import type { Sessions } from '../sign-ins/sessions.ts';
import type { Sightings } from '../sign-ins/sightings.ts';
import type { SupportRequests } from '../support/support-requests.ts';
import type { Account, Accounts } from './accounts.ts';
import type { EmailChanges } from './email-changes.ts';

const PAGE = 500;
/** Enough for years; a file of hundreds of megabytes helps nobody. */
const MOST_ROWS = 20_000;

const accountOf = (doc: Account) => ({
  login: doc.login,
  email: doc.email,
  email_verified: doc.emailVerified,
  name: doc.name,
  given_name: doc.givenName,
  family_name: doc.familyName,
  phone: doc.phone,
  phone_verified: doc.phoneVerified,
  contacts_by_staff: doc.contactsByStaff,
  address: doc.address,
  locale: doc.locale,
  has_password: doc.passwordHash !== undefined,
  password_off: doc.passwordOff,
  /** Which items were taken over from an upstream, and when. */
  sources: doc.sources,
  operator_roles: doc.operatorRoles,
  sign_in_mail: doc.signInMail,
  confirm_sign_in: doc.confirmSignIn,
  reset_forbidden: doc.resetForbidden,
  agreements: doc.agreements,
  status: doc.status,
  created_at: doc.createdAt,
  updated_at: doc.updatedAt,
});

/** Reads page after page. */
async function readAll<T>(
  next: (after: string | undefined) => Promise<{ rows: readonly T[]; older?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = [];
  let after: string | undefined;
  do {
    const { rows, older } = await next(after);
    all.push(...rows);
    after = older;
  } while (after !== undefined && all.length < MOST_ROWS);
  return all;
}

/** Gathers the document. */
export function createAccountExport(parts: {
  accounts: Pick<Accounts, 'get'>;
  customers: Pick<Customers, 'ofAccount'>;
  sessions: Pick<Sessions, 'list'>;
  history: Pick<History, 'list'>;
  addressLists: Pick<AddressLists, 'list'>;
  passkeys: Pick<Passkeys, 'list'>;
  identityLinks: Pick<Links, 'ofAccount'>;
  emailChanges: Pick<EmailChanges, 'pending'>;
  browsers: Pick<Browsers, 'list'>;
  sightings: Pick<Sightings, 'list'>;
  isTotpOn: (accountId: string) => Promise<boolean>;
  apiTokens: Pick<ApiTokens, 'list'>;
  publicKeys: Pick<PublicKeys, 'list'>;
  grantedClients: Pick<GrantedClients, 'list'>;
  supportRequests: Pick<SupportRequests, 'ofAccount'>;
  audit: Pick<Audit, 'ofAccount'>;
}) {
  const { customers, sessions, history, addressLists, passkeys, apiTokens, publicKeys, audit } = parts;
  const { identityLinks, emailChanges, browsers, sightings } = parts;

  /** What opens the account, without what opens it. */
  const accessOf = async (accountId: string) => ({
    authenticator_app: await parts.isTotpOn(accountId),
    passkeys: (await passkeys.list(accountId)).map(({ doc }) => ({
      name: doc.name,
      created_at: doc.createdAt,
      last_used_at: doc.lastUsedAt,
    })),
    linked_identities: (await identityLinks.ofAccount(accountId)).map(({ doc }) => ({
      upstream: doc.upstream,
      issuer: doc.issuer,
      subject: doc.subject,
      user_name: doc.username,
      level: doc.acr,
      linked_at: doc.linkedAt,
      last_sign_in_at: doc.lastSignInAt,
    })),
    trusted_addresses: await addressLists.list(accountId),
    api_tokens: (await apiTokens.list(accountId)).map(({ id, doc }) => ({
      id,
      name: doc.name,
      level: doc.level,
      customer_id: doc.customerId,
      addresses: doc.addresses,
      created_at: doc.createdAt,
      ends_at: doc.endsAt,
      last_used_at: doc.lastUsedAt,
      last_used_from: doc.lastUsedFrom,
    })),
    public_keys: (await publicKeys.list(accountId)).map(({ doc }) => ({
      name: doc.name,
      kind: doc.kind,
      fingerprint: doc.fingerprint,
      key: doc.text,
      comment: doc.comment,
      user_ids: doc.userIds,
      created_at: doc.createdAt,
    })),
  });

  const activityOf = async (accountId: string) => ({
    sessions: (await sessions.list(accountId)).map(({ signedInAt, device, clientIds, supportUse }) => ({
      signed_in_at: signedInAt.toISOString(),
      used_at: device?.usedAt,
      address: device?.address,
      user_agent: device?.userAgent,
      applications: clientIds,
      is_support: supportUse === undefined ? undefined : true,
    })),
    // Kept as digests of what they are: only when they were first seen can be told.
    known_browsers: await browsers.list(accountId),
    known_places: await sightings.list(accountId),
    applications: (await parts.grantedClients.list(accountId)).map((one) => ({
      client_id: one.clientId,
      name: one.metadata.client_name,
      scopes: one.scopes,
      claims: one.claims,
      resources: one.resources,
      last_at: one.lastAt,
    })),
    sign_in_history: await readAll(async (after) => {
      const { entries, older } = await history.list(accountId, { after, limit: PAGE });
      const rows = entries.map(({ doc }) => ({
        at: doc.at,
        result: doc.result,
        reason: doc.reason ?? doc.supportReason,
        address: doc.address,
        network: doc.network,
        user_agent: doc.userAgent,
        application: doc.clientName,
        methods: doc.methods,
      }));
      return { rows, older };
    }),
    changes: await readAll(async (after) => {
      const { changes, older } = await audit.ofAccount(accountId, { after, limit: PAGE });
      return { rows: changes, older };
    }),
    support_requests: (await parts.supportRequests.ofAccount(accountId)).map(({ doc }) => ({
      at: doc.at,
      state: doc.state,
      subject: doc.subject,
      text: doc.text,
      contact: doc.contact,
      email: doc.email,
      service: doc.service,
      address: doc.address,
      closed_at: doc.closedAt,
      server: doc.server?.name,
      server_access: doc.server?.access,
      has_server_password: doc.sealedPassword === undefined ? undefined : true,
      messages: doc.messages,
    })),
  });

  /** The document of an account, its fields in `snake_case` throughout; rejects when there is none. */
  return async function exportOf(accountId: string): Promise<Readonly<Record<string, unknown>>> {
    const account = await parts.accounts.get(accountId);
    if (!account) throw new TypeError(`no account ${accountId}`);
    return inSnakeCase({
      account: {
        id: account.id,
        ...accountOf(account.doc),
        email_to_be: await emailChanges.pending(account),
      },
      customers: (await customers.ofAccount(accountId)).map(({ customer, role }) => ({
        id: customer.id,
        number: customer.doc.number,
        name: customer.doc.name,
        kind: customer.doc.kind,
        role,
      })),
      ...(await accessOf(accountId)),
      ...(await activityOf(accountId)),
    }) as Readonly<Record<string, unknown>>;
  };
}

export type AccountExport = ReturnType<typeof createAccountExport>;
