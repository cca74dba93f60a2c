// How many passwords the hasher alone verifies, with as many threads as the server has: no sign-in can be faster.

import { createHasher } from '../adapters/hash/pool.ts';
import type { Hasher } from '../src/ports/hasher.ts';
import { measure } from './load.ts';
import { PASSWORD } from './subject.ts';

export type HashBench = {
  perSecond(time: { warmUp: number; duration: number }): Promise<number>;
  close: Hasher['close'];
};

/** Starts a hasher like the server's. */
export async function createHashBench(workers: number, connections: number): Promise<HashBench> {
  const hasher = createHasher({ workers, peppers: [{ id: 'bench', key: Buffer.alloc(32, 7) }] });
  const hash = await hasher.hash(PASSWORD);
  const verify = async () => {
    if (!(await hasher.verify(hash, PASSWORD)).matches) throw new Error('the hash does not verify');
  };
  return {
    perSecond: async ({ warmUp, duration }) => {
      const operations = Array(connections).fill(verify);
      await measure(operations, warmUp);
      return (await measure(operations, duration)).perSecond;
    },
    close: () => hasher.close(),
  };
}
