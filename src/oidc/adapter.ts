// The engine's documents in our storage. Bearer values are stored as hashes, and whatever may be used once is used
// up by compare-and-swap: the engine reads `consumed`, calls `consume` and trusts that the adapter minds the race.

import Engine, { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { Clock } from '../ports/clock.ts';
import { Conflict, Stale, type Collection, type Store, type Stored } from '../ports/store.ts';
import { engineCollections, type EngineDocument } from '../domain/collections.ts';
import {
  isTakenBy,
  takerOf,
  TOLD_EXPIRED_SECONDS,
  type DeviceCodes,
} from '../domain/sign-ins/device-codes.ts';
import type { Cookies } from '../http/cookies.ts';
import type { ClientCache } from './client-cache.ts';
import { handedOver } from './device-flow.ts';
import { initialAccessTokenAdapter, registrationAdapter, type ClientRegistration } from './registration.ts';
import { mayBeOf, storedIdOf } from './token-kinds.ts';
import { beginWrite } from './begun-writes.ts';

type Model = keyof typeof engineCollections;
type Documents = Collection<EngineDocument, 'uid' | 'grantId' | 'accountId'>;

/** A grant is named in tokens but opens nothing by itself, so it is stored under its own id. */
const storedId = (model: string, id: string): string =>
  model === 'Grant' ? id : id.startsWith(REFERENCE) ? id.slice(REFERENCE.length) : storedIdOf(id);

/**
 * Names a device code to the engine while the person decides about it: the code itself is with the device alone. No
 * bearer value begins like that, and a device that came with one would find nothing.
 */
const REFERENCE = 'ref.';

/**
 * Without the bearer value itself: it is left out, and cut off the address to resume at; and without the session
 * cookie that the engine copies into interactions.
 */
function toDocument(model: string, payload: AdapterPayload): EngineDocument {
  const { jti, ...rest } = payload as Record<string, unknown>;
  if (model !== 'Interaction') return rest;
  const { session, returnTo } = rest;
  const { cookie: _cookie, ...kept } = (session ?? {}) as Record<string, unknown>;
  return {
    ...rest,
    ...(session === undefined ? {} : { session: kept }),
    returnTo: String(returnTo).replace(String(jti), ''),
  };
}

function toPayload(
  model: string,
  stored: Stored<EngineDocument> | undefined,
  jti?: string,
): AdapterPayload | undefined {
  if (!stored || jti === undefined) return stored?.doc;
  const { returnTo } = stored.doc;
  return {
    ...stored.doc,
    jti,
    ...(model === 'Interaction' ? { returnTo: `${String(returnTo)}${jti}` } : {}),
  };
}

/** The adapter factory that the engine asks for one adapter per model. */
export function createEngineAdapter(parts: {
  store: Store;
  clock: Clock;
  clients: ClientCache;
  clientRegistration: ClientRegistration;
  deviceCodes: Pick<DeviceCodes, 'hash' | 'find'>;
  cookies: Pick<Cookies, 'knownBrowserId'>;
}): (model: string) => Adapter {
  const { store, clock, clients, clientRegistration, deviceCodes, cookies } = parts;

  /** How the browser of the request under way is kept with a device code. */
  function presentTaker(): string | undefined {
    const browserId = Engine.ctx && cookies.knownBrowserId(Engine.ctx.req);
    return browserId === undefined ? undefined : takerOf(browserId);
  }

  return function adapterFor(model) {
    if (model === 'Client') return clientAdapter(clients, clientRegistration);
    if (model === 'InitialAccessToken')
      return { ...absentAdapter(model), ...initialAccessTokenAdapter(clientRegistration) };
    if (!(model in engineCollections)) return absentAdapter(model);
    const documents = store.collection(engineCollections[model as Model] as never) as unknown as Documents;
    const once = model === 'ReplayDetection';

    return {
      async upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn ? new Date(clock.now().getTime() + expiresIn * 1000) : undefined;
        const document = toDocument(model, payload);
        if (once) await documents.insert(storedId(model, id), document, expiresAt);
        else if (model === 'DeviceCode') await decide(documents, id, document, deviceCodes.hash);
        else if (model === 'Session' && readBefore(id))
          await saveIfThere(documents, storedId(model, id), document, expiresAt);
        else if (tokens.has(model))
          await beginWrite(documents.put(storedId(model, id), document, expiresAt), () =>
            documents.remove(storedId(model, id)),
          );
        else {
          const put = putLast(documents, storedId(model, id), document, expiresAt);
          await (lasting.has(model) ? beginWrite(put) : put);
        }
      },
      async find(id) {
        if (!mayBeOf(model, id)) return undefined;
        const isReference = id.startsWith(REFERENCE);
        if (isReference && Engine.ctx?.oidc?.route !== 'device_resume') return undefined;
        const found = await documents.get(storedId(model, id));
        // Who was led past the page that asks has not confirmed it: the browser that has goes on with it, and no other one.
        if (isReference && !isTakenBy(found?.doc, presentTaker())) return undefined;
        if (found && remembered.has(model)) rememberRead(id, found);
        return toPayload(model, found, id);
      },
      // The session's bearer value is not stored, so what is found by uid can be read but not continued.
      findByUid: async (uid) => toPayload(model, await documents.findOne('uid', uid)),
      async findByUserCode(userCode) {
        const found = await deviceCodes.find(userCode);
        if (!found) return undefined;
        const id = REFERENCE + found.id;
        rememberRead(id, found);
        const { inFlight, ...doc } = found.doc;
        // Whose browser has taken it up may do so again: the second click of two, or signing in that was left.
        const isOthers = inFlight === true && !isTakenBy(doc, handedOver(Engine.ctx?.req)?.taker);
        return { ...doc, ...(isOthers ? { inFlight: true } : {}), userCode, jti: id };
      },
      async consume(id) {
        const seen = readBefore(id) ?? (await documents.get(storedId(model, id)));
        if (!seen || seen.doc.consumed !== undefined) throw used(model);
        const consumed = Math.floor(clock.now().getTime() / 1000);
        const replaced = documents
          .replace(seen, { ...seen.doc, consumed }, seen.expiresAt)
          .catch((error: unknown) => {
            throw error instanceof Stale ? used(model) : error;
          });
        // The engine has an answer for who comes too late with a pushed request, if it hears of it in time.
        await (model === 'PushedAuthorizationRequest' ? replaced : beginWrite(replaced));
      },
      async destroy(id) {
        // Of several changes that come with one token at once, one goes on with a new token.
        if (model === 'Interaction') await beginWrite(documents.remove(storedId(model, id)));
        else if (model !== 'RegistrationAccessToken') await documents.remove(storedId(model, id));
        else if (!(await documents.take(storedId(model, id)))) throw new errors.InvalidToken('has been used');
      },
      async revokeByGrantId(grantId) {
        await documents.removeMany('grantId', grantId);
      },
    };
  };
}

