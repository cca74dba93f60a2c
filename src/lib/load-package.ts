// Packages that are loaded where they are first used, in the middle of work that cannot wait for an `import()`.

import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** The package as CommonJS gives it; loaded once. */
export const loadPackage = (name: string): unknown => load(name);
