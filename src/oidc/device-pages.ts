// The last page of a person who signs a device in: it is signed in, it was refused, or its code is over.

import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { DeviceCodes } from '../domain/sign-ins/device-codes.ts';
import type { SignInRecorder } from '../domain/sign-ins/sign-in-recorder.ts';
import type { Cookies } from '../http/cookies.ts';
import { factsOf } from '../http/request-facts.ts';
import { handedOver } from './device-flow.ts';
import { endpoints } from './endpoints.ts';
import type { EnginePages } from './pages.ts';

type ErrorOut = Parameters<EnginePages['renderError']>[1];

/** How the engine calls the end of a code; the classes are not for others. */
const over: ReadonlySet<string> = new Set([
  'NoCodeError',
  'NotFoundError',
  'ExpiredError',
  'AlreadyUsedError',
]);

/** Pages for the engine to call. */
export function createDevicePages(parts: {
  pages: EnginePages;
  accounts: Accounts;
  recorder: Pick<SignInRecorder, 'signedIn'>;
  cookies: Cookies;
  deviceCodes: Pick<DeviceCodes, 'isTakenBy'>;
}) {
  const { pages, accounts, recorder, cookies, deviceCodes } = parts;

  async function tell(ctx: KoaContextWithOIDC, result: 'approved' | 'denied' | 'over'): Promise<void> {
    const client = result === 'over' ? undefined : await pages.clientOf(ctx);
    pages.show(ctx, {
      template: 'pages/device-ended.njk',
      status: result === 'over' ? 410 : 200,
      props: { result },
      client,
      uiLocales: pages.uiLocales(ctx),
    });
  }

  /**
   * Whether two clicks of one browser have met, and this one lost. Its answer is the one that the browser shows, so the
   * form is sent once more, to what the other click has made of it.
   */
  async function isOwnRace({ req }: KoaContextWithOIDC, error: Error | undefined): Promise<boolean> {
    const handed = handedOver(req);
    const isLost = error?.name === 'AlreadyUsedError' || error instanceof errors.InvalidGrant;
    return handed !== undefined && isLost && deviceCodes.isTakenBy(handed.userCode, handed.taker);
  }

  function sendAgain(ctx: KoaContextWithOIDC): void {
    ctx.status = 307;
    ctx.set('Cache-Control', 'no-store');
    ctx.set('Location', endpoints.code_verification);
    ctx.body = '';
  }

  /** Who was signed in already has allowed a device without a new sign-in: they are to know of it all the same. */
  async function record(ctx: KoaContextWithOIDC): Promise<void> {
    const { client, session } = ctx.oidc;
    const account = await accounts.get(session?.accountId ?? '');
    if (!account || !client) return;
    await recorder.signedIn({
      account,
      methods: ['device'],
      attempt: {
        address: factsOf(ctx.req).address,
        browserId: cookies.browserId(ctx.req, ctx.res),
        userAgent: ctx.req.headers['user-agent'] ?? '',
        clientId: client.clientId,
        clientName: client.clientName ?? client.clientId,
      },
      openMarks: cookies.openMarks(ctx.req),
    });
  }

  return {
    async showDone(ctx: KoaContextWithOIDC): Promise<void> {
      if (!ctx.oidc.result?.login) await record(ctx);
      await tell(ctx, 'approved');
    },

    /** Where the engine would ask for a code again. */
    async showProblem(ctx: KoaContextWithOIDC, _form: string, out?: ErrorOut, error?: Error): Promise<void> {
      // The engine has put a form token into the session for a form that is not shown; a session that was never saved it
      // could not even save.
      if (ctx.oidc.session) Object.assign(ctx.oidc.session, { touched: false });
      if (error?.name === 'AbortedError') return tell(ctx, 'denied');
      if (await isOwnRace(ctx, error)) return sendAgain(ctx);
      // Somebody was faster: the code is used.
      const isOver = error === undefined || over.has(error.name) || error instanceof errors.InvalidGrant;
      return isOver ? tell(ctx, 'over') : pages.renderError(ctx, out ?? { error: 'server_error' }, error);
    },
  };
}

export type DevicePages = ReturnType<typeof createDevicePages>;
