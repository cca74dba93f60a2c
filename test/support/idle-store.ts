// Writes, leaves the store open and comes to its end: the process must end too, and only after the write.

import { openSqlite } from '../../adapters/storage/sqlite.ts';

const [path = ''] = process.argv.slice(2);
const store = await openSqlite({ path, now: Date.now });
const shape = { name: 'things' };
await store.prepare([shape]);
void store
  .collection<object, never>(shape)
  .insert('pending', {})
  .then(() => process.stdout.write('acknowledged\n'));
