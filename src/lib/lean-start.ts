// What keeps a start short and an idle server small. Nothing here changes what the program does.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Keeps the young generation as small as it begins. Nearly all that loading makes lives on, which V8 takes for a reason
 * to grow it to its most, 16 MiB twice, of which an idle server uses nothing.
 */
export const holdYoungHeap = (): void => setFlagsFromString('--semi-space-growth-factor=1');

/** Lets it grow with the load again, as V8 does by itself. */
export const releaseYoungHeap = (): void => setFlagsFromString('--semi-space-growth-factor=2');

/**
 * Spares the process Node's client for the web (4 MiB, some hundredths of a second): a module that imports `node:http`
 * is given all of its exports, three of which are getters that load that client. It is loaded still where somebody calls
 * `fetch`. Must come before the first such import.
 */
export function spareWebClient(): void {
  const http: object = process.getBuiltinModule('node:http');
  for (const getter of ['WebSocket', 'CloseEvent', 'MessageEvent']) Reflect.deleteProperty(http, getter);
}

/**
 * Collects all garbage now, in a tenth of a second in which nothing else runs. V8 leaves what loading threw away (8 MiB)
 * until the heap grows again, which it does not while nobody comes.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'major'; flavor: 'last-resort' }) => void;
  // V8's last resort before it runs out of memory: it gives the pages back, too.
  collect({ type: 'major', flavor: 'last-resort' });
}
