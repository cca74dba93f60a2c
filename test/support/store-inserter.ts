// Inserts without end and prints each id once it is acknowledged, until it is killed.

import { openSqlite } from '../../adapters/storage/sqlite.ts';

const [path = ''] = process.argv.slice(2);
const store = await openSqlite({ path, now: Date.now });
const shape = { name: 'things', unique: ['login'] } as const;
await store.prepare([shape]);
const things = store.collection<{ login: string }, 'login'>(shape);

const insertOn = async (lane: number): Promise<never> => {
  for (let i = 0; ; i += 1) {
    const id = `${lane}-${i}`;
    await things.insert(id, { login: `login ${id}` });
    process.stdout.write(`${id}\n`);
  }
};
await Promise.all(Array.from({ length: 32 }, (_, lane) => insertOn(lane)));
