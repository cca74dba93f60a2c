// Finished sign-ins that the browser has not taken up yet. The engine signs the person in when the browser comes back
// with one, up to the interaction's whole life later; by then the account may have been locked. And it takes any browser
// that brings the cookie, which a site under a neighbouring name can plant in somebody else's.

import Engine, { type KoaContextWithOIDC } from 'oidc-provider';
import type { Accounts } from '../domain/accounts/accounts.ts';
import { stillHolds, type Standing } from '../domain/accounts/standing.ts';
import type { Cookies } from '../http/cookies.ts';
import { digest, secretsEqual } from '../lib/digest.ts';

type Login = Standing & { readonly accountId: string; readonly browser?: string };
type Interaction = { result?: { login?: Login }; destroy: () => Promise<void> };
type InteractionClass = { find: (id: string, options?: object) => Promise<Interaction | undefined> };

const resumes: ReadonlySet<string> = new Set(['resume', 'device_resume']);

/**
 * Makes the engine forget a finished sign-in that no longer holds, as if it had expired; one that was finished in another
 * browser is none in this one.
 */
export function dropHeldSignIns(
  provider: Engine,
  accounts: Accounts,
  cookies: Pick<Cookies, 'knownBrowserId'>,
): void {
  const Interaction = provider.Interaction as unknown as InteractionClass;
  const find = Interaction.find.bind(Interaction);

  const isOfBrowser = ({ browser }: Login, { req }: KoaContextWithOIDC): boolean =>
    secretsEqual(browser ?? '', digest(cookies.knownBrowserId(req) ?? ''));

  Interaction.find = async (id, options) => {
    const found = await find(id, options);
    const login = found?.result?.login;
    const { ctx } = Engine;
    if (!found || !login || !ctx || !resumes.has(ctx.oidc?.route ?? '')) return found;
    if (!isOfBrowser(login, ctx)) return undefined;
    if (stillHolds((await accounts.get(login.accountId))?.doc, login)) return found;
    await found.destroy();
    return undefined;
  };
}
