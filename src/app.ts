// The rules joined with the engine: what answers requests. With core.ts and hosted.ts the only place where a part meets
// the others. A request comes to the gate, and goes by the first route that takes its path: to the engine, or to the
// hosted pages and the operators' API.

import type { IncomingMessage } from 'node:http';
import { createFetcher } from '../adapters/fetch/guarded.ts';
import type { Config } from './config/options.ts';
import { proxyRulesOf } from './config/proxy-rules.ts';
import type { Core } from './core.ts';
import { createConsents } from './domain/clients/consents.ts';
import { createAuthorityCheck } from './http/authority.ts';
import { createClientAddress } from './http/client-address.ts';
import { createGate, type Gate, type Handler } from './http/gate.ts';
import { createHealth } from './http/health.ts';
import { createPageKit } from './http/page-kit.ts';
import { createStatic } from './http/static.ts';
import { createRangeSet } from './lib/address.ts';
import { AppError } from './lib/app-error.ts';
import { createLate } from './lib/late.ts';
import type { Log } from './lib/log.ts';
import { letRequestsThrough } from './lib/turn.ts';
import { createLevels } from './oidc/acr.ts';
import { createClientCache } from './oidc/client-cache.ts';
import { createDevicePages } from './oidc/device-pages.ts';
import { createEngine } from './oidc/engine.ts';
import { createLogoutDelivery } from './oidc/logout-delivery.ts';
import { isOperatorsApi, OPERATORS_API_PAGE } from './oidc/operator-scopes.ts';
import { createEnginePages } from './oidc/pages.ts';

/** Where the demo's own application is told of sessions that end. */
const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/**
 * The provider as a request handler, on top of the core. `start` begins what a node does again and again by the clock,
 * and `close` ends everything, the core too.
 */
export async function createApp(config: Config, log: Log, core: Core) {
  const { clock, store, guard, federation, supportAccess } = core;
  const kit = createPageKit({ ...config, ...core, fallback: config.locale, log });
  const { cookies, pages, errors } = kit;
  const clients = createClientCache(core.clients, clock);
  const consents = createConsents(store, clock, core.endings);
  const levels = createLevels(federation.upstreams.levels());
  const wayOut = (req: IncomingMessage) => federation.upstreams.wayOut(cookies.elsewhere(req));
  const enginePages = createEnginePages({ pages, clients, wayOut });
  const engine = await createEngine({
    ...core,
    ...core.customerRules,
    config,
    log,
    endGrant: core.endings.endGrant,
    consents,
    clients,
    quotas: guard.quotas,
    errors,
    cookies,
    supportUses: supportAccess.uses,
    levels,
    canProve: federation.waysIn.canProve,
    sshKeysOf: core.publicKeys.sshLines,
    fetcher: createFetcher({
      allowRanges: createRangeSet(config.demo ? [...config.fetchAllow, ...LOOPBACK] : config.fetchAllow),
    }),
    pages: enginePages,
    devicePages: createDevicePages({ ...core, pages: enginePages, recorder: guard.signInRecorder, cookies }),
  });
  core.outbox.deliverBy('logout', createLogoutDelivery(engine));

  const hosted = createLate(async () => {
    const createHosted = await loadHosted(core);
    return createHosted({ config, log, core, kit, clients, consents, engine, levels, wayOut });
  });
  const toPages: Handler = async (req, res) => (await hosted.load()).pages(req, res);
  const toApi: Handler = async (req, res) => (await hosted.load()).api.answer(req, res);
  const apiRefusesBanned: Handler = async (req, res) =>
    (await hosted.load()).api.refuse(
      req,
      res,
      new AppError('banned', { detail: 'it is in a range that an operator has banned' }),
    );
  const isApiPage = (path: string) => path === OPERATORS_API_PAGE;

  // What another process could not bring to its end; a new one is no worse off when it cannot either.
  await core.activation
    .finishInterrupted()
    .catch((error: unknown) => log.error({ error }, 'interrupted registrations not finished'));

  await Promise.all([core.bans.refresh(), core.upstreamSwitches.refresh()]);

  let draining = false;
  const isReady = async () =>
    !draining &&
    hosted.isLoaded() &&
    (await store.ping().then(
      () => true,
      () => false,
    ));
  const gate: Gate = createGate({
    https: kit.https,
    cookies,
    errors,
    log,
    requestScope: core.requestScope,
    checkAuthority: createAuthorityCheck(config.issuer, config.hostAliases),
    clientAddress: createClientAddress(proxyRulesOf(config)),
    programs: [
      { route: engine.registrationRoute },
      {
        route: (path) => (isOperatorsApi(path) && !isApiPage(path) ? toApi : undefined),
        refuseBanned: apiRefusesBanned,
      },
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
    routes: [engine.route, (path) => (isApiPage(path) ? toApi : toPages)],
  });

  return {
    handle: gate.handle,
    /** Answers what Node cannot read, for the server's `clientError`. */
    answerUnread: kit.answerUnread,
    inFlight: gate.inFlight,
    ignoredForwarding: gate.ignoredForwarding,
    engine,
    start(): void {
      core.bans.start();
      core.upstreamSwitches.start();
      core.statistics.start();
      core.unfinished.start();
      supportAccess.start();
    },
    /** Loads what a start leaves out; rejects when it cannot be loaded, and the node is of no use then. */
    async complete(): Promise<void> {
      await hosted.load();
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

/**
 * What joins the pages that people meet and the operators' API: a fifth of the code, and nobody asks for it in the first
 * moment. It comes piece by piece, so that requests are answered in between.
 */
async function loadHosted(core: Core) {
  const pieces = [
    () => Promise.resolve(core.renderer()),
    () => import('../interactions/routes.ts'),
    () => import('../interactions/account/all-pages.ts'),
    () => import('../interactions/admin/all-pages.ts'),
    () => import('../interactions/admin/api/all-operations.ts'),
  ];
  for (const piece of pieces) {
    await letRequestsThrough();
    await piece();
  }
  const { createHosted } = await import('./hosted.ts');
  await letRequestsThrough();
  return createHosted;
}

export type App = Awaited<ReturnType<typeof createApp>>;
