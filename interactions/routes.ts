// Every address of ours that a person meets, a line each.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Router } from '@koa/router';
import Koa from 'koa';
import type { SignIns } from '../src/domain/sign-ins.ts';
import type { SetPassword } from '../src/domain/set-password.ts';
import { pinAuthority } from '../src/http/authority.ts';
import type { Cookies } from '../src/http/cookies.ts';
import type { Csrf } from '../src/http/csrf.ts';
import { answerErrors, type Errors } from '../src/http/errors.ts';
import type { Handler } from '../src/http/gate.ts';
import type { Pages } from '../src/http/pages.ts';
import { setRoute } from '../src/http/request-facts.ts';
import { AppError } from '../src/lib/app-error.ts';
import type { Interactions } from '../src/oidc/interactions.ts';
import type { Dispatch } from './dispatch.ts';
import { createHomePage } from './pages/home.ts';
import { createSetPasswordPage } from './pages/set-password.ts';
import { createStalePage } from './pages/sign-in-over.ts';

type RouteParts = {
  issuer: string;
  dispatch: Dispatch;
  interactions: Interactions;
  signIns: SignIns;
  setPassword: SetPassword;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
  errors: Errors;
};

type Page = (
  req: IncomingMessage,
  res: ServerResponse,
  first: string,
  second: string,
) => void | Promise<void>;

/** The hosted pages as one handler; whatever has no route is answered with our own error page. */
export function createRoutes(parts: RouteParts): Handler {
  const { dispatch, pages, errors } = parts;
  const stale = createStalePage(parts);
  const setPassword = createSetPasswordPage(parts);
  const app = new Koa();
  const router = new Router();
  pinAuthority(app, parts.issuer);

  const on = (method: 'get' | 'post', path: string, page: Page) =>
    router[method](path, async (ctx) => {
      setRoute(ctx.req, path);
      // Pages write to the response themselves, as the engine does.
      ctx.respond = false;
      const [first = '', second = ''] = Object.values(ctx.params);
      await page(ctx.req, ctx.res, first, second);
    });

  on('get', '/', createHomePage(pages));
  on('get', '/interaction/:uid', stale(dispatch.resume));
  on('post', '/interaction/:uid/abort', stale(dispatch.abort));
  on('get', '/interaction/:uid/:step', stale(dispatch.show));
  on('post', '/interaction/:uid/:step', stale(dispatch.submit));
  on('get', '/set-password/:secret', setPassword.show);
  on('post', '/set-password/:secret', setPassword.submit);

  app.use(router.routes());
  app.use((ctx) => {
    const { path: known } = router.match(ctx.path, ctx.method);
    if (known.length === 0) throw new AppError('not_found');
    ctx.set('Allow', [...new Set(known.flatMap(({ methods }) => methods))].join(', '));
    throw new AppError('method_not_allowed');
  });
  answerErrors(app, errors);
  return app.callback();
}
