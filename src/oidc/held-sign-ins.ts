// Finished sign-ins that the browser has not taken up yet. The engine signs the person in when the browser comes back
// with one, up to the interaction's whole life later; by then the account may have been locked.

import Engine from 'oidc-provider';
import type { Accounts } from '../domain/accounts/accounts.ts';
import { stillHolds, type Standing } from '../domain/accounts/standing.ts';

type Login = Standing & { readonly accountId: string };
type Interaction = { result?: { login?: Login }; destroy: () => Promise<void> };
type InteractionClass = { find: (id: string, options?: object) => Promise<Interaction | undefined> };

const resumes: ReadonlySet<string> = new Set(['resume', 'device_resume']);

/** Makes the engine forget a finished sign-in that no longer holds, as if it had expired. */
export function dropHeldSignIns(provider: Engine, accounts: Accounts): void {
  const Interaction = provider.Interaction as unknown as InteractionClass;
  const find = Interaction.find.bind(Interaction);
  Interaction.find = async (id, options) => {
    const found = await find(id, options);
    const login = found?.result?.login;
    if (!found || !login || !resumes.has(Engine.ctx?.oidc?.route ?? '')) return found;
    if (stillHolds((await accounts.get(login.accountId))?.doc, login)) return found;
    await found.destroy();
    return undefined;
  };
}
