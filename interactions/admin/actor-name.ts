// Who acted, as the console calls them.

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';
import { actorKey, type Actor } from '../../src/domain/audit/audit-entry.ts';

/** The name of an actor: an operator's own, what the machine or a program is called; empty for nobody. */
export const createActorName =
  (accounts: Pick<Accounts, 'get'>) =>
  async (actor: Actor | undefined): Promise<string> => {
    if (actor === undefined) return '';
    const account = actor.kind === 'operator' ? await accounts.get(actor.accountId) : undefined;
    if (account) return displayName(account.doc);
    return actor.kind === 'command' ? `command ${actor.name ?? ''}`.trim() : actorKey(actor);
  };
