// The rules joined with the outside: configuration → adapters → domain. Commands need no more than this.

import type { Config } from './config/options.ts';
import { operatorSettingsOf } from './config/operator-settings.ts';
import { passwordPolicyOf } from './config/password-policy.ts';
import { agreementsOf, customerSettingsOf, guardSettingsOf } from './config/rule-settings.ts';
import { systemClock } from './configured-store.ts';
import { createConfiguredUpstreams } from './configured-upstreams.ts';
import { layFoundation } from './core/foundation.ts';
import { createMessages } from './core/messages.ts';
import { openRecords } from './core/records.ts';
import { createAccess } from './domain/access.ts';
import { createAccountImport } from './domain/accounts/account-import.ts';
import { createOrders } from './domain/accounts/orders.ts';
import { createCustomerRules } from './domain/customers/customer-rules.ts';
import { createEndOnLock } from './domain/end-on-lock.ts';
import { createPhonePolicy } from './domain/factors/phone-policy.ts';
import { createFederation } from './domain/federation/federation.ts';
import { createIdentities } from './domain/federation/identities.ts';
import { createGuard } from './domain/guard.ts';
import { createKeptAnswers } from './domain/kept-answers.ts';
import { createActs } from './domain/operators/acts.ts';
import { createKeptActs } from './domain/operators/kept-acts.ts';
import { createOperators } from './domain/operators/operators.ts';
import { createWatch } from './domain/operators/watch.ts';
import { createRegistrationRules } from './domain/registration/registration-rules.ts';
import { createDeviceSignIns } from './domain/sign-ins/device-sign-ins.ts';
import { createEndings } from './domain/sign-ins/endings.ts';
import { createLogoutNotices } from './domain/sign-ins/logout-notices.ts';
import { createSupportRules } from './domain/support/support-rules.ts';
import type { Log } from './lib/log.ts';
import {
  createConfiguredOldSystem,
  createPasswordLists,
  createWebhookFetcher,
  readConfiguredFiles,
} from './outside.ts';
import type { Clock } from './ports/clock.ts';
import type { Mailer } from './ports/mailer.ts';
import type { SmsSender } from './ports/sms.ts';
import type { Store } from './ports/store.ts';
import type { ConfiguredUpstream } from './ports/upstream.ts';

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
  const foundation = await layFoundation({
    config,
    log,
    clock,
    given: outside.store,
    opening: outside.opening,
  });
  const { store, sealer, hasher, revisions, requestScope, audit, unfinished, keysFor } = foundation;
  const records = await openRecords({ config, foundation, fileClients }).catch(async (error: unknown) => {
    await foundation.closeStore();
    throw error;
  });
  const { accounts, customers, openings, domains, clients, clientRegistration, signingKeys } = records;
  const { endTokensOf } = records;
  const { assets, renderer, mailer, outbox, letters } = createMessages({
    config,
    foundation,
    brand,
    given: outside,
  });
  /** What most rules stand on. */
  const ground = { store, clock, accounts, customers, letters, audit, unfinished, log };

  const tellClients = createLogoutNotices({ clients, outbox });
  const watch = createWatch({
    ...ground,
    sealer,
    hasher,
    revisions,
    outbox,
    fetcher: createWebhookFetcher(config),
    neverBanned: config.trustedProxies,
    here: requestScope.here,
  });
  const { signals } = watch;
  const endings = createEndings(store, tellClients, signals);
  const identities = createIdentities({ store, clock, revisions, log, configured: upstreams });
  const access = createAccess({
    ...ground,
    revisions,
    endTokensOf,
    settings: { mostTokens: config.apiTokenMax, scopes: config.apiTokenScopes },
  });
  const guard = createGuard({
    ...ground,
    hasher,
    sealer,
    networks,
    ...createPasswordLists(config),
    domains,
    identities,
    endings,
    signals,
    openings,
    endOnLock: createEndOnLock({ store, accounts, customers, access, identities, ...config }),
    oldSystem: createConfiguredOldSystem(config),
    keysFor,
    settings: guardSettingsOf(config),
  });
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
    settings: { ...customerSettingsOf(config), comparisonKeys: keysFor('comparisons with upstreams') },
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
      texts: agreementsOf(config),
    },
  });
  const orders = createOrders({ store, clock, accounts, customers, openings, mail: guard.setPassword.mail });
  const keepActs = createKeptActs({ unfinished, audit });
  const operators = keepActs('operators', createOperators(ground));
  const support = createSupportRules({ ...guard, ...ground, ...customerRules, endings, sealer });
  const rules = { ...ground, openings, orders, domains, clients, operators, ...support };
  return {
    ...rules,
    isNewStorage: foundation.isNewStorage,
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
    ...createDeviceSignIns({ ...ground, ...guard, signals, keys: keysFor('user codes') }),
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
      await watch.refusedVisits.idle();
      await watch.webhooks.idle();
      await watch.statistics.close();
      await watch.bans.close();
      await identities.switches.close();
      await support.supportAccess.close();
      await outbox.close();
      await access.tokenChecks.idle();
      await mailer.close?.();
      await hasher.close();
      await foundation.closeStore();
    },
  };
}

export type Core = Awaited<ReturnType<typeof createCore>>;
