// The process: one entry for the server and for every command. Without a command it serves.

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { holdYoungHeap, spareWebClient } from './lib/lean-start.ts';

// Compiled code is kept between starts, which more than halves the time until the first answer. It is kept beside the
// packages, not in the machine's folder for temporary files, where other users could put code of theirs.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'));
holdYoungHeap();
spareWebClient();
const { start } = await import('./cli/start.ts');
process.exitCode = await start(process.argv.slice(2), process.env);
