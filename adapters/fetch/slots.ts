// A bounded number of things under way per key; the rest wait their turn, or until they are called off.

/** Slots of which each key has so many. */
export function createSlots(perKey: number) {
  const taken = new Map<string, { count: number; waiting: (() => void)[] }>();

  return {
    /** Resolves with the function that gives the slot back. Rejects with the signal's reason if that comes first. */
    async enter(key: string, signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted();
      const entry = taken.get(key) ?? { count: 0, waiting: [] };
      taken.set(key, entry);
      if (entry.count < perKey) entry.count += 1;
      else await turn(entry.waiting, signal);
      return () => {
        const next = entry.waiting.shift();
        if (next !== undefined) return next();
        entry.count -= 1;
        if (entry.count === 0) taken.delete(key);
      };
    },
  };
}

/** Resolves when called from the line; whoever gives up leaves it, so that no slot is handed to nobody. */
function turn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      waiting.splice(waiting.indexOf(called), 1);
      reject(signal.reason);
    };
    const called = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    waiting.push(called);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
