// Every address of ours that a person meets, a line each.

import { Router } from '@koa/router';
import Koa from 'koa';
import type { Contacts } from '../src/domain/customers/contacts.ts';
import type { Invitations } from '../src/domain/customers/invitations.ts';
import type { Confirmations } from '../src/domain/sign-ins/confirmations.ts';
import type { CredentialNotices } from '../src/domain/messages/credential-notices.ts';
import type { EndingLinks } from '../src/domain/sign-ins/ending-links.ts';
import type { Accounts } from '../src/domain/accounts/accounts.ts';
import type { Arrivals } from '../src/domain/federation/arrivals.ts';
import type { Departures } from '../src/domain/federation/departures.ts';
import type { TakingOver } from '../src/domain/federation/taking-over.ts';
import type { UpstreamSignIn } from '../src/domain/federation/upstream-sign-in.ts';
import type { Upstreams } from '../src/domain/federation/upstreams.ts';
import type { WaitingIdentities } from '../src/domain/federation/waiting-identities.ts';
import type { History } from '../src/domain/sign-ins/history.ts';
import type { SignIns } from '../src/domain/sign-ins/sign-ins.ts';
import type { EmailChanges } from '../src/domain/accounts/email-changes.ts';
import type { LostDevice } from '../src/domain/factors/lost-device.ts';
import type { TotpRemovals } from '../src/domain/operators/totp-removals.ts';
import type { Recovery } from '../src/domain/passwords/recovery.ts';
import type { ProofOfWork } from '../src/domain/limits/proof-of-work.ts';
import type { MailedEndings } from '../src/domain/sign-ins/mailed-endings.ts';
import type { RegistrationActivation } from '../src/domain/registration/registration-activation.ts';
import type { Registrations } from '../src/domain/registration/registrations.ts';
import type { SetPassword } from '../src/domain/passwords/set-password.ts';
import type { SupportRequests } from '../src/domain/support/support-requests.ts';
import type { VerifyEmail } from '../src/domain/accounts/verify-email.ts';
import { pinAuthority } from '../src/http/authority.ts';
import type { Cookies } from '../src/http/cookies.ts';
import type { Csrf } from '../src/http/csrf.ts';
import { answerErrors, type Errors } from '../src/http/errors.ts';
import type { Handler } from '../src/http/gate.ts';
import type { Pages } from '../src/http/pages.ts';
import { setReturn, setRoute } from '../src/http/request-facts.ts';
import { AppError } from '../src/lib/app-error.ts';
import type { Clock } from '../src/ports/clock.ts';
import type { OwnSession } from '../src/oidc/own-session.ts';
import type { Interactions } from '../src/oidc/interactions.ts';
import type { DeparturePage } from './departure.ts';
import type { Dispatch } from './dispatch.ts';
import type { AccountPages } from './account/all-pages.ts';
import type { Frame } from './account/frame.ts';
import type { OwnPages } from './account/own-pages.ts';
import { routeAccount } from './account/routes.ts';
import { routeConsole, type ConsoleRoute } from './admin/all-pages.ts';
import type { ConsoleFrame } from './admin/frame.ts';
import { formAddress, type On, type Page } from './route.ts';
import { createEndingPage } from './pages/ending.ts';
import { createConfirmSignInPage } from './pages/confirm-sign-in.ts';
import { createConfirmationState } from './pages/confirmation-state.ts';
import { createCallbackPage } from './pages/callback.ts';
import type { DevicePage } from './pages/device.ts';
import { createHomePage } from './pages/home.ts';
import { createKeepSecondFactorPage } from './pages/keep-second-factor.ts';
import { createLostDevicePage } from './pages/lost-device.ts';
import { createMovedEmailPage } from './pages/moved-email.ts';
import { createRecoverPages } from './pages/recover.ts';
import { createContactPage } from './pages/contact.ts';
import { createInvitationPage } from './pages/invitation.ts';
import { createActivatePage } from './pages/activate.ts';
import { createRegisterForm } from './pages/register.ts';
import { createRegisterWaiting } from './pages/register-waiting.ts';
import { createSetPasswordPage } from './pages/set-password.ts';
import { createRegisterIdentities } from './register-identities.ts';
import { createRegisterVisits } from './register-visits.ts';
import { createStalePage } from './pages/sign-in-over.ts';
import { createSupportPage } from './pages/support.ts';
import { createVerifyEmailPage } from './pages/verify-email.ts';

