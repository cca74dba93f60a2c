// Every kind of document that is stored, a row each: its name, and the keys it is found by.

import type { AnyShape, Shape } from '../ports/store.ts';
import type { AuditState } from './audit/audit-chain.ts';
import type { AuditEntry } from './audit/audit-entry.ts';
import type { ApiToken } from './api-tokens/api-tokens.ts';
import type { Ban } from './bans/bans.ts';
import type { StatisticBucket } from './statistics/statistics.ts';
import type { RankedNetwork } from './statistics/throttled-networks.ts';
import type { Stock } from './statistics/stock.ts';
import type { Webhook, WebhookDelivery, WebhookEvent } from './webhooks/webhooks.ts';
import type { AddressList } from './sign-ins/address-lists.ts';
import type { KnownBrowser } from './sign-ins/browsers.ts';
import type { RegistrationToken } from './client-registration/registration-tokens.ts';
import type { Confirmation, ConfirmationLink } from './sign-ins/confirmations.ts';
import type { Consent } from './clients/consents.ts';
import type { Closing } from './customers/closings.ts';
import type { Contact } from './customers/contacts.ts';
import type { Invitation } from './customers/invitation-rows.ts';
import type { CustomerChoice } from './customers/chosen-customer.ts';
import type { Member } from './customers/customers.ts';
import type { DevicePolls } from './sign-ins/device-polls.ts';
import type { EmailChange } from './accounts/email-change-links.ts';
import type { Domain } from './customers/domains.ts';
import type { FailedPasswords } from './passwords/failed-passwords.ts';
import type { HistoryEntry } from './sign-ins/history.ts';
import type { IdempotencyKey } from './operators/idempotency.ts';
import type { KeptAnswer } from './kept-answers.ts';
import type { Lease } from './lease.ts';
import type { Link } from './federation/links.ts';
import type { MigratedName } from './accounts/lazy-migration.ts';
import type { SchemaState } from './migrate.ts';
import type { OneTimeLink } from './one-time-links.ts';
import type { GivenProof } from './operators/fresh-proofs.ts';
import type { OperatorEntry } from './operators/operators.ts';
import type { OpeningPlans } from './accounts/openings.ts';
import type { Order } from './accounts/orders.ts';
import type { OutboxPayload } from './messages/outbox.ts';
import type { OutboxKey, OutboxRow } from './messages/outbox-rows.ts';
import type { Passkey } from './factors/passkeys.ts';
import type { PhoneCode } from './factors/phone-codes.ts';
import type { UsedProof } from './limits/proof-of-work.ts';
import type { PublicKey } from './public-keys/public-keys.ts';
import type { RateBucket } from './limits/rates.ts';
import type { Quota } from './limits/quotas.ts';
import type { Registration } from './registration/stored-registration.ts';
import type { Counter, Revision } from './revisions.ts';
import type { AccountKey, AccountRow, CustomerKey, CustomerRow } from './search/search-keys.ts';
import type { ClientKey, ClientRow } from './search/client-keys.ts';
import type { SecondFactor } from './factors/second-factors.ts';
import type { Sighting } from './sign-ins/sightings.ts';
import type { SignIn } from './sign-ins/sign-ins.ts';
import type { SigningKey } from './signing-keys.ts';
import type { Allowance } from './support-access/allowances.ts';
import type { SupportUse } from './support-access/uses.ts';
import type { SupportKey, SupportRow } from './support/support-rows.ts';
import type { Throttle } from './limits/throttle.ts';
import type { UpstreamSwitch } from './federation/upstream-switches.ts';
import type { UpstreamTransaction } from './federation/departures.ts';
import type { Waiting } from './federation/waiting-identities.ts';
import type { UnfinishedAct } from './unfinished.ts';
import type { TotpRemoval } from './operators/totp-removal-rows.ts';
import type { TotpEnrolment } from './factors/totp.ts';
import type { AnsweredChallenge } from './factors/webauthn-challenges.ts';

/** A document of the protocol engine; the keys are those that the engine looks documents up by. */
export type EngineDocument = {
  readonly uid?: string;
  readonly grantId?: string;
  readonly accountId?: string;
  readonly userCode?: string;
  readonly consumed?: number;
  readonly [field: string]: unknown;
};

const shape = <T extends object, K extends keyof T & string>(row: Shape<T, K>): Shape<T, K> => row;

