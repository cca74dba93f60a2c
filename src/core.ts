// The rules joined with the outside: configuration → adapters → domain. Commands need no more than this.

import { join } from 'node:path';
import type { Config } from './config/options.ts';
import { openConfiguredStore, systemClock } from './configured-store.ts';
import { createConfiguredUpstreams } from './configured-upstreams.ts';
import { createAccess } from './domain/access.ts';
import { createAccountImport } from './domain/accounts/account-import.ts';
import { createAudit } from './domain/audit/audit.ts';
import { createAccounts } from './domain/accounts/accounts.ts';
import { createTokenEndings } from './domain/api-tokens/token-endings.ts';
import { createClientRegistration } from './domain/client-registration/client-registration.ts';
import { createClients } from './domain/clients/clients.ts';
import { allShapes } from './domain/collections.ts';
import { createCustomerRules } from './domain/customers/customer-rules.ts';
import { createCustomers } from './domain/customers/customers.ts';
import { createDomains } from './domain/customers/domains.ts';
import { createFederation } from './domain/federation/federation.ts';
import { createIdentities } from './domain/federation/identities.ts';
import { createDeviceSignIns } from './domain/sign-ins/device-sign-ins.ts';
import { createEndOnLock } from './domain/end-on-lock.ts';
import { createEndings } from './domain/sign-ins/endings.ts';
import { createKeptAnswers } from './domain/kept-answers.ts';
import { createLogoutNotices } from './domain/sign-ins/logout-notices.ts';
import { createLetters } from './domain/messages/letters.ts';
import { migrate, migrations } from './domain/migrate.ts';
import { ownClients } from './domain/clients/own-client.ts';
import { createWatch } from './domain/operators/watch.ts';
import { createKeptActs } from './domain/operators/kept-acts.ts';
import { createActs } from './domain/operators/acts.ts';
import { createOperators } from './domain/operators/operators.ts';
import { createOutbox } from './domain/messages/outbox.ts';
import { createOrders } from './domain/accounts/orders.ts';
import { createOpenings } from './domain/accounts/openings.ts';
import { createPhonePolicy } from './domain/factors/phone-policy.ts';
import { createRegistrationRules } from './domain/registration/registration-rules.ts';
import { createRevisions } from './domain/revisions.ts';
import { createSupportRules } from './domain/support/support-rules.ts';
import { createUnfinished } from './domain/unfinished.ts';
import { createSigningKeys } from './domain/signing-keys.ts';
import { createAssets } from './http/assets.ts';
import { createTranslator, type Translator } from './http/locale.ts';
import { createRenderer, type Renderer } from './http/render.ts';
import { deriveKey, keyId } from './lib/derive.ts';
import type { Log } from './lib/log.ts';
import { createRequestScope } from './lib/request-scope.ts';
import { createSealer } from './lib/seal.ts';
import {
  createConfiguredHasher,
  createConfiguredMailer,
  createConfiguredOldSystem,
  createConfiguredSms,
  createPasswordLists,
  createWebhookFetcher,
  readConfiguredFiles,
} from './outside.ts';
import { addressRulesOf } from './config/address-rules.ts';
import { operatorSettingsOf, staffWaitOf } from './config/operator-settings.ts';
import { passwordPolicyOf } from './config/password-policy.ts';
import { createGuard } from './domain/guard.ts';
import type { Clock } from './ports/clock.ts';
import type { Mailer } from './ports/mailer.ts';
import type { SmsSender } from './ports/sms.ts';
import type { Store } from './ports/store.ts';
import type { ConfiguredUpstream } from './ports/upstream.ts';

const DAY_SECONDS = 86_400;
const viewsDir = join(import.meta.dirname, '../views');

/** What tests and the demo put in the place of the outside. */
export type Outside = {
  readonly clock?: Clock;
  readonly mailer?: (store: Store) => Mailer;
  readonly sms?: (store: Store) => SmsSender;
  readonly store?: Store;
  /** The configured storage, where it is being opened already. */
  readonly opening?: Promise<Store>;
  readonly upstreams?: readonly ConfiguredUpstream[];
};

/**
 * The rules over an open, prepared store: everything that the command line needs. Nothing listens yet.
 * `close` ends what was opened here.
 */
