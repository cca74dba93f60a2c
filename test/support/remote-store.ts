// Starts a second process on the same data and speaks to its store as if it were here.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Conflict, Stale, StoreUnavailable } from '../../src/ports/store.ts';
import type { AnyShape, Collection, Store } from '../../src/ports/store.ts';
import { verbs } from './store-verbs.ts';
import type { Call, Reply } from './store-process.ts';

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/** Opens the spec in a child process that goes by the same clock. `close` ends the process. */
export async function openRemoteStore(spec: string, now: () => number): Promise<Store> {
  const module = new URL('store-process.ts', import.meta.url);
  const child = fork(module, [spec], { serialization: 'advanced', execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let count = 0;

  child.on('message', (message) => {
    const { number, value, error } = message as Reply;
    const caller = waiting.get(number);
    waiting.delete(number);
    if (error === undefined) caller?.resolve(value);
    else caller?.reject(errorOf(error));
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new StoreUnavailable('the other process has ended'));
  });

  const call = (method: string, values: readonly unknown[], shape?: AnyShape): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const number = (count += 1);
      waiting.set(number, { resolve, reject });
      const message: Call = { number, now: now(), method, values, ...(shape !== undefined && { shape }) };
      child.send(message);
    });

  const store: Store = {
    kind: 'remote',
    collection: (shape) => {
      const methods = verbs.map((verb) => [verb, (...values: unknown[]) => call(verb, values, shape)]);
      return Object.fromEntries(methods) as Collection<never, never>;
    },
    prepare: async (shapes) => void (await call('prepare', [shapes])),
    sweep: async () => Number(await call('sweep', [])),
    ping: async () => void (await call('ping', [])),
    close: async () => {
      const ended = once(child, 'exit');
      await call('close', []);
      await ended;
    },
  };
  await store.ping();
  return store;
}

function errorOf({ name, message, key }: NonNullable<Reply['error']>): Error {
  const [collection = ''] = message.split(':');
  if (name === 'Conflict') return new Conflict(collection, key);
  if (name === 'Stale') return new Stale(collection, '');
  if (name === 'StoreUnavailable') return new StoreUnavailable(message);
  return name === 'TypeError' ? new TypeError(message) : new Error(message);
}
