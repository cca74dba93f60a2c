// How often codes for devices are asked for: every one is stored, and is one more that a guess may hit.

import type { Context, Next } from 'koa';
import { originOf, wideOriginOf, type Quotas } from '../domain/limits/quotas.ts';
import { factsOf, setRoute } from '../http/request-facts.ts';
import type { Log } from '../lib/log.ts';
import { endpoints } from './endpoints.ts';

/**
 * How many codes are asked for from one /32 or /64, and from one /24 or /48, whatever becomes of them: a screen that waits
 * for its person asks six times an hour.
 */
export const deviceQuotas = {
  network: { limit: 120, windowSeconds: 3600 },
  wide: { limit: 600, windowSeconds: 3600 },
} as const;

/** Koa middleware before the engine: who asks too often is told when to ask again, as RFC 8628 §3.5 calls it. */
export const createDeviceQuota =
  ({ quotas, log }: { quotas: Quotas; log: Log }) =>
  async (ctx: Context, next: Next): Promise<void> => {
    if (ctx.path !== endpoints.device_authorization || ctx.method !== 'POST') return void (await next());
    const { address, id } = factsOf(ctx.req);
    const retryAfterSeconds = await quotas.spend([
      { id: `device-codes:network:${originOf(address)}`, ...deviceQuotas.network },
      { id: `device-codes:wide:${wideOriginOf(address)}`, ...deviceQuotas.wide },
    ]);
    if (retryAfterSeconds === 0) return void (await next());
    setRoute(ctx.req, 'device_authorization');
    log.info({ request: id, code: 'slow_down' }, 'request refused');
    ctx.status = 429;
    ctx.set('Retry-After', String(retryAfterSeconds));
    ctx.set('Cache-Control', 'no-store');
    ctx.body = {
      error: 'slow_down',
      error_description: 'too many codes were asked for from this network',
    };
  };
