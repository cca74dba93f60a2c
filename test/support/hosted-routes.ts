// Every route of the hosted pages, as the product itself adds them: a page that is added is met by itself.

import { createConsolePages } from '../../interactions/admin/all-pages.ts';
import { addRoutes } from '../../interactions/routes.ts';
import type { World } from './world.ts';

export type HostedRoute = { readonly method: 'get' | 'post'; readonly path: string };

/** The routes of a world where everything is on. */
export function hostedRoutes(world: World): HostedRoute[] {
  const routes: HostedRoute[] = [];
  // Parts of pages are asked for by name, and some made; here nothing is asked of them.
  const parts: object = new Proxy(() => parts, { get: () => parts });
  const hasSecondFactor = () => Promise.resolve(true);
  const consolePages = createConsolePages({
    ...world.core,
    hasSecondFactor,
    explanationOf: () => '',
    issuer: '',
  });
  // The frame of the account pages hears of them and passes them on.
  const noting: Record<string | symbol, unknown> = { noting: (on: unknown) => on };
  const frame = new Proxy(noting, { get: (own, name) => own[name] ?? parts });
  const given: Record<string | symbol, unknown> = { ...world.core, consolePages, frame };
  const all = new Proxy(given, { get: (own, name) => own[name] ?? parts });
  addRoutes((method, path) => void routes.push({ method, path }), all as never);
  return routes;
}
