// The telephone numbers of the world, by the library that knows them.

import { createRequire } from 'node:module';
import type * as NumberingPlans from 'libphonenumber-js/max';

const require = createRequire(import.meta.url);

/** They are 3 MiB of memory and ninety files: loaded when somebody first types a number or looks at a country. */
export const numberingPlans = (): typeof NumberingPlans =>
  require('libphonenumber-js/max') as typeof NumberingPlans;
