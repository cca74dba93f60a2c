// No text makes a regular expression of the product work for long: each is tried with texts made to be hard for it.

import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { regexLiterals, type RegexLiteral } from './support/regex-literals.ts';
import { sources } from './support/sources.ts';

/** A straight line takes milliseconds, and what is none minutes. */
const LIMIT_MILLISECONDS = 5_000;

/** Those that are no straight lines, and never see a text that is long and anybody's. */
const shortOrOurs: ReadonlySet<string> = new Set([
  // What the operator has configured, for the operator to read.
  String.raw`/\/\/.*@/s`,
  String.raw`/([?&][^=&]*(?:password|token|properties)[^=&]*=)[^&]*/gi`,
  String.raw`/\s*,\s*/`,
  // Of what is JSON already, where each quotation mark has its other one.
  String.raw`/("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/gs`,
]);

/** The expressions that did not come to an end. */
async function slowOf(
  literals: readonly RegexLiteral[],
  limitMilliseconds = LIMIT_MILLISECONDS,
): Promise<RegexLiteral[]> {
  const slow: RegexLiteral[] = [];
  for (let at = 0; at < literals.length;) {
    const left = literals.slice(at);
    const worker = new Worker(new URL('./support/regex-worker.ts', import.meta.url), { workerData: left });
    at += await new Promise<number>((resolve, reject) => {
      // The first word is that it begins.
      let done = -1;
      let limit: NodeJS.Timeout | undefined;
      worker.on('message', () => {
        done += 1;
        clearTimeout(limit);
        limit = setTimeout(() => resolve(done), limitMilliseconds);
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        clearTimeout(limit);
        resolve(done);
      });
    });
    await worker.terminate();
    if (at < literals.length) slow.push(literals[at]!);
    at += 1;
  }
  return slow;
}

test('the trial knows a bad one when it sees it', async () => {
  const trial = [/(a+)+$/, /\/+$/, /^[a-z]+$/].map(({ source, flags }) => ({
    text: source,
    source,
    flags,
    where: '',
  }));
  expect((await slowOf(trial, 1_500)).map(({ text }) => text)).toEqual(['(a+)+$', String.raw`\/+$`]);
});

test(
  'A11: no text that anybody may send makes an expression work for long',
  { timeout: 120_000 },
  async () => {
    const literals = regexLiterals(sources.filter(({ file }) => /^(src|interactions|adapters)\//.test(file)));
    expect(literals.length).toBeGreaterThan(200);
    const texts = new Set(literals.map(({ text }) => text));
    expect([...shortOrOurs].filter((text) => !texts.has(text))).toEqual([]);
    const slow = await slowOf(literals.filter(({ text }) => !shortOrOurs.has(text)));
    expect(slow.map(({ text, where }) => `${where} ${text}`)).toEqual([]);
  },
);
