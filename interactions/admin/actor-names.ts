// Who did something, as the console says it: a person by their name, a program or a command as it is kept.

import { displayName, type Accounts } from '../../src/domain/accounts/accounts.ts';

/** Names an actor by its key (`operator:<id>`); nobody is an empty text. */
export const createActorNames =
  (accounts: Pick<Accounts, 'get'>) =>
  async (actor = ''): Promise<string> => {
    const [kind, id = ''] = actor.split(':', 2);
    const account = kind === 'operator' || kind === 'person' ? await accounts.get(id) : undefined;
    return account ? displayName(account.doc) : actor;
  };

/** Names the actors of entries of the audit log for its lists: their kind stays, a person's id gives way to the name. */
export function createListedActors(accounts: Pick<Accounts, 'get'>) {
  const nameOf = createActorNames(accounts);
  return async ({ actor, actorName }: { actor: string; actorName?: string }): Promise<string> => {
    if (actorName) return `${actor} ${actorName}`;
    const name = await nameOf(actor);
    return name === actor ? actor : `${actor.split(':', 1)[0]}:${name}`;
  };
}
