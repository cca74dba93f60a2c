// The pages of the console, made of the rules they stand for, and every address of it with the permission that opens it.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { FreshProofs } from '../../src/domain/operators/fresh-proofs.ts';
import type { Operations } from '../../src/domain/operators/operations.ts';
import type { Operators } from '../../src/domain/operators/operators.ts';
import type { Permission } from '../../src/domain/operators/permissions.ts';
import { createFreshProof } from '../account/fresh-proof.ts';
import type { On } from '../route.ts';
import { createConfigurationPage } from './configuration.ts';
import { createDangerous, type DangerousAct } from './dangerous.ts';
import type { ConsoleFrame, ConsoleHandler } from './frame.ts';
import { createOperatorPages } from './operators.ts';
import { createStartPages } from './start.ts';

/** An address of the console. */
export type ConsoleRoute = {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** `undefined`: every operator may. */
  readonly permission: Permission | undefined;
  readonly handler: ConsoleHandler;
  /** Whether it asks for a fresh proof and a reason. */
  readonly dangerous?: true;
};

/** Every page of the console. */
export function createConsolePages(parts: {
  accounts: Accounts;
  guard: Guard;
  operators: Operators;
  freshProofs: FreshProofs;
  hasSecondFactor: (accountId: string) => Promise<boolean>;
  operations: Operations;
  explanationOf: (variable: string) => string;
}): readonly ConsoleRoute[] {
  const { freshProofs, guard } = parts;
  const dangerous = createDangerous({ freshProofs, freshProof: createFreshProof(guard) });
  const get = (path: string, permission: Permission | undefined, handler: ConsoleHandler): ConsoleRoute => ({
    method: 'get',
    path,
    permission,
    handler,
  });
  const post = (path: string, permission: Permission, handler: ConsoleHandler): ConsoleRoute => ({
    method: 'post',
    path,
    permission,
    handler,
  });
  const act = (described: DangerousAct): ConsoleRoute[] => {
    const { show, submit } = dangerous(described);
    const { path, permission } = described;
    return [get(path, permission, show), { ...post(path, permission, submit), dangerous: true }];
  };

  const start = createStartPages();
  const operators = createOperatorPages(parts);
  return [
    get('/admin', undefined, start.home),
    get('/admin/prove', undefined, start.prove),
    get('/admin/configuration', 'configuration:read', createConfigurationPage(parts)),
    get('/admin/operators', 'operators:read', operators.list),
    post('/admin/operators', 'operators:write', operators.find),
    get('/admin/operators/:id', 'operators:read', operators.one),
    ...operators.acts.flatMap(act),
  ];
}

/** Adds the console. */
export function routeConsole(
  on: On,
  { consoleFrame, consolePages }: { consoleFrame: ConsoleFrame; consolePages: readonly ConsoleRoute[] },
): void {
  on('get', '/admin/signed-in', consoleFrame.signedIn);
  for (const { method, path, permission, handler } of consolePages)
    on(method, path, consoleFrame.page(permission, handler));
}
