// A store that can be broken and mended: while it is broken, everything, or every write, or one verb of one collection,
// rejects as a backend that is away does.

import { StoreUnavailable, type Collection, type Shape, type Store } from '../../src/ports/store.ts';

type Verb = (...values: unknown[]) => Promise<unknown>;

/** Wraps a store. What the error says must never be told to anybody. */
export function createBreakingStore() {
  let broken: ((name: string) => boolean) | undefined;
  const guard =
    (verb: Verb, name = ''): Verb =>
    (...values) =>
      broken?.(name)
        ? Promise.reject(
            new StoreUnavailable('connect ECONNREFUSED mongodb://admin:hunter2@db.internal:27017'),
          )
        : verb(...values);
  return {
    /** `only` is one verb of one collection: `oidc_sessions.put`. */
    break: (only?: string): void => {
      broken = (name) => only === undefined || name === only;
    },
    /** As on a full disk, where things can be read still. */
    breakWrites: (): void => {
      broken = (name) => !/\.(get|findOne|list|listByKey)$/.test(name) && name !== '';
    },
    mend: (): void => {
      broken = undefined;
    },
    wrap: (store: Store): Store => ({
      kind: store.kind,
      prepare: (shapes) => store.prepare(shapes),
      sweep: guard(() => store.sweep()) as Store['sweep'],
      ping: guard(() => store.ping()) as Store['ping'],
      close: () => store.close(),
      collection<T extends object, K extends keyof T & string>(shape: Shape<T, K>): Collection<T, K> {
        const collection = store.collection(shape);
        const guarded = (
          [
            'get',
            'findOne',
            'list',
            'listByKey',
            'insert',
            'replace',
            'put',
            'take',
            'remove',
            'removeMany',
          ] as const
        ).map((name) => [
          name,
          guard((...values) => (collection[name] as Verb)(...values), `${shape.name}.${name}`),
        ]);
        return Object.fromEntries(guarded) as Collection<T, K>;
      },
    }),
  };
}
