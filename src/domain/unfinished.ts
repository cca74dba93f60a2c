// What is not lost when a process dies in the middle of it. An act that has to be told of, in the audit log or by mail,
// is written down before it begins, and crossed out when it is done and told. What is still written down after its time
// was cut off: whichever node sees it first finishes it. So a crash may have a thing told twice, and never not at all.

import { Stale, StoreUnavailable, type Store, type Stored } from '../ports/store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../lib/log.ts';
import { timeOrderedId } from '../lib/random.ts';
import { createRepetition } from '../lib/repetition.ts';
import { collections } from './collections.ts';

/** An act that was begun. `facts` are what it takes to finish it, as JSON. */
export type UnfinishedAct = {
  readonly kind: string;
  readonly facts: object;
  /** ISO 8601, UTC: from then on whoever began it, or was finishing it, is taken to be gone. */
  readonly leftAt: string;
};

/** Says that the act is done and somebody could not be told of it: it stays written down, and they are told later. */
export type Leave = () => void;

/** Does the work once its facts are stored. The work ends with everybody told, or calls `leave`. */
export type During<F extends object> = <R>(facts: F, work: (leave: Leave) => Promise<R>) => Promise<R>;

/** Longer than any act takes, its waits for a store that is away included. */
const LEFT_AFTER_MILLISECONDS = 3 * 60_000;
const KEPT_DAYS = 30;
const SWEEP_MILLISECONDS = 15_000;
const PAGE = 500;

/** Acts over the store. `start` looks for those that were cut off, until `close`. */
export function createUnfinished(parts: { store: Store; clock: Clock; log: Log }) {
  const { store, clock, log } = parts;
  const acts = store.collection(collections.unfinished);
  const finishers = new Map<string, (facts: never, leave: Leave) => Promise<void>>();
  const strangers = new Set<string>();
  const later = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds);

  async function crossOut(id: string): Promise<void> {
    // What cannot be crossed out is finished once more.
    await acts.remove(id).catch((error: unknown) => log.warn({ error }, 'an act is told once more'));
  }

  async function finish({ id, doc }: Stored<UnfinishedAct>): Promise<void> {
    let isLeft = false;
    await finishers.get(doc.kind)!(doc.facts as never, () => {
      isLeft = true;
    });
    if (isLeft) return;
    await crossOut(id);
    log.warn({ kind: doc.kind }, 'an act that was cut off is finished');
  }

  /** Whether its time is over, and this version of the program knows how to finish it. */
  function isLeft({ leftAt, kind }: UnfinishedAct): boolean {
    if (Date.parse(leftAt) > clock.now().getTime()) return false;
    if (finishers.has(kind)) return true;
    // It stays as it is, for a node of the version that began it.
    if (!strangers.has(kind)) log.error({ kind }, 'an act of a kind that is not known was cut off');
    strangers.add(kind);
    return false;
  }

  async function finishAll(found: readonly Stored<UnfinishedAct>[]): Promise<void> {
    for (const act of found.filter(({ doc }) => isLeft(doc))) {
      try {
        const leftAt = later(LEFT_AFTER_MILLISECONDS).toISOString();
        await finish(await acts.replace(act, { ...act.doc, leftAt }, act.expiresAt));
      } catch (error) {
        // Another node has it.
        if (error instanceof Stale) continue;
        log.error({ kind: act.doc.kind, error }, 'an act that was cut off is not finished yet');
      }
    }
  }

  /** Finishes what was cut off; one that cannot be finished now is tried again later, and holds up none that follows. */
  async function finishLeft(): Promise<void> {
    for (let after = ''; ;) {
      const found = await acts.list(undefined, { limit: PAGE, ...(after === '' ? {} : { after }) });
      await finishAll(found);
      if (found.length < PAGE) return;
      after = found.at(-1)!.id;
    }
  }

  const sweeping = createRepetition(finishLeft, (error) =>
    log.warn({ error }, 'nobody can look for acts that were cut off'),
  );

  return {
    /**
     * Makes a kind of acts, by its name in the store. `finish` gets the facts of one that was cut off at any point: before
     * its change, after it, or told already. It must bear all three, and reject, or leave it, when somebody is not told yet.
     */
    kind<F extends object>(name: string, finish: (facts: F, leave: Leave) => Promise<void>): During<F> {
      finishers.set(name, finish);
      return async function during(facts, work) {
        const { id } = await acts.insert(
          timeOrderedId(clock.now()),
          {
            kind: name,
            // Plain, as documents are: no dates, nothing that is undefined.
            facts: JSON.parse(JSON.stringify(facts)) as object,
            leftAt: later(LEFT_AFTER_MILLISECONDS).toISOString(),
          },
          later(KEPT_DAYS * 86_400_000),
        );
        let isLeft = false;
        try {
          const result = await work(() => {
            isLeft = true;
          });
          if (!isLeft) await crossOut(id);
          return result;
        } catch (error) {
          // A refusal has changed nothing. After this one nobody knows how far it came.
          if (!(error instanceof StoreUnavailable)) await crossOut(id);
          throw error;
        }
      };
    },
    finishLeft,
    start: (): void => sweeping.start(SWEEP_MILLISECONDS),
    close: sweeping.close,
  };
}

export type Unfinished = ReturnType<typeof createUnfinished>;
