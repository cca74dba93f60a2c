// Writes one document after the other, takes one of those that were there before after each, and says of every act on a
// line of its own whether the store has acknowledged it: as `kept 3`, `taken 3`, or `refused kept 3`.

import { writeSync } from 'node:fs';
import { openSqlite } from '../../adapters/storage/sqlite.ts';

const [path = '', count = ''] = process.argv.slice(2);
const store = await openSqlite({ path, now: Date.now });
await store.prepare([{ name: 'things' }]);
const things = store.collection<{ text: string }, never>({ name: 'things' });
const all = Array.from({ length: Number(count) }, (_, index) => index);
await Promise.all(all.map((index) => things.insert(`old ${index}`, { text: '' })));
writeSync(1, 'open\n');

const tell = (what: string, write: Promise<unknown>) =>
  write.then(
    () => writeSync(1, `${what}\n`),
    () => writeSync(1, `refused ${what}\n`),
  );
for (const index of all) {
  await tell(`kept ${index}`, things.insert(`new ${index}`, { text: 'x'.repeat(1000) }));
  await tell(`taken ${index}`, things.take(`old ${index}`));
}
await store.close().catch(() => {});