// prettier-ignore
export const collections = {
  leases:         shape<Lease, never>                             ({ name: 'leases' }),
  schema:         shape<SchemaState, never>                       ({ name: 'schema_state' }),
  revisions:      shape<Revision, never>                          ({ name: 'revisions' }),
  counters:       shape<Counter, never>                           ({ name: 'counters' }),
  accounts:       shape<AccountRow, AccountKey>                   ({ name: 'accounts', unique: ['loginKey', 'emailKey'], index: ['phone', 'name1', 'name2', 'name3', 'name4'] }),
  customers:      shape<CustomerRow, CustomerKey>                 ({ name: 'customers', unique: ['number'], index: ['ico', 'name1', 'name2', 'name3', 'name4', 'name5', 'name6'] }),
  members:        shape<Member, 'accountId' | 'customerId'>       ({ name: 'members', index: ['accountId', 'customerId'] }),
  customerChoices: shape<CustomerChoice, never>                   ({ name: 'customer_choices' }),
  invitations:    shape<Invitation, 'customerId' | 'emailKey' | 'link' | 'slot'> ({ name: 'invitations', unique: ['link', 'slot'], index: ['customerId', 'emailKey'] }),
  contacts:       shape<Contact, 'customerId' | 'link' | 'slot'>  ({ name: 'contacts', unique: ['link', 'slot'], index: ['customerId'] }),
  closings:       shape<Closing, 'state'>                         ({ name: 'closings', index: ['state'] }),
  openings:       shape<OpeningPlans, never>                      ({ name: 'openings' }),
  orders:         shape<Order, 'accountId'>                       ({ name: 'orders', index: ['accountId'] }),
  migratedNames:  shape<MigratedName, never>                      ({ name: 'migrated_names' }),
  devicePolls:    shape<DevicePolls, never>                       ({ name: 'device_polls' }),
  domains:        shape<Domain, 'customerId'>                     ({ name: 'domains', index: ['customerId'] }),
  clients:        shape<ClientRow, ClientKey>                     ({ name: 'clients', index: ['clientKey', 'name1', 'name2', 'name3', 'name4', 'host1', 'host2', 'host3', 'host4', 'host5', 'host6'] }),
  registrationTokens: shape<RegistrationToken, 'hash'>            ({ name: 'registration_tokens', unique: ['hash'] }),
  consents:       shape<Consent, 'accountId' | 'clientId'>        ({ name: 'consents', index: ['accountId', 'clientId'] }),
  signIns:        shape<SignIn, never>                            ({ name: 'sign_ins' }),
  keptAnswers:    shape<KeptAnswer, never>                        ({ name: 'kept_answers' }),
  knownBrowsers:  shape<KnownBrowser, 'accountId'>                ({ name: 'known_browsers', index: ['accountId'] }),
  emailChanges:   shape<EmailChange, 'accountId'>                 ({ name: 'email_changes', index: ['accountId'] }),
  oneTimeLinks:   shape<OneTimeLink, 'accountId'>                 ({ name: 'one_time_links', index: ['accountId'] }),
  operators:      shape<OperatorEntry, never>                     ({ name: 'operators' }),
  operatorProofs: shape<GivenProof, never>                        ({ name: 'operator_proofs' }),
  outbox:         shape<OutboxRow, OutboxKey>                     ({ name: 'outbox', index: ['queue', 'state', 'to', 'shelf'] }),
  outboxPayloads: shape<OutboxPayload, never>                     ({ name: 'outbox_payloads' }),
  passkeys:       shape<Passkey, 'accountId' | 'slot'>            ({ name: 'passkeys', unique: ['slot'], index: ['accountId'] }),
  webauthnChallenges: shape<AnsweredChallenge, never>             ({ name: 'webauthn_challenges' }),
  audit:          shape<AuditEntry, 'accountId' | 'customerId' | 'clientId' | 'actor' | 'action'> ({ name: 'audit', index: ['accountId', 'customerId', 'clientId', 'actor', 'action'] }),
  webhooks:       shape<Webhook, never>                           ({ name: 'webhooks' }),
  webhookEvents:  shape<WebhookEvent, never>                      ({ name: 'webhook_events' }),
  webhookDeliveries: shape<WebhookDelivery, 'webhookId'>          ({ name: 'webhook_deliveries', index: ['webhookId'] }),
  bans:           shape<Ban, never>                               ({ name: 'bans' }),
  statistics:     shape<StatisticBucket, never>                   ({ name: 'statistics' }),
  throttledNetworks: shape<RankedNetwork, 'rank'>                 ({ name: 'throttled_networks', index: ['rank'] }),
  stock:          shape<Stock, never>                             ({ name: 'stock' }),
  auditState:     shape<AuditState, never>                        ({ name: 'audit_state' }),
  addressLists:   shape<AddressList, never>                       ({ name: 'address_lists' }),
  confirmations:  shape<Confirmation, never>                      ({ name: 'confirmations' }),
  confirmationLinks: shape<ConfirmationLink, never>               ({ name: 'confirmation_links' }),
  history:        shape<HistoryEntry, 'accountId' | 'succeededFor' | 'refusedFor' | 'linkKey'> ({ name: 'history', index: ['accountId', 'succeededFor', 'refusedFor', 'linkKey'] }),
  sightings:      shape<Sighting, 'accountId'>                    ({ name: 'sightings', index: ['accountId'] }),
  secondFactors:  shape<SecondFactor, never>                      ({ name: 'second_factors' }),
  totpEnrolments: shape<TotpEnrolment, never>                     ({ name: 'totp_enrolments' }),
  totpRemovals:   shape<TotpRemoval, 'state'>                     ({ name: 'totp_removals', index: ['state'] }),
  phoneCodes:     shape<PhoneCode, never>                         ({ name: 'phone_codes' }),
  throttles:      shape<Throttle, never>                          ({ name: 'throttles' }),
  failedPasswords: shape<FailedPasswords, never>                  ({ name: 'failed_passwords' }),
  quotas:         shape<Quota, never>                             ({ name: 'quotas' }),
  rates:          shape<RateBucket, never>                        ({ name: 'rates' }),
  usedProofs:     shape<UsedProof, never>                         ({ name: 'used_proofs' }),
  supportRequests: shape<SupportRow, SupportKey>                   ({ name: 'support_requests', index: ['state', 'accountId', 'shelf'] }),
  supportAllowances: shape<Allowance, 'accountId' | 'customerId' | 'slot'> ({ name: 'support_allowances', unique: ['slot'], index: ['accountId', 'customerId'] }),
  supportUses:    shape<SupportUse, 'allowanceId' | 'operatorId'>  ({ name: 'support_uses', unique: ['operatorId'], index: ['allowanceId'] }),
  registrations:  shape<Registration, 'link' | 'state'>           ({ name: 'registrations', unique: ['link'], index: ['state'] }),
  apiTokens:      shape<ApiToken, 'accountId' | 'hash' | 'nameKey' | 'slot'> ({ name: 'api_tokens', unique: ['hash', 'nameKey', 'slot'], index: ['accountId'] }),
  links:          shape<Link, 'accountId' | 'slot'>               ({ name: 'links', unique: ['slot'], index: ['accountId'] }),
  upstreamSwitches: shape<UpstreamSwitch, never>                  ({ name: 'upstream_switches' }),
  upstreamTransactions: shape<UpstreamTransaction, never>         ({ name: 'upstream_transactions' }),
  waitingIdentities: shape<Waiting, never>                        ({ name: 'waiting_identities' }),
  idempotencyKeys: shape<IdempotencyKey, never>                   ({ name: 'idempotency_keys' }),
  publicKeys:     shape<PublicKey, 'accountId' | 'nameKey' | 'ownKey' | 'slot'> ({ name: 'public_keys', unique: ['nameKey', 'ownKey', 'slot'], index: ['accountId'] }),
  unfinished:     shape<UnfinishedAct, never>                     ({ name: 'unfinished_acts' }),
  signingKeys:    shape<SigningKey, never>                        ({ name: 'signing_keys' }),
} satisfies Record<string, AnyShape>;