const MAX_ATTEMPTS = 10;

/** Made anew under a value that nobody had before. */
const tokens: ReadonlySet<string> = new Set([
  'AccessToken',
  'RefreshToken',
  'ClientCredentials',
  'AuthorizationCode',
]);

/** What may stand when something else of the request could not be written: it opens nothing by itself. */
const lasting: ReadonlySet<string> = new Set(['Grant', 'Session']);

/** What a request has read and may write back: the session at its end, and what it uses up as it was when it was judged. */
const remembered: ReadonlySet<string> = new Set([
  'Session',
  'AuthorizationCode',
  'RefreshToken',
  'DeviceCode',
  'PushedAuthorizationRequest',
]);

const reads = Symbol('reads');
type Reading = { [reads]?: Map<string, Stored<EngineDocument>> };

/** By bearer value, which is random: two models never share one. */
function rememberRead(id: string, found: Stored<EngineDocument>): void {
  const ctx = Engine.ctx as Reading | undefined;
  if (ctx) (ctx[reads] ??= new Map()).set(id, found);
}

/**
 * What was used up before this request came with it once more: the code or refresh token behind a bearer value, as the
 * request has read it.
 */
export function usedBefore(id: string): EngineDocument | undefined {
  const doc = readBefore(id)?.doc;
  return doc?.consumed === undefined ? undefined : doc;
}

