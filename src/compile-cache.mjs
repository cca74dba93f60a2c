// Loaded before src/main.ts by `npm start` (which turns the cache on by itself where it is started without this): with the compile cache on from the first file, Node need not load its type
// stripper at all once everything is cached, which saves 13 MiB and a tenth of a second.

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Beside the packages, not in the machine's folder for temporary files, where other users could put code of theirs.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/compiled'));
