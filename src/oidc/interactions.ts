// The engine's interactions as the rest of the house knows them: what is asked of the person, and how it ends.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import type { Accounts } from '../domain/accounts/accounts.ts';
import type { Standing } from '../domain/accounts/standing.ts';
import type { ClientMetadata } from '../domain/clients/client-metadata.ts';
import type { Consented } from '../domain/clients/consents.ts';
import type { Endings } from '../domain/sign-ins/endings.ts';
import { AppError } from '../lib/app-error.ts';
import type { ClientFace } from '../http/pages.ts';
import type { AskedLevels, Levels } from './acr.ts';
import type { ClientCache } from './client-cache.ts';
import { faceOf } from './client-face.ts';
import { endpoints } from './endpoints.ts';
import type { RunningEngine } from './engine.ts';
import { lastingReasons } from './policy.ts';

export type PromptName = 'login' | 'consent' | 'select_account' | 'create';

/** What the engine waits for the person to do. */
export type SignInRequest = {
  readonly uid: string;
  readonly prompt: PromptName;
  readonly client: ClientMetadata;
  /** The authorization request's parameters, texts only. */
  readonly params: Readonly<Record<string, string>>;
  /** Who is signed in in this browser. */
  readonly signedInAs: string | undefined;
  /** What the person is asked to allow: what they have not yet, or all of it when they are to be asked again. */
  readonly missing: Consented;
  /** How strong the client wants the sign-in. */
  readonly level: AskedLevels;
  /** Set when the engine asks again although the person has just signed in: asking once more would not help. */
  readonly unmet: 'login_required' | 'unmet_authentication_requirements' | undefined;
};

/** What a finished login says (OpenID Connect Core §2: `amr`, `acr`, `auth_time`). */
export type LoginResult = Standing & {
  readonly accountId: string;
  /** Hash of the id of the browser that it was finished in, which alone takes it up. */
  readonly browser: string;
  readonly amr: readonly string[];
  readonly acr: string;
  /** Seconds since 1970: when it was proved, not when the sign-in came to its end. */
  readonly authTime: number;
  /** The upstream does not tell when the person signed in there: `authTime` is when its answer came. */
  readonly isTimeUntold: boolean;
  /** The entry of the person's address list that spared them the second factor. */
  readonly listedBy?: string | undefined;
};

type Interaction = Awaited<ReturnType<ReturnType<RunningEngine['provider']>['interactionDetails']>>;

