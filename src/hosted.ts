// The pages that people meet and the operators' API, joined. src/app.ts loads it a moment after the start.

import type { IncomingMessage } from 'node:http';
import { createAccountFacts } from '../interactions/account-facts.ts';
import { createOwnPages } from '../interactions/account/own-pages.ts';
import { createAccountPages } from '../interactions/account/all-pages.ts';
import { createConsolePages } from '../interactions/admin/all-pages.ts';
import { createConsoleFrame } from '../interactions/admin/frame.ts';
import { allOperations } from '../interactions/admin/api/all-operations.ts';
import { createApi } from '../interactions/admin/api/create-api.ts';
import type { ApiServer } from '../interactions/admin/api/server.ts';
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
import type { Core } from './core.ts';
import type { Consents } from './domain/clients/consents.ts';
import { createGrantedClients } from './domain/clients/granted-clients.ts';
import { createSessions } from './domain/sign-ins/sessions.ts';
import { createSignIns } from './domain/sign-ins/sign-ins.ts';
import type { Handler } from './http/gate.ts';
import type { PageKit } from './http/page-kit.ts';
import type { Log } from './lib/log.ts';
import type { Levels } from './oidc/acr.ts';
import type { ClientCache } from './oidc/client-cache.ts';
import { createClientTokens } from './oidc/client-tokens.ts';
import type { RunningEngine } from './oidc/engine.ts';
import { createInteractions } from './oidc/interactions.ts';
import { createOwnSession } from './oidc/own-session.ts';
import { createSupportSessions } from './oidc/support-sessions.ts';

/** The hosted pages and the operators' API over an engine that runs. */
export function createHosted(parts: {
  config: Config;
  log: Log;
  core: Core;
  kit: PageKit;
  clients: ClientCache;
  consents: Consents;
  engine: RunningEngine;
  levels: Levels;
  wayOut: (req: IncomingMessage) => object | undefined;
}): { readonly pages: Handler; readonly api: ApiServer } {
  const { config, log, core, kit, clients, consents, engine, levels, wayOut } = parts;
  const { pages, errors, cookies, csrf } = kit;
  const { clock, store, accounts, customerRules, guard, federation, supportAccess } = core;

  const signIns = createSignIns(store, clock);
  const supportSessions = createSupportSessions({
    provider: engine.provider,
    accounts,
    uses: supportAccess.uses,
    cookies,
    clock,
  });
  const ownSession = createOwnSession({ engine, accounts, issuer: config.issuer, isSpared: guard.isSpared });
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
      hasPasskey: guard.passkeys.has,
      isListed: guard.addressLists.isLive,
      isConfirmationDue: guard.signInNotices.isConfirmationDue,
      isConfirmationAsked: guard.confirmations.isAsked,
    }),
    steps: createSteps({
      accounts,
      consents,
      clients: core.clients,
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
      audit: core.audit,
      accounts,
      cookies,
      recorder: guard.signInRecorder,
      describeListed: guard.addressLists.nameOf,
    }),
  });
  const toPages: Handler = createRoutes({
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
      hasSecondFactor: guard.hasSecondFactor,
      refusedVisits: core.refusedVisits,
    }),
    consolePages: createConsolePages({ ...core, explanationOf, issuer: config.issuer }),
  });

  const api = createApi({
    issuer: config.issuer,
    operations: allOperations(core.acts, core),
    engine,
    clients: core.clients,
    idempotency: core.acts.idempotency,
    store,
    clock,
    errors,
    pages,
  });

  return { pages: toPages, api };
}
