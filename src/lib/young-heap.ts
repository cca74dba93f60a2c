// How far V8 lets the part of the heap grow in which things are made: not at all while the program is loaded.

import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generation as small as it begins. Nearly all that loading makes lives on, which V8 takes for a reason
 * to grow it to its most, 16 MiB twice, of which an idle server uses nothing.
 */
export const holdYoungHeap = (): void => setFlagsFromString('--semi-space-growth-factor=1');

/** Lets it grow with the load again, as V8 does by itself. */
export const releaseYoungHeap = (): void => setFlagsFromString('--semi-space-growth-factor=2');
