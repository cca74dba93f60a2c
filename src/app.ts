// The rules joined with the engine and the pages: what answers requests. With core.ts the only place where a part
// meets the others.

import type { IncomingMessage } from 'node:http';
import { createFetcher } from '../adapters/fetch/guarded.ts';
import { createAccountFacts } from '../interactions/account-facts.ts';
import { createOwnPages } from '../interactions/account/own-pages.ts';
import { createAccountPages } from '../interactions/account/all-pages.ts';
import { createConsolePages } from '../interactions/admin/all-pages.ts';
import { createConsoleFrame } from '../interactions/admin/frame.ts';
import { allOperations } from '../interactions/admin/api/all-operations.ts';
import { createApi } from '../interactions/admin/api/create-api.ts';
import { createSteps } from '../interactions/all-steps.ts';
import { createFrame } from '../interactions/account/frame.ts';
import { createDeparturePage } from '../interactions/departure.ts';
import { createWaitingFacts } from '../interactions/facts.ts';
import { createDispatch } from '../interactions/dispatch.ts';
import { createFinish } from '../interactions/finish.ts';
import { createAuthorizedKeys } from '../interactions/pages/authorized-keys.ts';
import { createDevicePage } from '../interactions/pages/device.ts';
import { createRoutes } from '../interactions/routes.ts';
import { explanationOf } from './config/describe.ts';
import type { Config } from './config/options.ts';
import { proxyRulesOf } from './config/proxy-rules.ts';
import { isOperator } from './domain/accounts/accounts.ts';
import { createGrantedClients } from './domain/clients/granted-clients.ts';
import { createConsents } from './domain/clients/consents.ts';
import { createSessions } from './domain/sign-ins/sessions.ts';
import { createSignIns } from './domain/sign-ins/sign-ins.ts';
import { createAuthorityCheck } from './http/authority.ts';
import { createClientAddress } from './http/client-address.ts';
import { createGate, type Gate } from './http/gate.ts';
import { createHealth } from './http/health.ts';
import { createPageKit } from './http/page-kit.ts';
import { createStatic } from './http/static.ts';
import { createRangeSet } from './lib/address.ts';
import type { Log } from './lib/log.ts';
import { createLevels } from './oidc/acr.ts';
import { createClientCache } from './oidc/client-cache.ts';
import type { Core } from './core.ts';
import { createClientTokens } from './oidc/client-tokens.ts';
import { createDevicePages } from './oidc/device-pages.ts';
import { createEngine, type RunningEngine } from './oidc/engine.ts';
import { createInteractions } from './oidc/interactions.ts';
import { createLogoutDelivery } from './oidc/logout-delivery.ts';
import { createSupportSessions } from './oidc/support-sessions.ts';
import { createOwnSession } from './oidc/own-session.ts';
import { createEnginePages } from './oidc/pages.ts';

/** Where the demo's own application is told of sessions that end. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/**
 * The provider as a request handler, on top of the core. `start` begins what a node does again and again by the clock,
 * and `close` ends everything, the core too.
 */