const readBefore = (id: string): Stored<EngineDocument> | undefined =>
  (Engine.ctx as Reading | undefined)?.[reads]?.get(id);

/** Saves a session that was there when the request began. If it was ended meanwhile, it stays ended. */
async function saveIfThere(
  documents: Documents,
  id: string,
  document: EngineDocument,
  expiresAt?: Date,
): Promise<void> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const seen = await documents.get(id);
    if (!seen) return;
    try {
      await documents.replace(seen, document, expiresAt);
      return;
    } catch (error) {
      if (!(error instanceof Stale)) throw error;
    }
  }
  // Others have saved the whole session after each of these reads: so would they have after a write of ours.
}

/**
 * A device code is made once, and then changes from what the request has seen: of a person who allows it, another who
 * refuses it and the device that takes the answer, each at the same moment, one is in time.
 */
async function decide(
  documents: Documents,
  id: string,
  document: EngineDocument,
  hash: (userCode: string) => string,
): Promise<void> {
  const seen = readBefore(id);
  if (!seen) {
    const expiresAt = new Date((Number(document['exp']) + TOLD_EXPIRED_SECONDS) * 1000);
    await documents.insert(
      storedIdOf(id),
      { ...document, userCode: hash(document.userCode ?? '') },
      expiresAt,
    );
    return;
  }
  const { userCode = '' } = seen.doc;
  const takenBy = handedOver(Engine.ctx?.req)?.taker ?? seen.doc['takenBy'];
  const decided = { ...document, userCode, ...(takenBy === undefined ? {} : { takenBy }) };
  try {
    rememberRead(id, await documents.replace(seen, decided, seen.expiresAt));
  } catch (error) {
    throw error instanceof Stale ? used('DeviceCode') : error;
  }
}

/**
 * Last write wins. A session changes its id while it keeps its uid; of two tabs that do so at once the later one
 * takes the session over, instead of failing on the uid.
 */
async function putLast(
  documents: Documents,
  id: string,
  document: EngineDocument,
  expiresAt?: Date,
): Promise<void> {
  try {
    await documents.put(id, document, expiresAt);
  } catch (error) {
    if (!(error instanceof Conflict) || document.uid === undefined) throw error;
    await documents.removeMany('uid', document.uid);
    await documents.put(id, document, expiresAt);
  }
}

/** What the loser of a race is told: the same as everyone who comes with something used (RFC 6749 §5.2, RFC 9126 §2.2). */
const used = (model: string): Error =>
  model === 'PushedAuthorizationRequest'
    ? new errors.InvalidRequest('request_uri has been used')
    : new errors.InvalidGrant('has been used already');

/** Whether a value is seen for the first time: of many at once exactly one is (RFC 7523 §3, `jti`). */
export async function firstSeen(insert: () => Promise<void>): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if (error instanceof Conflict) return false;
    throw error;
  }
}

/** Clients are read through the cache; the engine writes those that register themselves. */
function clientAdapter(clients: ClientCache, registration: ClientRegistration): Adapter {
  return {
    ...absentAdapter('Client'),
    ...registrationAdapter(registration, clients),
    find: (id) => clients.engine(id),
  };
}

/** Models of features that are off: reading finds nothing, writing is a fault. */
function absentAdapter(model: string): Adapter {
  const refuse = () => Promise.reject(new Error(`${model} is not stored: its feature is off`));
  const nothing = () => Promise.resolve(undefined);
  return {
    upsert: refuse,
    consume: refuse,
    destroy: nothing,
    revokeByGrantId: nothing,
    find: nothing,
    findByUid: nothing,
    findByUserCode: nothing,
  };
}
