// The account that a command is about: how it is named on the command line, and how it is shown.

import { comparableName, type StoredAccount } from '../domain/accounts/accounts.ts';
import { AppError } from '../lib/app-error.ts';
import type { Work } from './run.ts';

/** An account as it is shown: everything but its secrets. */
export function shownAccount({ id, doc }: StoredAccount) {
  const { passwordHash, exposedPasswordHash: _exposed, ...open } = doc;
  const { loginKey: _login, emailKey: _email, credentialVersion: _version, ...rest } = open;
  return { id, ...rest, hasPassword: passwordHash !== undefined };
}

/** By id, login name or e-mail. */
export async function requireAccount({ core }: Work, named: string): Promise<StoredAccount> {
  const account =
    (await core.accounts.get(comparableName(named) || named)) ??
    (await core.accounts.findByIdentifier(named));
  if (!account)
    throw new AppError('not_found', {
      detail: `no account ${named}: \`account list\` shows those there are`,
    });
  return account;
}