export async function createApp(config: Config, log: Log, core: Core) {
  const { clock, store, accounts, customerRules } = core;
  const kit = createPageKit({ ...config, ...core, fallback: config.locale, log });
  const { https, cookies, pages, errors, csrf } = kit;
  const clients = createClientCache(core.clients, clock);
  const consents = createConsents(store, clock, core.endings);
  const signIns = createSignIns(store, clock);

  const { guard, federation } = core;
  const hasPasskey = async (accountId: string) => (await guard.passkeys.list(accountId)).length > 0;
  const hasSecondFactor = async (accountId: string) =>
    (await guard.totp.isOn(accountId)) || (await hasPasskey(accountId));
  const isSpared = async (accountId: string, entryId: string) => {
    const account = await accounts.get(accountId);
    return account !== undefined && !isOperator(account.doc) && guard.addressLists.isLive(accountId, entryId);
  };
  const wayOut = (req: IncomingMessage) => federation.upstreams.wayOut(cookies.elsewhere(req));
  const levels = createLevels(federation.upstreams.levels());
  const { supportAccess } = core;
  const supportSessions = createSupportSessions({
    provider: (): ReturnType<RunningEngine['provider']> => engine.provider(),
    accounts,
    uses: supportAccess.uses,
    cookies,
    clock,
  });
  const enginePages = createEnginePages({ pages, clients, wayOut });
  const engine: RunningEngine = await createEngine({
    config,
    store,
    clock,
    log,
    accounts,
    ...customerRules,
    endGrant: core.endings.endGrant,
    consents,
    clients,
    clientRegistration: core.clientRegistration,
    quotas: guard.quotas,
    errors,
    cookies,
    tellClients: core.tellClients,
    tokenChecks: core.tokenChecks,
    supportSessions,
    supportUses: supportAccess.uses,
    supportAccess,
    hasSecondFactor,
    levels,
    canProve: federation.waysIn.canProve,
    sshKeysOf: core.publicKeys.sshLines,
    isSpared,
    fetcher: createFetcher({
      allowRanges: createRangeSet(config.demo ? [...config.fetchAllow, ...LOOPBACK] : config.fetchAllow),
    }),
    pages: enginePages,
    devicePages: createDevicePages({ ...core, pages: enginePages, recorder: guard.signInRecorder, cookies }),
    deviceCodes: core.deviceCodes,
    devicePolls: core.devicePolls,
    signingKeys: core.signingKeys,
    revisions: core.revisions,
    signals: core.signals,
  });
  core.outbox.deliverBy('logout', createLogoutDelivery(engine));
  const ownSession = createOwnSession({ engine, accounts, issuer: config.issuer, isSpared });
  const interactions = createInteractions({ engine, clients, accounts, endings: core.endings, levels });
  const depart = createDeparturePage({ pages, cookies });
  const dispatch = createDispatch({
    interactions,
    signIns,
    pages,
    cookies,
    csrf,
    accounts,
    depart,
    waitingFacts: createWaitingFacts(federation),
    accountFacts: createAccountFacts({
      accounts,
      isTotpOn: guard.totp.isOn,
      hasPasskey,
      isListed: guard.addressLists.isLive,
      isConfirmationDue: guard.signInNotices.isConfirmationDue,
      isConfirmationAsked: guard.confirmations.isAsked,
    }),
    steps: createSteps({
      accounts,
      consents,
      guard,
      registrations: core.registrations,
      federation,
      takingOver: customerRules.takingOver,
      signIns,
      canRegister: config.registration,
    }),
    finish: createFinish({
      signIns,
      interactions,
      consents,
      accounts,
      cookies,
      recorder: guard.signInRecorder,
      describeListed: guard.addressLists.nameOf,
    }),
  });
  const hosted = createRoutes({
    issuer: config.issuer,
    dispatch,
    interactions,
    signIns,
    pages,
    cookies,
    csrf,
    errors,
    ...guard,
    supportRequests: core.supportRequests,
    totpRemovals: core.acts.totpRemovals,
    ...federation,
    accounts,
    takingOver: customerRules.takingOver,
    ownSession,
    depart,
    clock,
    registrations: core.registrations,
    activation: core.activation,
    invitations: customerRules.invitations,
    contacts: customerRules.contacts,
    canRegister: config.registration,
    lockUrl: guard.endingLinks.lockUrl,
    device: createDevicePage({ ...core, engine, clients, ownSession, supportSessions, pages, cookies, csrf }),
    frame: createFrame({ ownSession, supportSessions, pages, cookies, csrf, ...customerRules }),
    authorizedKeys: createAuthorizedKeys({
      accounts,
      publicKeys: core.publicKeys,
      callerOf: createClientTokens({ engine, clients }),
    }),
    own: createOwnPages({
      ...core,
      totpRemovals: core.acts.totpRemovals,
      sessions: createSessions(store),
      grantedClients: createGrantedClients({ store, clients: core.clients, consents }),
    }),
    account: createAccountPages({
      totpRemovals: core.acts.totpRemovals,
      supportAccess,
      supportSessions,
      federation,
      takingOver: customerRules.takingOver,
      depart,
      accounts,
      guard,
      audit: core.audit,
      apiTokens: core.apiTokens,
      customers: core.customers,
      customerRules,
      publicKeys: core.publicKeys,
      endings: core.endings,
      sessions: createSessions(store),
      phones: core.registrations.rules.phones,
      wayOut,
      interactions,
      pages,
      clock,
      log,
      brandName: config.brandName,
      historyLife: config.historyLife,
    }),
    consoleFrame: createConsoleFrame({
      ownSession,
      supportSessions,
      pages,
      cookies,
      csrf,
      hasSecondFactor,
      isAddressAllowed: () => true,
    }),
    consolePages: createConsolePages({ ...core, hasSecondFactor, explanationOf, issuer: config.issuer }),
  });

  // What another process could not bring to its end; a new one is no worse off when it cannot either.
  await core.activation
    .finishInterrupted()
    .catch((error: unknown) => log.error({ error }, 'interrupted registrations not finished'));

  await Promise.all([core.bans.refresh(), core.upstreamSwitches.refresh()]);

  let draining = false;
  const isReady = async () =>
    !draining &&
    (await store.ping().then(
      () => true,
      () => false,
    ));
  const gate: Gate = createGate({
    https,
    cookies,
    errors,
    log,
    requestScope: core.requestScope,
    checkAuthority: createAuthorityCheck(config.issuer, config.hostAliases),
    clientAddress: createClientAddress(proxyRulesOf(config)),
    programs: [
      engine.registrationRoute,
      createApi({
        issuer: config.issuer,
        operations: allOperations(core.acts, core),
        engine,
        clients: core.clients,
        idempotency: core.acts.idempotency,
        store,
        clock,
        errors,
        pages,
      }),
    ],
    isBanned: core.bans.isBanned,
    isDraining: () => draining,
    ready: engine.ready,
    openRoutes: [
      createHealth({ isReady }),
      createStatic(core.assets.serve),
      createStatic(core.brand.serve),
      createStatic(core.logos.serve),
      engine.openRoute,
    ],
    routes: [engine.route, () => hosted],
  });

  return {
    handle: gate.handle,
    /** Answers what Node cannot read, for the server's `clientError`. */
    answerUnread: kit.answerUnread,
    inFlight: gate.inFlight,
    engine,
    start(): void {
      core.bans.start();
      core.upstreamSwitches.start();
      core.statistics.start();
      core.unfinished.start();
      supportAccess.start();
    },
    /** From now on `/health/ready` says no. */
    drain(): void {
      draining = true;
    },
    async close(): Promise<void> {
      await engine.close();
      await core.close();
    },
  };
}

export type App = Awaited<ReturnType<typeof createApp>>;
