// `serve`: from configuration to a listening server, and from a signal to a clean end.

import { createServer, type Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, type App } from '../app.ts';
import { createCore, type Core } from '../core.ts';
import type { Config } from '../config/options.ts';
import { storagePlace } from '../configured-store.ts';
import { listen } from '../http/listen.ts';
import { createMetricsServer } from '../http/metrics.ts';
import { createLog, type Log } from '../lib/log.ts';
import { collectGarbage, releaseYoungHeap } from '../lib/lean-start.ts';
import type { Store } from '../ports/store.ts';
import { readMetrics } from './metrics.ts';

const HEADER_LIMIT_BYTES = 16 * 1024;
const SWEEP_MILLISECONDS = 60_000;
const HOUSEKEEPING_MILLISECONDS = 3_600_000;
/** While draining, how long nobody must have come or be inside before the door is shut, and how long that is waited for. */
const QUIET_MILLISECONDS = 500;
const LONGEST_LINGER_MILLISECONDS = 5_000;

/** The server around an app: bounded headers and patience, so that slow senders hold nothing for long. */
export const createHttpServer = ({ handle, answerUnread }: Pick<App, 'handle' | 'answerUnread'>): Server =>
  createServer(
    {
      maxHeaderSize: HEADER_LIMIT_BYTES,
      requestTimeout: 30_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
      optimizeEmptyRequests: true,
    },
    handle,
  ).on('clientError', answerUnread);

/**
 * Runs until SIGTERM or SIGINT; resolves when everything has ended. `opening` is the configured storage, if somebody
 * opens it already.
 */
export async function serve(config: Config, opening?: Promise<Store>): Promise<void> {
  // Heard from the beginning: a signal during the start ends it cleanly, too.
  const stopping = nextSignal();
  const log = createLog({ level: config.demo && config.logLevel === 'info' ? 'warn' : config.logLevel });
  const { core, app, server, stopDemo, metrics } = await start(config, log, opening);
  collectGarbage();
  releaseYoungHeap();
  log.info(
    { issuer: config.issuer, host: config.host, port: config.port, storage: core.store.kind },
    'listening',
  );
  const endChores = beginChores(core, config, log);

  const signal = await stopping;
  log.info({ signal }, 'stopping');
  endChores();
  const drainEnds = Date.now() + config.drainTime * 1000;
  await drain({ server, app, log, ends: drainEnds, isHurried: signal === 'SIGINT' });
  await core.outbox.close(Math.max(0, drainEnds - Date.now()));
  await stopDemo?.();
  metrics?.close();
  metrics?.closeAllConnections();
  await app.close();
  log.info({}, 'stopped');
  log.flush();
}

/** Opens everything and listens. What was opened is closed again when a later part fails. */
async function start(config: Config, log: Log, opening?: Promise<Store>) {
  const demo = config.demo ? await import('../demo/start.ts') : undefined;
  const complete = demo?.demoConfig(config) ?? config;
  const outside = { ...demo?.demoOutside, ...(opening && { opening }) };
  const core = await createCore(complete, log, outside).catch(async (error: unknown) => {
    await opening?.then((store) => store.close()).catch(() => {});
    throw error;
  });
  // A path with a slip of the pen is a database, too, and nobody's accounts are in it.
  if (core.isNewStorage && complete.production)
    log.warn(
      { storage: storagePlace(complete) },
      'a new database was made: is VRATNY_STORAGE the one you mean?',
    );
  let app: App | undefined;
  let server: Server | undefined;
  try {
    app = await createApp(complete, log, core);
    server = createHttpServer(app);
    await listen(server, config.port, config.host, 'VRATNY_PORT');
    await app.complete();
    core.outbox.start();
    app.start();
    const metrics = await startMetrics(config, { core, app, log });
    const stopDemo = await demo?.startDemo(config, core);
    return { core, app, server, stopDemo, metrics };
  } catch (error) {
    server?.close();
    server?.closeAllConnections();
    await (app ?? core).close();
    throw error;
  }
}

/** What every node does by the clock, until the function that this gives is called. */
function beginChores(core: Core, { auditLife }: Config, log: Log): () => void {
  const sweep = () => {
    // Whoever was not told of a removal yet is told first, and has their time then.
    core.unfinished
      .finishLeft()
      .then(() => core.acts.totpRemovals.carryOutDue())
      .catch((error: unknown) => log.error({ error }, 'removals that are due are not carried out'));
    core.store.sweep().catch((error: unknown) => log.warn({ error }, 'could not remove expired documents'));
  };
  const keepHouse = () => {
    const before = new Date(core.clock.now().getTime() - auditLife * 1000);
    core.audit.prune(before).catch((error: unknown) => log.error({ error }, 'the audit log is not pruned'));
    core.stock.take().catch((error: unknown) => log.warn({ error }, 'no stock is taken'));
  };
  const timers = [
    setInterval(sweep, SWEEP_MILLISECONDS).unref(),
    setInterval(keepHouse, HOUSEKEEPING_MILLISECONDS).unref(),
  ];
  keepHouse();
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}

async function startMetrics(
  { metricsPort }: Config,
  { core, app, log }: { core: Core; app: App; log: Log },
): Promise<Server | undefined> {
  if (metricsPort === undefined) return undefined;
  const server = createMetricsServer(() => readMetrics(core, app), log);
  await listen(server, metricsPort, '127.0.0.1', 'VRATNY_METRICS_PORT');
  return server;
}

const nextSignal = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(signal));
  });

/**
 * Ends without refusing anyone: `/health/ready` says no so that the load balancer turns away, requests are answered
 * until none has come for a moment and none is in flight, then the port is closed and stragglers end, at `ends` at the
 * latest (milliseconds since 1970). In a hurry nobody is waited for who has not come yet.
 */
async function drain(parts: {
  server: Server;
  app: App;
  log: Log;
  ends: number;
  isHurried: boolean;
}): Promise<void> {
  const { server, app, log, ends, isHurried } = parts;
  app.drain();
  let lastCame = Date.now();
  server.prependListener('request', () => {
    lastCame = Date.now();
  });
  const lingerEnds = Math.min(ends, Date.now() + (isHurried ? 0 : LONGEST_LINGER_MILLISECONDS));
  const isBusy = () => app.inFlight() > 0 || Date.now() - lastCame < QUIET_MILLISECONDS;
  while (Date.now() < lingerEnds && isBusy()) await sleep(50);

  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const late = sleep(Math.max(0, ends - Date.now()), 'late', { ref: false });
  if ((await Promise.race([closed, late])) === 'late') {
    log.warn({ inFlight: app.inFlight() }, 'requests were still running at the end of the drain time');
    server.closeAllConnections();
  }
}
