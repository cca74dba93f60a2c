// Solving a proof of work in tests as the page's own script does, without a browser.

import { hash } from 'node:crypto';
import type { Browser } from './browser.ts';

type Challenge = {
  readonly algorithm: string;
  readonly challenge: string;
  readonly maxnumber: number;
  readonly salt: string;
  readonly signature: string;
};

/** What a form sends for a challenge, by trying every number. */
export function solveChallenge(challengeJson: string): string {
  const { maxnumber, ...challenge } = JSON.parse(challengeJson) as Challenge;
  for (let number = 0; number <= maxnumber; number += 1) {
    if (hash('sha256', `${challenge.salt}${number}`) === challenge.challenge) {
      return Buffer.from(JSON.stringify({ ...challenge, number })).toString('base64');
    }
  }
  throw new Error('the challenge has no answer');
}

/** The challenge on the page that a browser is at. */
export function challengeOn(browser: Browser): string {
  const found = /data-challenge="([^"]*)"/.exec(browser.html)?.[1];
  if (found === undefined) throw new Error(`no proof of work on "${browser.heading}" at ${browser.url}`);
  return found.replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

/** The answer to the challenge on the page that a browser is at: the value of the field `altcha`. */
export const solveOn = (browser: Browser): string => solveChallenge(challengeOn(browser));