/**
 * The engine's own kinds. Codes and tokens are found by their grant, and grants by their account: each key is one more
 * tree to write for every token.
 */
// prettier-ignore
export const engineCollections = {
  Session:                    shape<EngineDocument, 'uid' | 'accountId'>     ({ name: 'oidc_sessions',       unique: ['uid'], index: ['accountId'] }),
  Interaction:                shape<EngineDocument, never>                   ({ name: 'oidc_interactions' }),
  Grant:                      shape<EngineDocument, 'accountId'>             ({ name: 'oidc_grants',         index: ['accountId'] }),
  AccessToken:                shape<EngineDocument, 'grantId'>               ({ name: 'oidc_access_tokens',  index: ['grantId'] }),
  AuthorizationCode:          shape<EngineDocument, 'grantId'>               ({ name: 'oidc_codes',          index: ['grantId'] }),
  DeviceCode:                 shape<EngineDocument, 'userCode' | 'grantId'>  ({ name: 'oidc_device_codes',   unique: ['userCode'], index: ['grantId'] }),
  RefreshToken:               shape<EngineDocument, 'grantId'>               ({ name: 'oidc_refresh_tokens', index: ['grantId'] }),
  ClientCredentials:          shape<EngineDocument, never>                   ({ name: 'oidc_client_tokens' }),
  PushedAuthorizationRequest: shape<EngineDocument, never>                   ({ name: 'oidc_pushed_requests' }),
  RegistrationAccessToken:    shape<EngineDocument, never>                   ({ name: 'oidc_registration_tokens' }),
  ReplayDetection:            shape<EngineDocument, never>                   ({ name: 'oidc_replays' }),
} satisfies Record<string, AnyShape>;

/** All shapes, for preparing a backend. */
export const allShapes: readonly AnyShape[] = [
  ...Object.values(collections),
  ...Object.values(engineCollections),
];
