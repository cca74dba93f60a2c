// The engine in service: built again when keys change, so a rotation needs no restart, and its metadata kept ready.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type Engine from 'oidc-provider';
import type { Log } from '../lib/log.ts';
import { createRepetition } from '../lib/repetition.ts';
import type { Revisions } from '../domain/revisions.ts';
import type { Audit } from '../domain/audit/audit.ts';
import type { Quotas } from '../domain/limits/quotas.ts';
import type { Signals } from '../domain/signals.ts';
import type { SigningKeys } from '../domain/signing-keys.ts';
import type { TokenChecks } from '../domain/api-tokens/token-checks.ts';
import type { SupportAccess } from '../domain/support-access/support-access.ts';
import { takerOf } from '../domain/sign-ins/device-codes.ts';
import type { DevicePollsOf } from '../domain/sign-ins/device-polls.ts';
import type { TellClients } from '../domain/sign-ins/endings.ts';
import type { Cookies } from '../http/cookies.ts';
import { gatherBody } from '../http/body.ts';
import { answerErrors, type Errors } from '../http/errors.ts';
import type { Handler, Route } from '../http/gate.ts';
import { sendPrepared, type ReadyAnswer } from '../http/static.ts';
import { createMetadata, type Metadata } from './metadata.ts';
import { createProvider } from './provider.ts';
import { watchErrors } from './refusals.ts';
import { endpoints } from './endpoints.ts';
import { handOver, isDeviceResume } from './device-flow.ts';
import { createRegistrationRoute } from './registration.ts';
import { createSettings, type SettingsParts } from './settings.ts';

const POLL_MILLISECONDS = 1000;
/** The engine refuses longer bodies. */
const BODY_LIMIT_BYTES = 56 * 1024;

type EngineParts = SettingsParts & {
  signingKeys: SigningKeys;
  revisions: Revisions;
  errors: Errors;
  cookies: Cookies;
  tellClients: TellClients;
  audit: Pick<Audit, 'note'>;
  signals: Pick<Signals, 'emit'>;
  tokenChecks: TokenChecks;
  supportAccess: Pick<SupportAccess, 'leave' | 'leaveAll'>;
  devicePolls: DevicePollsOf;
  quotas: Quotas;
  log: Log;
};

type Generation = {
  readonly provider: Engine;
  readonly callback: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  readonly metadata: Metadata;
  readonly changesAt: Date | undefined;
};

/** Whether a path belongs to the engine: nearly always it is one of its endpoints as they stand. */
const isEnginePath = (path: string): boolean =>
  exact.has(path) || below.has(`/${path.split('/')[1]}`) || isDeviceResume(path);
const metadataPaths: ReadonlySet<string> = new Set([
  endpoints.jwks,
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
]);
// Registration has a route of its own, where it is on; the page for codes of devices is ours.
const { registration: _registration, code_verification: _page, ...always } = endpoints;
const exact: ReadonlySet<string> = new Set([...metadataPaths, ...Object.values(always)]);
const below: ReadonlySet<string> = new Set([endpoints.authorization, endpoints.token, endpoints.end_session]);

/** Starts the engine with the stored keys. `close` stops watching for changes. */
export async function createEngine(parts: EngineParts) {
  const { config, signingKeys, revisions, clients, pages, errors, log, clock } = parts;
  await signingKeys.ensure();
  const seen: Record<'clients' | 'keys', number> = {
    clients: await revisions.current('clients'),
    keys: await revisions.current('keys'),
  };
  let current = await build();

  async function build(): Promise<Generation> {
    const { jwks, changesAt } = await signingKeys.load();
    const metadata = createMetadata(config.issuer.startsWith('https:'));
    const provider = createProvider(createSettings(parts, jwks), {
      issuer: config.issuer,
      clock,
      clients,
      pages,
      metadata,
      cookies: parts.cookies,
      tellClients: parts.tellClients,
      audit: parts.audit,
      accounts: parts.accounts,
      tokenChecks: parts.tokenChecks,
      supportUses: parts.supportUses,
      supportAccess: parts.supportAccess,
      devicePolls: parts.devicePolls,
      quotas: parts.quotas,
      log,
    });
    watchErrors(provider, log);
    // Signing out at the engine itself; whatever else ends sessions does so in the store, see domain/sign-ins/endings.ts.
    provider.on('session.destroyed', ({ accountId }) => {
      if (accountId !== undefined) parts.signals.emit({ kind: 'sessions_ended', accountId, count: 1 });
    });
    const callback = provider.callback() as unknown as Generation['callback'];
    answerErrors(provider, errors);
    return { provider, callback, metadata, changesAt };
  }

  /** Looks whether something cached has changed on another node, or a key's hour has come. */
  async function refresh(): Promise<void> {
    const [clientsNow, keysNow] = await Promise.all([
      revisions.current('clients'),
      revisions.current('keys'),
    ]);
    if (clientsNow !== seen.clients) {
      clients.clear();
      seen.clients = clientsNow;
    }
    const due = current.changesAt !== undefined && current.changesAt <= clock.now();
    if (keysNow !== seen.keys || due) {
      current = await build();
      seen.keys = keysNow;
      log.info({}, 'signing keys loaded');
    }
  }

  const following = createRepetition(refresh, (error) => log.warn({ error }, 'could not look for changes'));
  following.start(POLL_MILLISECONDS);

  const handle: Handler = (req, res) => {
    if (req.method === 'POST') gatherBody(req, BODY_LIMIT_BYTES);
    return current.callback(req, res);
  };

  /** Discovery and keys, which everybody may always have. */
  const openRoute: Route = (path, method) => {
    const ready = method === 'GET' || method === 'HEAD' ? current.metadata.find(path) : undefined;
    if (ready) return (req, res) => sendPrepared(req, res, path, ready);
    return metadataPaths.has(path) ? handle : undefined;
  };

  const route: Route = (path) => (isEnginePath(path) ? handle : undefined);

  /** For programs that register themselves as clients. */
  const registrationRoute = createRegistrationRoute({
    ...parts.clientRegistration,
    quotas: parts.quotas,
    clients,
    limitBytes: BODY_LIMIT_BYTES,
    handle: (req, res) => current.callback(req, res),
  });

  return {
    openRoute,
    route,
    registrationRoute,
    ready: (target: string): ReadyAnswer | undefined => current.metadata.ready(target),
    refresh,
    /** A person at our page allows the device with this code: the engine signs them in, and asks what is to be asked. */
    verifyDevice(
      req: IncomingMessage,
      res: ServerResponse,
      userCode: string,
      browserId: string,
    ): Promise<void> {
      handOver(req, userCode, takerOf(browserId));
      return current.callback(req, res);
    },
    provider: (): Engine => current.provider,
    async close(): Promise<void> {
      await following.close();
    },
  };
}

export type RunningEngine = Awaited<ReturnType<typeof createEngine>>;
