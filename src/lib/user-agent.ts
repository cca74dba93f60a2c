// What a browser says of itself, in words: its name and its system, or nothing. Anybody can send any text, so it is
// cut before it is read, and only names that are known come out.

import type * as bowser from 'bowser';
import { loadPackage } from './load-package.ts';
import { once } from './once.ts';

export type Agent = {
  /** Name and major version, such as `Firefox 141`; empty when it is none we know. */
  readonly browser: string;
  /** Such as `Windows`; empty when it is none we know. */
  readonly system: string;
};

/** The longest header that is read or stored, in UTF-16 units; real ones have some 150. */
const MAX_LENGTH = 512;

/** The reader and all names that it can give. */
const knownNames = once(() => {
  const { BROWSER_MAP, OS_MAP, parse } = loadPackage('bowser') as typeof bowser;
  return {
    parse,
    browsers: new Set(Object.values(BROWSER_MAP)),
    systems: new Set(Object.values(OS_MAP)),
  };
});
const nobody: Agent = { browser: '', system: '' };

/** The header as it is stored and shown: one line of visible ASCII, cut to 512 characters. */
export const boundedAgent = (userAgent: string): string =>
  userAgent
    .slice(0, MAX_LENGTH)
    .replaceAll(/[^\x20-\x7e]/g, '')
    .trim();

/** Browser and system of a `User-Agent` header. Never throws. */
export function readAgent(userAgent: string): Agent {
  const bounded = boundedAgent(userAgent);
  if (bounded === '') return nobody;
  const { parse, browsers, systems } = knownNames();
  const { browser, os } = parse(bounded);
  const name = known(browser.name, browsers);
  const [, major] = /^(\d{1,4})(?:\.|$)/.exec(browser.version ?? '') ?? [];
  return { browser: name && major ? `${name} ${major}` : name, system: known(os.name, systems) };
}

/** The same as one text: `Firefox 141, Windows`; empty when neither is known. */
export function describeAgent(userAgent: string): string {
  const { browser, system } = readAgent(userAgent);
  return [browser, system].filter(Boolean).join(', ');
}

const known = (name: string | undefined, names: ReadonlySet<string>): string =>
  name !== undefined && names.has(name) ? name : '';
