// Faults inside the house: the nth call that goes through its joints, or the nth question to its store, throws, or
// every call of one name.

import { collections } from '../../src/domain/collections.ts';
import { StoreUnavailable, type Store } from '../../src/ports/store.ts';
import { storeInFront } from './store-verbs.ts';

/** What the errors say: nobody may ever be told. */
export const INNERMOST = 'hunter2 at mongodb://admin@db.internal';

type Where = 'joint' | 'store';
type Fault = { readonly where: Where; readonly nth: number } | { readonly name: string };

let fault: Fault | undefined;
let counts: Record<Where, number> = { joint: 0, store: 0 };
let passed: string[] = [];
let fired: string | undefined;

function pass(where: Where, name: string): void {
  if (fault === undefined) return;
  const isIt = 'name' in fault ? fault.name === name : fault.where === where && fault.nth === counts[where];
  counts[where] += 1;
  if (!isIt) {
    passed.push(name);
    return;
  }
  fired = name;
  throw where === 'store' ? new StoreUnavailable(INNERMOST) : new Error(INNERMOST);
}

/** From here on, until it is taken back. */
export function setFault(wanted: Fault): void {
  fault = wanted;
  counts = { joint: 0, store: 0 };
  passed = [];
  fired = undefined;
}

/** Takes it back: what has thrown, if anything has, and all that went well. */
export function takeFaultBack(): { fired: string | undefined; passed: ReadonlySet<string> } {
  fault = undefined;
  return { fired, passed: new Set(passed) };
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** The same parts, where every call of a function in them can throw. Names are paths: `steps.totp.submit`. */
export function joint<T extends object>(parts: T, path = '', depth = 3): T {
  const entries = Object.entries(parts).map(([key, value]: [string, unknown]) => {
    const name = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'function')
      return [
        key,
        (...given: unknown[]): unknown => {
          pass('joint', name);
          return Reflect.apply(value, parts, given) as unknown;
        },
      ];
    return [key, isPlain(value) && depth > 0 ? joint(value, name, depth - 1) : value];
  });
  return Object.fromEntries(entries) as T;
}

/** The same store, where every question can be refused. */
export const faultyStore = (store: Store): Store =>
  storeInFront(store, async ({ name }, ask) => {
    // A node looks for changes by itself, every second: that is none of the questions of a request.
    if (!name.startsWith(`${collections.revisions.name}.`)) pass('store', name);
    return ask();
  });