export async function createCore(config: Config, log: Log, outside: Outside = {}) {
  const clock = outside.clock ?? systemClock;
  const { brand, fileClients, networks, logos } = readConfiguredFiles(config);
  const upstreams = outside.upstreams ?? createConfiguredUpstreams(config, log, clock, logos.urlOf);
  const store = outside.store ?? (await (outside.opening ?? openConfiguredStore(config, clock)));
  const closeAgain = async (error: unknown): Promise<never> => {
    if (!outside.store) await store.close();
    throw error;
  };
  const migrated = await migrate(store, clock, allShapes).catch(closeAgain);
  if (migrated.length > 0) log.info({ migrations: migrated }, 'stored data brought up to date');

  const sealer = createSealer(config.secrets);
  const hasher = createConfiguredHasher(config);
  const assets = createAssets(join(viewsDir, 'assets'));
  // Templates are read when first asked for: a command that sends no letter starts without them.
  let spoken: Translator | undefined;
  const translator = () => (spoken ??= createTranslator(join(viewsDir, 'locales')));
  let made: Renderer | undefined;
  const renderer = () =>
    (made ??= createRenderer({ viewsDir, translator: translator(), assetUrl: assets.url }));

  const revisions = createRevisions(store);
  const requestScope = createRequestScope();
  const audit = createAudit({
    store,
    clock,
    log,
    here: requestScope.here,
    keys: config.secrets.map((secret) => ({ id: keyId(secret), key: deriveKey(secret, 'audit log', 32) })),
  });
  const unfinished = createUnfinished({ store, clock, log });
  const keepActs = createKeptActs({ unfinished, audit });
  const endTokensOf = createTokenEndings(store, revisions);
  const accounts = createAccounts(store, clock, endTokensOf);
  const customers = createCustomers(store, clock, revisions);
  const openings = createOpenings({ store, clock, customers, revisions });
  const count = await openings.recover().catch(closeAgain);
  if (count > 0) log.info({ count }, 'openings of accounts that were left halfway are completed');
  const domains = createDomains({ store, clock, accounts, customers });
  const clients = createClients(store, clock, revisions, fileClients, ownClients(config));
  const policies = config.clientRegistration;
  const clientRegistration = createClientRegistration({ store, clock, clients, audit, policies });
  const longestLife = Math.max(config.sessionMax, config.accessTokenLife) + DAY_SECONDS;
  const signingKeys = createSigningKeys(store, clock, revisions, sealer, longestLife);
  const mailer = outside.mailer?.(store) ?? createConfiguredMailer(config, log);
  const sms = outside.sms?.(store) ?? createConfiguredSms(config, log);
  const outbox = createOutbox({ store, clock, sealer, log, senders: { mail: mailer.send, sms: sms.send } });
  const tellClients = createLogoutNotices({ clients, outbox });
  const watch = createWatch({
    store,
    clock,
    sealer,
    hasher,
    revisions,
    audit,
    outbox,
    fetcher: createWebhookFetcher(config),
    neverBanned: config.trustedProxies,
    accounts,
    here: requestScope.here,
    log,
  });
  const { signals } = watch;
  const endings = createEndings(store, tellClients, signals);
  const letters = createLetters({
    outbox,
    say: (key, locale, values) => translator().translate(locale, key, { brand: brand.mail.name, ...values }),
    compose: (name, locale, page) => renderer().renderMail(name, { locale, brand: brand.mail, page }),
    issuer: config.issuer,
    fallback: config.locale,
    operator: config.supportEmail?.address,
    log,
  });
  const identities = createIdentities({ store, clock, revisions, log, configured: upstreams });
  const access = createAccess({
    store,
    clock,
    revisions,
    accounts,
    customers,
    endTokensOf,
    log,
    settings: { mostTokens: config.apiTokenMax, scopes: config.apiTokenScopes },
  });
  const keysOf = (purpose: string) => config.secrets.map((secret) => deriveKey(secret, purpose, 32));
  const guard = createGuard({
    store,
    clock,
    hasher,
    sealer,
    networks,
    ...createPasswordLists(config),
    accounts,
    customers,
    domains,
    identities,
    endings,
    letters,
    audit,
    unfinished,
    signals,
    log,
    openings,
    endOnLock: createEndOnLock({ store, accounts, customers, access, identities, ...config }),
    oldSystem: createConfiguredOldSystem(config),
    keysFor: keysOf,
    settings: {
      issuer: config.issuer,
      brandName: config.brandName,
      addressLists: addressRulesOf(config),
      historyLife: config.historyLife,
      passwords: passwordPolicyOf(config),
      powMaxNumber: config.powMaxNumber,
      resetSameBrowser: config.resetSameBrowser,
      staffWait: staffWaitOf(config),
      texts: { hour: config.smsHour, day: config.smsDay },
    },
  });

  /** What most rules stand on. */
  const ground = { store, clock, accounts, customers, letters, audit, unfinished, log };
  const federation = createFederation({
    ...ground,
    sealer,
    identities,
    guard,
    issuer: config.issuer,
    sessionLife: config.sessionLife,
  });
  const customerRules = createCustomerRules({
    ...guard,
    ...ground,
    endings,
    endTokensOf,
    outbox,
    identityLinks: identities.links,
    settings: {
      roles: config.memberRoles,
      sessionSeconds: config.sessionMax,
      comparisonKeys: keysOf('comparisons with upstreams'),
      closed: { isErased: config.closedData === 'erase', blockedSeconds: config.closedNames },
    },
  });

  const { registrations, activation } = createRegistrationRules({
    ...guard,
    ...ground,
    hasher,
    identities,
    customerRules,
    rules: {
      // Nobody who registers has a second factor yet.
      passwords: passwordPolicyOf(config),
      judgePassword: guard.newPasswords.judge,
      asksPassword: config.firstPassword === 'form',
      phones: createPhonePolicy(config.phoneCountries),
      texts: [
        { document: 'terms' as const, url: config.termsUrl, version: config.termsVersion },
        { document: 'privacy' as const, url: config.privacyUrl, version: config.privacyVersion },
      ].flatMap(({ url, ...text }) => (url === undefined ? [] : [{ ...text, url }])),
    },
  });

  const orders = createOrders({ store, clock, accounts, customers, openings, mail: guard.setPassword.mail });
  const operators = keepActs('operators', createOperators(ground));
  const support = createSupportRules({ ...guard, ...ground, ...customerRules, endings, sealer });
  const rules = { ...ground, openings, orders, domains, clients, operators, ...support };
  return {
    ...rules,
    isNewStorage: migrated.length === migrations.length,
    hasher,
    assets,
    brand,
    logos,
    renderer,
    revisions,
    requestScope,
    keptAnswers: createKeptAnswers({ store, clock, sealer }),
    accountImport: createAccountImport({ openings, accounts, hasher, clock }),
    ...watch,
    clientRegistration,
    acts: createActs({
      ...rules,
      ...clientRegistration,
      keepActs,
      sealer,
      endings,
      guard,
      outbox,
      watch,
      upstreams,
      switches: identities.switches,
      closings: customerRules.closings,
      apiTokens: access.apiTokens,
      signingKeys,
      ...operatorSettingsOf(config),
    }),
    signingKeys,
    endings,
    tellClients,
    outbox,
    guard,
    ...guard,
    ...createDeviceSignIns({ ...ground, ...guard, signals, keys: keysOf('user codes') }),
    customerRules,
    registrations,
    activation,
    upstreams,
    ...access,
    federation,
    upstreamSwitches: identities.switches,
    /** Whether letters reach anybody, or only the log. */
    sendsMail: (outside.mailer ?? config.smtpServer) !== undefined,
    /** Whether text messages reach anybody. */
    sendsTexts: (outside.sms ?? config.smsUrl) !== undefined,
    /** Resolves when the mail server answers and lets us in; rejects with a sentence for the operator. */
    async checkMail(): Promise<void> {
      await mailer.check?.();
    },
    async close(): Promise<void> {
      await unfinished.close();
      await watch.refusedSignIns.idle();
      await watch.webhooks.idle();
      await watch.statistics.close();
      await watch.bans.close();
      await identities.switches.close();
      await support.supportAccess.close();
      await outbox.close();
      await access.tokenChecks.idle();
      await mailer.close?.();
      await hasher.close();
      if (!outside.store) await store.close();
    },
  };
}

export type Core = Awaited<ReturnType<typeof createCore>>;
