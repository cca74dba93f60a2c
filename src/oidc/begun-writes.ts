// What a request to the engine writes, under way together: a token request uses up a code or token, then stores one new
// token after the other; the end of a sign-in stores grant, code and session. The engine waits for each. Begun in the same
// breath they share one commit, and the ID token is signed meanwhile.

import Engine, { type KoaContextWithOIDC } from 'oidc-provider';

/** `undo` takes back what was written for nothing; without it the write stands. */
type Write = { readonly done: Promise<unknown>; readonly undo?: () => Promise<void> };

const begun = Symbol('writes');
type Writing = KoaContextWithOIDC & { [begun]?: Write[] };

/**
 * A write of the engine that the same request does not read again. Inside `awaitWrites` it goes on while the engine does,
 * and is waited for before anything is answered. Elsewhere it is waited for at once.
 */
export async function beginWrite(done: Promise<unknown>, undo?: () => Promise<void>): Promise<void> {
  const writes = Engine.ctx && (Engine.ctx as Writing)[begun];
  if (writes === undefined) {
    await done;
    return;
  }
  // Whoever waits below hears of a failure; nobody else has to.
  done.catch(() => {});
  writes.push(undo === undefined ? { done } : { done, undo });
}

/**
 * Runs a handler of the engine; resolves when all that it wrote is durable. When a write fails, most of all when another
 * request has used up the same code or token first, the new codes and tokens, whose values nobody has learned, are
 * taken back.
 */
export async function awaitWrites(ctx: Writing, handle: () => void | Promise<void>): Promise<void> {
  const writes: Write[] = [];
  ctx[begun] = writes;
  let refusal: { error: unknown } | undefined;
  try {
    await handle();
  } catch (error) {
    refusal = { error };
  }
  delete ctx[begun];
  const outcomes = await Promise.allSettled(writes.map(({ done }) => done));
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) {
    await Promise.allSettled(writes.map(async ({ undo }) => undo?.()));
    throw failure.reason;
  }
  if (refusal) throw refusal.error;
}
