// Packages that are loaded where they are first used, in the middle of work that cannot wait for an `import()`, and files
// of those that are nothing but data.

import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** The package as CommonJS gives it; loaded once. */
export const loadPackage = (name: string): unknown => load(name);

/** The path of a file in a package, given as `<package>/<file>`; nothing is loaded. */
export const packageFile = (file: string): string => load.resolve(file);