type RouteParts = {
  issuer: string;
  dispatch: Dispatch;
  interactions: Interactions;
  signIns: SignIns;
  setPassword: SetPassword;
  confirmations: Confirmations;
  lockUrl: EndingLinks['lockUrl'];
  mailedEndings: MailedEndings;
  lostDevice: LostDevice;
  totpRemovals: TotpRemovals;
  verifyEmail: VerifyEmail;
  emailChanges: EmailChanges;
  credentialNotices: CredentialNotices;
  proofOfWork: ProofOfWork;
  supportRequests: SupportRequests;
  recovery: Recovery;
  registrations: Registrations;
  activation: RegistrationActivation;
  invitations: Invitations;
  contacts: Contacts;
  ownSession: OwnSession;
  canRegister: boolean;
  authorizedKeys: Page;
  device: DevicePage;
  frame: Frame;
  depart: DeparturePage;
  clock: Clock;
  arrivals: Arrivals;
  departures: Departures;
  upstreams: Upstreams;
  waiting: WaitingIdentities;
  upstreamSignIn: UpstreamSignIn;
  accounts: Pick<Accounts, 'get'>;
  takingOver: Pick<TakingOver, 'isNews'>;
  history: History;
  account: AccountPages;
  consoleFrame: ConsoleFrame;
  consolePages: readonly ConsoleRoute[];
  own: OwnPages;
  pages: Pages;
  cookies: Cookies;
  csrf: Csrf;
  errors: Errors;
};

/**
 * Adds every page that people meet, those of the account and of the console too. `checked` adds one that checks who asks,
 * and then shows what was kept for them itself.
 */
