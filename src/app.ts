// The rules joined with the engine and the pages: what answers requests. With core.ts the only place where a part
// meets the others.

import { createFetcher } from '../adapters/fetch/guarded.ts';
import { createDispatch } from '../interactions/dispatch.ts';
import { createFinish } from '../interactions/finish.ts';
import { createRoutes } from '../interactions/routes.ts';
import { createConsentStep } from '../interactions/steps/consent.ts';
import { createPasswordStep } from '../interactions/steps/password.ts';
import { createSelectAccountStep } from '../interactions/steps/select-account.ts';
import type { Config } from './config/options.ts';
import { createConsents } from './domain/consents.ts';
import { createPasswordSignIn } from './domain/password-sign-in.ts';
import { createSignIns } from './domain/sign-ins.ts';
import { createThrottles } from './domain/throttle.ts';
import { createAuthorityCheck } from './http/authority.ts';
import { createClientAddress } from './http/client-address.ts';
import { createCookies } from './http/cookies.ts';
import { createCsrf } from './http/csrf.ts';
import { createErrors } from './http/errors.ts';
import { createGate, type Gate } from './http/gate.ts';
import { createHealth } from './http/health.ts';
import { createPages } from './http/pages.ts';
import { createStatic } from './http/static.ts';
import { createRangeSet } from './lib/address.ts';
import { deriveKey } from './lib/derive.ts';
import type { Log } from './lib/log.ts';
import { createClientCache } from './oidc/client-cache.ts';
import type { Core } from './core.ts';
import { createEngine } from './oidc/engine.ts';
import { createInteractions } from './oidc/interactions.ts';
import { createEnginePages } from './oidc/pages.ts';

/** The provider as a request handler, on top of the core. `close` ends everything, the core too. */
export async function createApp(config: Config, log: Log, core: Core) {
  const { clock, store, accounts, customers } = core;
  const https = config.issuer.startsWith('https:');
  const cookies = createCookies(https);
  const pages = createPages({ renderer: core.renderer, brand: core.brand, cookies, fallback: config.locale });
  const errors = createErrors(pages, log);
  const csrf = createCsrf(
    config.secrets.map((secret) => deriveKey(secret, 'form tokens', 32)),
    config.issuer,
  );
  const clients = createClientCache(core.clients);
  const consents = createConsents(store, clock, core.endings);
  const signIns = createSignIns(store, clock);

  const engine = await createEngine({
    config,
    store,
    clock,
    log,
    accounts,
    customers,
    consents,
    clients,
    errors,
    fetcher: createFetcher({ allowRanges: createRangeSet(config.fetchAllow) }),
    pages: createEnginePages({ pages, clients }),
    signingKeys: core.signingKeys,
    revisions: core.revisions,
  });
  const interactions = createInteractions({ engine, clients, accounts, endings: core.endings });
  const passwordSignIn = createPasswordSignIn({
    accounts,
    clock,
    log,
    browsers: core.browsers,
    throttles: createThrottles(store, clock),
    hasher: core.hasher,
  });
  const dispatch = createDispatch({
    interactions,
    signIns,
    pages,
    cookies,
    csrf,
    steps: {
      password: createPasswordStep({ passwordSignIn, accounts }),
      consent: createConsentStep({ accounts, consents }),
      'select-account': createSelectAccountStep({ accounts }),
    },
    finish: createFinish({ interactions, consents, accounts }),
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
    setPassword: core.setPassword,
  });

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
    checkAuthority: createAuthorityCheck(config.issuer, config.hostAliases),
    clientAddress: createClientAddress({
      trustedProxies: createRangeSet(config.trustedProxies.filter((proxy) => proxy !== 'unix')),
      trustUnixSocket: config.trustedProxies.includes('unix'),
      header: config.proxyHeader,
      maxHops: config.proxyMaxHops,
      allowPorts: config.proxyPorts,
    }),
    routes: [
      engine.route,
      createHealth({ isReady }),
      createStatic(core.assets.serve),
      createStatic(core.brand.serve),
      () => hosted,
    ],
  });

  return {
    handle: gate.handle,
    inFlight: gate.inFlight,
    engine,
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
