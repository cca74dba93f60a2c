// Tries regular expressions with texts made to be hard for them. Each gets short ones first; where one of those takes
// longer than a straight line should, it gets the same a hundred times as long, which only a straight line survives.

/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */

import { parentPort, workerData } from 'node:worker_threads';

const SHORT = 4_000;
const LONG = 400_000;
const SUSPICIOUS_MILLISECONDS = 1;

const classes: Readonly<Record<string, string>> = {
  d: '0',
  w: 'a',
  W: '-',
  s: ' ',
  S: 'a',
  n: '\n',
  r: '\r',
  t: '\t',
  b: '',
  B: '',
  p: 'ž',
  P: '!',
};

/** Characters that the expression names, in order; of a class or a group all of its members. */
function namedBy(source: string): string[] {
  const plain = source
    .replaceAll(/\\[pP]\{[^}]*\}/g, (name) => classes[name[1]!]!)
    .replaceAll(/\\x([0-9a-f]{2})|\\u([0-9a-f]{4})/gi, (_, two?: string, four?: string) =>
      String.fromCharCode(parseInt(two ?? four ?? '', 16)),
    )
    .replaceAll(/\{\d+(?:,\d*)?\}|\(\?(?:<?[=!]|:|<\w+>)/g, '')
    .replaceAll(/\\(.)/gs, (_, one: string) => classes[one] ?? `\u0001${one}`);
  return [...plain].flatMap((one, index, all) =>
    one === '\u0001' || ('^$.|?*+()[]'.includes(one) && all[index - 1] !== '\u0001') ? [] : [one],
  );
}

/** What such a text begins with: nothing, or what the expression wants first. */
const beginningOf = (source: string): string =>
  /^\^?((?:[\w/:=$-]|\\[.$/])+)(?![*?{])/.exec(source)?.[1]?.replaceAll('\\', '') ?? '';

function* attacksOn(source: string): Generator<(length: number) => string> {
  const named = namedBy(source);
  const pieces = new Set(['a', ' ', '0', '\\"', ...named]);
  for (const [index, one] of named.entries()) {
    pieces.add(one + (named[index + 1] ?? ''));
    pieces.add(named.slice(index, index + 4).join(''));
  }
  for (const begin of new Set(['', beginningOf(source), 'x', '"']))
    for (const piece of pieces)
      for (const end of ['\u0000', 'až'])
        yield (length) => begin + piece.repeat(Math.ceil(length / piece.length) || 1) + end;
}

parentPort!.postMessage('ready');
for (const { source, flags } of workerData as readonly { source: string; flags: string }[]) {
  const expression = new RegExp(source, flags);
  const isSlow = (text: string): boolean => {
    expression.lastIndex = 0;
    const start = performance.now();
    expression.test(text);
    return performance.now() - start > SUSPICIOUS_MILLISECONDS;
  };
  for (const attack of attacksOn(source)) if (isSlow(attack(SHORT))) isSlow(attack(LONG));
  parentPort!.postMessage('survived');
}