/** Reads and ends interactions. Rejects with `sign_in_over` when there is none in this browser. */
export function createInteractions(parts: {
  engine: RunningEngine;
  clients: ClientCache;
  accounts: Accounts;
  endings: Endings;
  levels: Levels;
}) {
  const { engine, clients, accounts, endings, levels } = parts;

  /** Who is signed in, unless their account has ended meanwhile. */
  async function activeAccount(id: string | undefined): Promise<string | undefined> {
    if (id === undefined) return undefined;
    return (await accounts.get(id))?.doc.status === 'active' ? id : undefined;
  }

  async function details(req: IncomingMessage, res: ServerResponse, uid: string): Promise<Interaction> {
    try {
      const interaction = await engine.provider().interactionDetails(req, res);
      if (interaction.uid === uid) return interaction;
    } catch (cause) {
      if (!(cause instanceof errors.SessionNotFound)) throw cause;
    }
    throw new AppError('sign_in_over', { detail: 'no such interaction in this browser' });
  }

  /** The session that this browser's cookie names; a new one when there is none. */
  function presentSession(req: IncomingMessage, res: ServerResponse) {
    const provider = engine.provider();
    return provider.Session.get(provider.createContext(req, res));
  }

  /** Ends the interaction and sends the person back into the authorization request. */
  async function end(
    req: IncomingMessage,
    res: ServerResponse,
    result: Record<string, unknown>,
  ): Promise<void> {
    await engine
      .provider()
      .interactionFinished(req, res, result, { mergeWithLastSubmission: !('error' in result) });
  }

  return {
    async load(req: IncomingMessage, res: ServerResponse, uid: string): Promise<SignInRequest> {
      const interaction = await details(req, res, uid);
      const params = textParams(interaction.params);
      const record = await clients.record(params['client_id'] ?? '');
      if (!record) throw new AppError('sign_in_over', { detail: 'the client is gone' });
      const asked = interaction.prompt;
      const justSignedIn = interaction.lastSubmission?.login !== undefined && asked.name === 'login';
      const begunIn = interaction.session?.uid;
      // Signed out in another tab, or the browser has lost its session: then nobody is signed in here.
      const sessionEnded = begunIn !== undefined && begunIn !== (await presentSession(req, res)).uid;
      return {
        uid,
        prompt: asked.name as PromptName,
        client: record.metadata,
        params,
        signedInAs: await activeAccount(sessionEnded ? undefined : interaction.session?.accountId),
        missing: missingOf(asked.details),
        level: levels.askedBy(params['acr_values'], params['claims']),
        unmet: justSignedIn ? asked.reasons.map((reason) => lastingReasons[reason]).find(Boolean) : undefined,
      };
    },

    /** The person is who they proved to be. A session of somebody else in this browser ends first. */
    async finishLogin(
      req: IncomingMessage,
      res: ServerResponse,
      uid: string,
      login: LoginResult,
      more: Record<string, unknown> = {},
    ): Promise<void> {
      const interaction = await details(req, res, uid);
      // As it is now: somebody may have signed in in another tab since this sign-in began.
      const before = await presentSession(req, res);
      const another = before.accountId !== undefined && before.accountId !== login.accountId;
      if (another) await endings.endSession(before.uid);
      const begunIn = interaction.session?.uid;
      if (begunIn !== undefined && (another || begunIn !== before.uid)) {
        // The engine goes on only in the session that a sign-in began in, and that one has ended.
        delete (interaction as { session?: unknown }).session;
        await interaction.persist();
      }
      await end(req, res, {
        ...more,
        login: {
          accountId: login.accountId,
          browser: login.browser,
          amr: login.amr,
          acr: login.acr,
          ts: login.authTime,
          provedAt: login.provedAt,
          credentialVersion: login.credentialVersion,
          ...(login.isTimeUntold ? { isTimeUntold: true } : {}),
          ...(login.listedBy === undefined ? {} : { listedBy: login.listedBy }),
          // The cookie ends with the browser: staying signed in longer is for the person to choose.
          remember: false,
        },
      });
    },

    /** The person stays who they are. */
    finishSelection: (req: IncomingMessage, res: ServerResponse): Promise<void> =>
      end(req, res, { select_account: {} }),

    /** The person allows what was missing. */
    async finishConsent(req: IncomingMessage, res: ServerResponse, request: SignInRequest): Promise<void> {
      const interaction = await details(req, res, request.uid);
      const { Grant } = engine.provider();
      const accountId = interaction.session!.accountId;
      const existing = interaction.grantId === undefined ? undefined : await Grant.find(interaction.grantId);
      const grant = existing ?? new Grant({ accountId, clientId: request.client.client_id });
      const { scopes, claims, resources } = request.missing;
      if (scopes.length > 0) grant.addOIDCScope(scopes.join(' '));
      if (claims.length > 0) grant.addOIDCClaims([...claims]);
      for (const [indicator, names] of Object.entries(resources))
        grant.addResourceScope(indicator, names.join(' '));
      await end(req, res, { consent: { grantId: await grant.save() } });
    },

    /** The person declines, or nothing they can do would satisfy the client (RFC 6749 §4.1.2.1). */
    async refuse(req: IncomingMessage, res: ServerResponse, uid: string, error: string): Promise<void> {
      await details(req, res, uid);
      await end(req, res, { error });
    },

    /** A client as pages show it; `undefined` when it is gone. */
    async face(clientId: string): Promise<ClientFace | undefined> {
      const record = await clients.record(clientId);
      return record && faceOf(record.metadata);
    },

    /**
     * Where the same authorization request begins again; empty when only the client can begin it (RFC 9126 §5), as a
     * device does.
     */
    async restartUrl(clientId: string, params: Readonly<Record<string, string>>): Promise<string> {
      if (params['response_type'] === undefined) return '';
      const record = await clients.record(clientId);
      if (!record || record.metadata.require_pushed_authorization_requests) return '';
      const { request_uri: _used, ...rest } = params;
      return `${endpoints.authorization}?${new URLSearchParams(rest).toString()}`;
    },
  };
}

export type Interactions = ReturnType<typeof createInteractions>;

const textParams = (params: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(params).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

function missingOf(details: Readonly<Record<string, unknown>>): Consented {
  const anew = ['missingOIDCScope', 'missingOIDCClaims', 'missingResourceScopes'].every(
    (name) => details[name] === undefined,
  );
  if (anew && details['asked'] !== undefined) return details['asked'] as Consented;
  const names = (value: unknown): string[] => (value === undefined ? [] : [...(value as Iterable<string>)]);
  const resources = Object.entries(
    (details['missingResourceScopes'] ?? {}) as Record<string, Iterable<string>>,
  );
  return {
    scopes: names(details['missingOIDCScope']),
    claims: names(details['missingOIDCClaims']),
    resources: Object.fromEntries(resources.map(([indicator, scopes]) => [indicator, [...scopes]])),
  };
}
