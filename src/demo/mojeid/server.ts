// The simulated MojeID as a web server: its protocol endpoints, and the pages that a person sees there.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setCommonHeaders } from '../../http/headers.ts';
import { redirect } from '../pages.ts';
import type { Services } from './clients.ts';
import type { Faults, FaultName } from './faults.ts';
import type { Keys } from './keys.ts';
import { metadataOf } from './metadata.ts';
import type { Tokens } from './tokens.ts';

/** Something that answers a request, or leaves it to the next. */
export type Handler = (req: IncomingMessage, res: ServerResponse, url: URL) => Promise<boolean>;

export type SimulatorParts = {
  readonly issuer: string;
  readonly services: Services;
  readonly tokens: Tokens;
  readonly keys: Keys;
  readonly faults: Faults;
  readonly pages: Handler;
};

const MEGABYTE = 1_048_576;
const LONG_MILLISECONDS = 20_000;

/** Answers with JSON. */
export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.end(JSON.stringify(body));
}

const sendHtml = (res: ServerResponse): void => {
  res.setHeader('Content-Type', 'text/html');
  res.end('<!doctype html><title>Maintenance</title><h1>Back soon</h1>');
};

/** A server that answers nothing for a long time, or until the other side gives up. */
const holdBack = (req: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, LONG_MILLISECONDS);
    req.socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });

type Endpoint = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** The endpoints that programs ask. */
function createEndpoints({
  issuer,
  services,
  tokens,
  keys,
  faults,
}: SimulatorParts): Readonly<Record<string, Endpoint>> {
  return {
    async 'GET /oidc/.well-known/openid-configuration'(_req, res) {
      const named = faults.has('issuer-without-slash') ? issuer.slice(0, -1) : issuer;
      sendJson(res, 200, metadataOf(issuer, named));
    },
    async 'GET /oidc/key.jwk'(_req, res) {
      sendJson(res, 200, { keys: [(await keys.published()).jwk] });
    },
    async 'POST /oidc/token/'(req, res) {
      const form = new URLSearchParams(await text(req));
      const personId = tokens.personOf(form.get('code'));
      const has = (name: FaultName) => faults.has(name, personId);
      if (has('token-slow')) return holdBack(req);
      if (has('token-error')) return sendJson(res, 500, { error: 'server_error' });
      if (has('token-html')) return sendHtml(res);
      if (has('token-redirect')) return redirect(res, `${issuer}token/?again`);
      const { status, body } = await tokens.exchange(form, req.headers.authorization);
      return sendJson(res, status, body);
    },
    async 'GET /oidc/userinfo/'(req, res) {
      const found = tokens.userinfo(req.headers.authorization);
      const has = (name: FaultName) => faults.has(name, found?.personId);
      if (has('userinfo-slow')) return holdBack(req);
      if (!found || has('userinfo-refused')) return sendJson(res, 401, { error: 'access_denied' });
      if (has('userinfo-error')) return sendJson(res, 500, { error: 'server_error' });
      if (has('userinfo-html')) return sendHtml(res);
      const padding = has('userinfo-huge') ? { padding: 'x'.repeat(MEGABYTE) } : {};
      return sendJson(res, 200, { ...found.claims, ...padding });
    },
    async 'POST /oidc/registration/'(req, res) {
      const fields = registrationOf(await text(req));
      const uris = fields['redirect_uris'];
      if (!Array.isArray(uris) || uris.length === 0)
        return sendJson(res, 400, { error: 'invalid_redirect_uri' });
      const service = services.register({
        redirectUris: uris.map(String),
        name: typeof fields['client_name'] === 'string' ? fields['client_name'] : '',
        authMethod: fields['token_endpoint_auth_method'] as string | undefined,
      });
      return sendJson(res, 201, {
        client_id: service.id,
        client_secret: service.secret,
        client_secret_expires_at: Math.floor(service.expiresAt! / 1000),
        application_type: 'web',
        redirect_uris: service.redirectUris,
        response_types: ['code'],
        token_endpoint_auth_method: service.authMethod,
        request_object_signing_alg: 'none',
      });
    },
  };
}

const aliases: Readonly<Record<string, string>> = {
  'GET /.well-known/openid-configuration/': 'GET /oidc/.well-known/openid-configuration',
  'POST /oidc/userinfo/': 'GET /oidc/userinfo/',
};

/** The server; it does not listen yet, and its parts are asked for with the first request. */
export function createSimulatorServer(partsOf: () => SimulatorParts): Server {
  let endpoints: ReturnType<typeof createEndpoints> | undefined;

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parts = partsOf();
    endpoints ??= createEndpoints(parts);
    setCommonHeaders(res, 'mojeid', false);
    const url = new URL(req.url!, parts.issuer);
    const called = `${req.method} ${url.pathname}`;
    const endpoint = endpoints[aliases[called] ?? called];
    if (endpoint) return endpoint(req, res);
    if (await parts.pages(req, res, url)) return undefined;
    return sendJson(res, 404, { error: 'not_found' });
  }

  return createServer((req, res) => {
    answer(req, res).catch((error: unknown) => {
      if (res.headersSent) return void res.end();
      return sendJson(res, 500, { error: 'server_error', detail: String(error) });
    });
  });
}

/** JSON, or a form whose fields are JSON or texts, as CZ.NIC's own plugin for Django sends it. */
function registrationOf(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    const form = new URLSearchParams(body);
    return { ...Object.fromEntries(form), redirect_uris: form.getAll('redirect_uris') };
  }
}
