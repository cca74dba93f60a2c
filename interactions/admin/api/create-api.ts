// The operators' API joined: rows, tokens, keys of requests, the description of it all.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clients } from '../../../src/domain/clients/clients.ts';
import type { Idempotency } from '../../../src/domain/operators/idempotency.ts';
import type { Errors } from '../../../src/http/errors.ts';
import type { Pages } from '../../../src/http/pages.ts';
import type { RunningEngine } from '../../../src/oidc/engine.ts';
import { OPERATORS_API_PAGE } from '../../../src/oidc/operator-scopes.ts';
import { createOperatorTokens } from '../../../src/oidc/operator-tokens.ts';
import { createRates } from '../../../src/domain/limits/rates.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Store } from '../../../src/ports/store.ts';
import { createDocsPage } from './docs-page.ts';
import { createOpenApi } from './openapi.ts';
import type { Operation } from './operation.ts';
import { createApiServer, type ApiServer, type OpenPage } from './server.ts';

/** The API of these operations. */
export function createApi(parts: {
  issuer: string;
  operations: readonly Operation[];
  engine: RunningEngine;
  clients: Clients;
  idempotency: Idempotency;
  store: Store;
  clock: Clock;
  errors: Errors;
  pages: Pages;
}): ApiServer {
  const { issuer, operations, store, clock } = parts;
  // Both are made when somebody first reads them: of all that a start does they would be a twentieth.
  let document: Buffer | undefined;
  let docs: OpenPage | undefined;
  return createApiServer({
    ...parts,
    openPages: new Map([
      [
        '/openapi.json',
        (req, res) => {
          document ??= Buffer.from(JSON.stringify(createOpenApi(operations, issuer), undefined, 1));
          sendDocument(req, res, document);
        },
      ],
      ['/docs', (req, res) => (docs ??= createDocsPage(parts))(req, res)],
      // Who types the bare address looks for what there is.
      ['', toDocs],
      ['/', toDocs],
    ]),
    findToken: createOperatorTokens(parts),
    rates: createRates(store, clock),
  });
}

const toDocs: OpenPage = (_req, res) => {
  res.statusCode = 303;
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Location', OPERATORS_API_PAGE);
  res.end();
};

function sendDocument(req: IncomingMessage, res: ServerResponse, document: Buffer): void {
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Length', document.length);
  res.end(req.method === 'HEAD' ? undefined : document);
}