export function addRoutes(checked: On, parts: RouteParts): void {
  const { dispatch, pages } = parts;
  const stale = createStalePage(parts);
  const setPassword = createSetPasswordPage(parts);
  const logoutAll = createEndingPage('logout-all', parts);
  const confirmSignIn = createConfirmSignInPage(parts);
  const notMe = createEndingPage('not-me', parts);
  const keepFactor = createKeepSecondFactorPage(parts);
  const lostDevice = createLostDevicePage(parts);
  const support = createSupportPage('second-factor', parts);
  const supportLogin = createSupportPage('login', parts);
  const recover = createRecoverPages(parts);
  const verifyEmail = createVerifyEmailPage(parts);
  const changeEmail = createMovedEmailPage('change-email', parts);
  const undoEmail = createMovedEmailPage('undo-email', parts);
  const visits = createRegisterVisits(parts);
  const register = {
    ...createRegisterForm({ ...parts, visits, identities: createRegisterIdentities(parts) }),
    ...createRegisterWaiting({ ...parts, visits }),
  };
  const activate = createActivatePage(parts);
  const contact = createContactPage(parts);
  /** A page that is the same for whoever has its address. */
  const on: On = (method, path, page) =>
    checked(method, path, async (req, res, first, second) => {
      if (method === 'get' && (await pages.sendKept(req, res))) return;
      await page(req, res, first, second);
    });

  on('get', '/', createHomePage(parts));
  checked('get', '/interaction/:uid', stale(dispatch.resume));
  checked('post', '/interaction/:uid/abort', stale(dispatch.abort));
  checked('get', '/interaction/:uid/:step', stale(dispatch.show));
  checked('post', '/interaction/:uid/:step', stale(dispatch.submit));
  checked('get', '/interaction/:uid/email-link/state', createConfirmationState(parts));
  on('get', '/callback/:name', createCallbackPage(parts));
  on('get', '/confirm-sign-in/:secret', confirmSignIn.show);
  on('post', '/confirm-sign-in/:secret', confirmSignIn.submit);
  on('get', '/set-password/:secret', setPassword.show);
  on('post', '/set-password/:secret', setPassword.submit);
  on('get', '/logout-all/:secret', logoutAll.show);
  on('post', '/logout-all/:secret', logoutAll.submit);
  on('get', '/keep-second-factor/:secret', keepFactor.show);
  on('post', '/keep-second-factor/:secret', keepFactor.submit);
  on('get', '/not-me/:secret', notMe.show);
  on('post', '/not-me/:secret', notMe.submit);
  on('get', '/lost-device/:secret', lostDevice.show);
  on('post', '/lost-device/:secret', lostDevice.send);
  on('get', '/lost-device/:secret/code', lostDevice.showCode);
  on('post', '/lost-device/:secret/code', lostDevice.submitCode);
  on('get', '/verify-email/:secret', verifyEmail.show);
  on('post', '/verify-email/:secret', verifyEmail.submit);
  on('get', '/change-email/:secret', changeEmail.show);
  on('post', '/change-email/:secret', changeEmail.submit);
  on('get', '/undo-email/:secret', undoEmail.show);
  on('post', '/undo-email/:secret', undoEmail.submit);
  on('get', '/support/second-factor', support.show);
  on('post', '/support/second-factor', support.submit);
  on('get', '/support/login', supportLogin.show);
  on('post', '/support/login', supportLogin.submit);
  on('get', '/recover', recover.show);
  on('post', '/recover', recover.ask);
  on('get', '/recover/:secret', recover.showLink);
  on('post', '/recover/:secret', recover.setPassword);

  on('get', '/device', parts.device.show);
  on('post', '/device', parts.device.submit);

  on('get', '/invitation/:secret', createInvitationPage(parts));
  on('get', '/contact/:secret', contact.show);
  on('post', '/contact/:secret', contact.submit);

  if (parts.canRegister) {
    on('get', '/register', register.show);
    on('post', '/register', register.submit);
    on('get', '/invitation/:secret/register', register.showInvited);
    on('post', '/register/upstream', register.askUpstream);
    on('get', '/register/code', register.showCode);
    on('post', '/register/code', register.checkCode);
    on('post', '/register/code/again', register.sendCode);
    on('get', '/register/mail', register.showMail);
    on('post', '/register/mail', register.sendMail);
    on('get', '/register/state', register.state);
    on('post', '/register/restart', register.restart);
  }
  on('get', '/activate/:secret', activate.show);
  on('post', '/activate/:secret', activate.submit);

  on('get', '/api/authorized-keys', parts.authorizedKeys);

  routeAccount(checked, parts);
  routeConsole(checked, parts);
}

/** The hosted pages as one handler; whatever has no route is answered with our own error page. */
export function createRoutes(parts: RouteParts): Handler {
  const app = new Koa();
  const router = new Router();
  pinAuthority(app, parts.issuer);

  const opened = new Set<string>();
  addRoutes((method, path, page) => {
    if (method === 'get') opened.add(path);
    router[method](path, async (ctx) => {
      setRoute(ctx.req, path);
      // Pages write to the response themselves, as the engine does.
      ctx.respond = false;
      if (method === 'post') setReturn(ctx.req, formAddress(path, ctx.req.url ?? '', opened));
      const [first = '', second = ''] = Object.values(ctx.params);
      await page(ctx.req, ctx.res, first, second);
    });
  }, parts);

  app.use(router.routes());
  app.use((ctx) => {
    const { path: known } = router.match(ctx.path, ctx.method);
    if (known.length === 0) throw new AppError('not_found');
    ctx.set('Allow', [...new Set(known.flatMap(({ methods }) => methods))].join(', '));
    throw new AppError('method_not_allowed');
  });
  answerErrors(app, parts.errors);
  return app.callback();
}
