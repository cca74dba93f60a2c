// Accounts for the engine: whom a session or token stands for, and what is told of them.

import type { AccountClaims, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { Account, Accounts } from '../domain/accounts/accounts.ts';
import { standsFor } from '../domain/accounts/standing.ts';
import type { ChosenCustomer } from '../domain/customers/chosen-customer.ts';
import { sessionStands } from '../domain/sign-ins/sessions.ts';
import type { StandingUse, Uses } from '../domain/support-access/uses.ts';
import { customerOf } from './acting.ts';
import { claimsOf } from './claims.ts';
import { signInOf } from './devices.ts';
import { markOfGrant, markOfSession } from './support-mark.ts';

type Granted = { readonly grantId?: string | undefined };

export type FinderParts = {
  accounts: Pick<Accounts, 'get'>;
  chosenCustomer: ChosenCustomer;
  /** What operators do as support stands or has ended. */
  supportUses: Pick<Uses, 'find'>;
  /** The person's SSH keys, as lines of `authorized_keys`. */
  sshKeysOf: (accountId: string) => Promise<string[]>;
};

/** Whether what is shown stands for the account: a token by its sign-in (or by itself), else the session. */
function stands(ctx: KoaContextWithOIDC, account: Account, token: object | undefined): boolean {
  if (token === undefined) {
    const { session } = ctx.oidc;
    return sessionStands(account, { loginTs: session?.loginTs, provedAt: signInOf(ctx, session).provedAt });
  }
  const { authTime, iat } = token as { authTime?: number; iat?: number };
  return standsFor(account, authTime ?? iat);
}

/** Finds accounts: a disabled one is as good as none, so its tokens and sessions end with it. */
export function createAccountFinder(parts: FinderParts): Configuration['findAccount'] {
  const { accounts, chosenCustomer, sshKeysOf, supportUses } = parts;

  /** Whom the person acts for, as the grant has it; one that was given before they acted for anybody has none. */
  function actingIn(ctx: KoaContextWithOIDC, accountId: string, use: StandingUse | undefined) {
    const customerId = use?.customerId ?? customerOf(ctx.oidc.grant);
    return customerId === undefined
      ? chosenCustomer.inSession(accountId, ctx.oidc.session?.uid)
      : chosenCustomer.forCustomer(accountId, customerId);
  }

  return async (ctx, sub, token) => {
    const found = await accounts.get(sub);
    if (!found || !stands(ctx, found.doc, token)) return undefined;
    const mark = token ? markOfGrant((token as Granted).grantId) : markOfSession(ctx.oidc.session);
    const use = mark && (await supportUses.find(mark.use));
    if (mark && use?.accountId !== sub) return undefined;
    return {
      accountId: found.id,
      async claims(_use, scope, claims): Promise<AccountClaims> {
        const wants = (name: string) => scope.split(' ').includes(name);
        const named = Object.keys(claims ?? {}).some((claim) => claim.startsWith('customer_'));
        const known = claimsOf(
          found.id,
          found.doc,
          named || wants('customer') ? await actingIn(ctx, found.id, use) : undefined,
          use && { sub: use.operatorId },
        );
        const wantsKeys = wants('ssh_keys') || 'ssh_keys' in (claims ?? {});
        return wantsKeys ? { ...known, ssh_keys: await sshKeysOf(found.id) } : known;
      },
    };
  };
}
