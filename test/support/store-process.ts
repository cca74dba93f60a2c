// A store in a process of its own, driven by messages: the other node of the storage tests.

import { openStore } from '../../adapters/registry.ts';
import type { AnyShape, Store } from '../../src/ports/store.ts';

export type Call = {
  readonly number: number;
  /** The time on the tests' clock. */
  readonly now: number;
  readonly shape?: AnyShape;
  readonly method: string;
  readonly values: readonly unknown[];
};
export type Reply = {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly key?: string };
};

const [spec = ''] = process.argv.slice(2);
let now = 0;
const opening = openStore(spec, { now: () => now });

process.on('message', (call: Call) => {
  now = call.now;
  const answer = (reply: Omit<Reply, 'number'>) =>
    process.send?.({ number: call.number, ...reply }, undefined, {}, () => {
      if (call.method === 'close') process.disconnect?.();
    });
  carryOut(call).then(
    (value) => answer({ value }),
    ({ name, message, key }: Error & { key?: string }) =>
      answer({ error: { name, message, ...(key !== undefined && { key }) } }),
  );
});

async function carryOut({ shape, method, values }: Call): Promise<unknown> {
  const store = await opening;
  const target = shape === undefined ? store : store.collection(shape as Parameters<Store['collection']>[0]);
  const methods = target as unknown as Record<string, (...values: readonly unknown[]) => Promise<unknown>>;
  return await methods[method]?.(...values);
}
