// Device authorization (RFC 8628) over the engine. The person's side is a page of ours until they have agreed; then the
// engine goes on as if its own form had been sent, through sign-in and consent, to the code that the device waits for.

import type { IncomingMessage } from 'node:http';
import type Engine from 'oidc-provider';
import { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { POLL_SECONDS, type DevicePollsOf } from '../domain/sign-ins/device-polls.ts';
import type { AskingDevice } from '../domain/sign-ins/device-codes.ts';
import { factsOf } from '../http/request-facts.ts';
import { randomToken } from '../lib/random.ts';
import { boundedAgent } from '../lib/user-agent.ts';
import type { DevicePages } from './device-pages.ts';
import { endpoints } from './endpoints.ts';

const handed = Symbol('handed over');
const apart = Symbol('kept apart');

type Feature = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;
type Kept = { readonly authorizations: object | undefined; readonly state: object | undefined };
type Session = { authorizations?: object | undefined; state?: object | undefined; [apart]?: Kept };
type SessionClass = {
  get: (ctx: KoaContextWithOIDC) => Promise<Session>;
  prototype: { save: (ttl: number) => Promise<string> };
};

const resume = new RegExp(`^${endpoints.code_verification}/[\\w-]+$`);

/** Where a person comes back from signing in for a device. */
export const isDeviceResume = (path: string): boolean => resume.test(path);

/** The person's side of a device's request. */
export const isDeviceRoute = (route: string | undefined): boolean =>
  route === 'code_verification' || route === 'device_resume';

/** The engine's feature, with pages of ours. */
export const createDeviceFeature = (pages: DevicePages): Feature => ({
  enabled: true,
  charset: 'base-20',
  mask: '****-****',
  deviceInfo: describeDevice,
  userCodeInputSource: pages.showProblem,
  // Whoever is handed over has confirmed already.
  userCodeConfirmSource: () => Promise.reject(new errors.InvalidRequest('not confirmed')),
  successSource: pages.showDone,
});

/** What the person is shown of the device. */
function describeDevice(ctx: KoaContextWithOIDC): AskingDevice {
  keepFreshness(ctx.oidc.params);
  const { address } = factsOf(ctx.req);
  const userAgent = boundedAgent(ctx.req.headers['user-agent'] ?? '');
  return { ...(address === undefined ? {} : { address }), userAgent };
}

/**
 * `max_age=0` the engine turns into `prompt=login`, which it does not keep with a device code, and the person would not be
 * asked anew. One second is what it keeps.
 */
function keepFreshness(params: Record<string, unknown> | undefined): void {
  if (params?.['prompt'] === 'login' && params['max_age'] === undefined) params['max_age'] = '1';
}

/** What a request was handed over with. */
type Handed = { readonly secret: string; readonly userCode: string; readonly taker: string };

/** The code that a request of our page was handed over for, and the browser that takes it up. */
export const handedOver = (req: IncomingMessage | undefined): Handed | undefined =>
  (req as { [handed]?: Handed } | undefined)?.[handed];

/** Makes a request of our page, whose form has been read and checked, the engine's own form. */
export function handOver(req: IncomingMessage, userCode: string, taker: string): void {
  const secret = randomToken();
  Object.assign(req, { [handed]: { secret, userCode, taker } satisfies Handed });
  const form = new URLSearchParams({ xsrf: secret, user_code: userCode, confirm: 'yes' });
  const body = Buffer.from(form.toString());
  req.headers['content-type'] = 'application/x-www-form-urlencoded';
  req.headers['content-length'] = String(body.length);
  delete req.headers['transfer-encoding'];
  Object.defineProperty(req, 'readable', { value: true });
  async function* whole(): AsyncGenerator<Buffer, undefined> {
    yield await Promise.resolve(body);
    return undefined;
  }
  req.iterator = whole;
}

/**
 * What a device is granted stands beside the browser's session and not in it: the session's own grant for the same
 * application stays as it was, and signing out of the browser does not end the device. And the engine's form token is the
 * one of a request that was handed over: none is ever shown, so nobody else has one.
 */
export function keepDevicesApart(provider: Engine): void {
  const Session = provider.Session as unknown as SessionClass;
  const get = Session.get.bind(Session);
  Session.get = async (ctx) => {
    const found = await get(ctx);
    if (!isDeviceRoute(ctx.oidc?.route)) return found;
    found[apart] = { authorizations: found.authorizations, state: found.state };
    found.authorizations = undefined;
    const secret = handedOver(ctx.req)?.secret;
    found.state = secret === undefined ? undefined : ours(secret);
    return found;
  };
  const { save } = Session.prototype;
  Session.prototype.save = function saveWithout(this: Session, ttl) {
    const kept = this[apart];
    if (kept) {
      this.authorizations = kept.authorizations;
      // What the engine has put there itself is the question whether to sign somebody else out first.
      if (this.state === undefined || isOurs(this.state)) this.state = kept.state;
    }
    return save.call(this, ttl);
  };
}

const ours = (secret: string) => ({ secret, isHanded: true });
const isOurs = (state: object): boolean => 'isHanded' in state;

/** Says how often a device may ask. */
export function tellInterval(provider: Engine): void {
  const on = provider.on.bind(provider) as (
    event: string,
    listener: (ctx: KoaContextWithOIDC, answer: Record<string, unknown>) => void,
  ) => void;
  on('device_authorization.success', (_ctx, answer) => {
    answer['interval'] = POLL_SECONDS;
  });
}

/** A device whose person is not done yet, and that asks too often, is told to slow down (RFC 8628 §3.5). */
export function paceDevices<Ctx extends KoaContextWithOIDC>(
  handle: (ctx: Ctx) => void | Promise<void>,
  polls: DevicePollsOf,
): (ctx: Ctx) => Promise<void> {
  return async (ctx) => {
    try {
      await handle(ctx);
    } catch (error) {
      const isTooSoon =
        error instanceof errors.AuthorizationPending &&
        (await polls.isTooSoon(String(ctx.oidc.params?.['device_code'])));
      throw isTooSoon ? new errors.SlowDown() : error;
    }
  };
}
