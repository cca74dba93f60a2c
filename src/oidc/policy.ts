// When the engine has to ask the person: its own login and consent prompts, and ours beside them.

import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { isMultiFactor, type Levels } from './acr.ts';
import { isDeviceRoute } from './device-flow.ts';
import { signInOf } from './devices.ts';
import type { ClientCache } from './client-cache.ts';
import { requestedBy } from './grants.ts';
import { askNothingOfSupport } from './support-requests.ts';

const { Check, Prompt, base } = interactionPolicy;

type PolicyParts = {
  clients: ClientCache;
  /** Whether the account could prove two factors. */
  hasSecondFactor: (accountId: string) => Promise<boolean>;
  levels: Levels;
  /** Whether an identity of the account at an upstream may have one of these levels. */
  canProve: (accountId: string, levels: readonly string[]) => Promise<boolean>;
  /** Whether the entry of the account's address list still spares it the second factor. */
  isSpared: (accountId: string, entryId: string) => Promise<boolean>;
  /** Whether people may register themselves. */
  canRegister: boolean;
};

/** `create` (where people may register), `select_account`, `login`, `consent`, in this order (OpenID Connect Core §3.1.2.1). */
export function createPolicy(parts: PolicyParts) {
  const { clients, hasSecondFactor, levels, canProve, isSpared, canRegister } = parts;
  const askedBy = ({ oidc }: KoaContextWithOIDC) =>
    levels.askedBy(oidc.params?.['acr_values'], oidc.params?.['claims']);
  const policy = base();
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 0);
  // OpenID Initiating User Registration 1.0 §4.
  if (canRegister) policy.add(new Prompt({ name: 'create', requestable: true }), 0);
  policy
    .get('login')!
    .checks.add(
      new Check(
        'account_gone',
        'the account of the session has ended',
        'login_required',
        ({ oidc }: KoaContextWithOIDC) => oidc.session?.accountId !== undefined && oidc.account === undefined,
      ),
    );
  policy.get('login')!.checks.add(
    new Check(
      'second_factor_wanted',
      'the client asks for two factors and the session has one',
      'login_required',
      async (ctx: KoaContextWithOIDC) => {
        const { session } = ctx.oidc;
        // Whoever has just signed in has proved what they can.
        if (ctx.oidc.result?.login || session?.accountId === undefined) return false;
        const asked = askedBy(ctx);
        if (isMultiFactor(session.amr) || asked.wanted.includes(session.acr ?? '')) return false;
        return asked.multiFactor && hasSecondFactor(session.accountId);
      },
    ),
  );
  policy.get('login')!.checks.add(
    new Check(
      'level_wanted',
      'the client asks for a level that an identity of the account may have',
      'login_required',
      async (ctx: KoaContextWithOIDC) => {
        const { session } = ctx.oidc;
        if (ctx.oidc.result?.login || session?.accountId === undefined) return false;
        const { wanted } = askedBy(ctx);
        if (wanted.length === 0 || wanted.includes(session.acr ?? '')) return false;
        return canProve(session.accountId, wanted);
      },
    ),
  );
  policy.get('login')!.checks.add(
    new Check(
      'sign_in_time_untold',
      'the client asks how old the sign-in is, and an upstream did not tell',
      'login_required',
      (ctx: KoaContextWithOIDC) => {
        const { session, params, result } = ctx.oidc;
        if (result?.login || session?.accountId === undefined) return false;
        return params?.['max_age'] !== undefined && signInOf(ctx, session).isTimeUntold === true;
      },
    ),
  );
  policy.get('login')!.checks.add(
    new Check(
      'address_no_longer_listed',
      'the second factor was spared at an address that has left the list',
      'login_required',
      async (ctx: KoaContextWithOIDC) => {
        const { session } = ctx.oidc;
        const { listedBy } = signInOf(ctx, session);
        if (session?.accountId === undefined || listedBy === undefined) return false;
        return !(await isSpared(session.accountId, listedBy));
      },
    ),
  );
  const consent = policy.get('consent')!;
  consent.details = (ctx: KoaContextWithOIDC) => Promise.resolve({ asked: requestedBy(ctx) });
  // A first-party client says prompt=consent only because offline access wants it (Core §11): nobody is asked.
  consent.checks.remove('consent_prompt');
  consent.checks.add(
    new Check(
      'consent_prompt',
      'consent prompt was not resolved',
      'consent_required',
      async ({ oidc }: KoaContextWithOIDC) =>
        oidc.prompts.has('consent') &&
        oidc.promptPending('consent') &&
        (await clients.record(oidc.client!.clientId))?.metadata.first_party !== true,
    ),
  );
  const native = consent.checks.get('native_client_prompt')!;
  const { check } = native;
  // Nobody sees whether an app on a computer is what it says it is; who signs a device in has confirmed it (RFC 8252 §8.6).
  native.check = (ctx) => !isDeviceRoute(ctx.oidc.route) && check(ctx);
  askNothingOfSupport(policy);
  return policy;
}

/** Reasons for a login prompt that signing in again cannot mend: the wrong person, or a level that is out of reach. */
export const lastingReasons: Readonly<
  Record<string, 'login_required' | 'unmet_authentication_requirements'>
> = {
  id_token_hint: 'login_required',
  claims_id_token_sub_value: 'login_required',
  essential_acr: 'unmet_authentication_requirements',
  essential_acrs: 'unmet_authentication_requirements',
};
