// What browsers say of themselves, in words, and that nothing else can be made to come out.

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundedAgent, describeAgent, readAgent } from '../../src/lib/user-agent.ts';
import { polyglots } from '../views/polyglots.ts';

describe('browser and system', () => {
  test.for([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0', 'Firefox 141, Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
      'Chrome 131, Windows',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0',
      'Microsoft Edge 131, macOS',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
      'Safari 18, iOS',
    ],
    ['curl/8.14.1', ''],
    ['constructor/1.0', ''],
    ['__proto__/1.0', ''],
    ['', ''],
  ] as const)('of %s are “%s”', ([userAgent, words]) => {
    expect(describeAgent(userAgent)).toBe(words);
  });

  test('are names we know and a number, or nothing, whatever is sent', () => {
    const browser = /^(?:[A-Z][\w .-]{0,40}(?: \d{1,4})?)?$/;
    const check = (text: string) => {
      const agent = readAgent(text);
      expect(agent.browser).toMatch(browser);
      expect(agent.system).toMatch(/^[\w ./-]{0,40}$/);
    };
    polyglots.forEach(check);
    for (const polyglot of polyglots) check(`Mozilla/5.0 (${polyglot}) Firefox/${polyglot}`);
    fc.assert(fc.property(fc.string({ maxLength: 600 }), check));
  });

  test('are read in no time from texts made to take long', () => {
    const began = process.threadCpuUsage();
    for (const part of [
      '(',
      'a/',
      '1.',
      'Opera ',
      'like Gecko ',
      'Version/1',
      ' ',
      'Mozilla/5.0 (',
      'android ',
    ]) {
      readAgent(part.repeat(8000));
      readAgent(`Mozilla/5.0 ${part.repeat(8000)} Safari/1`);
    }
    expect(process.threadCpuUsage(began).user / 1000).toBeLessThan(500);
  });
});

test('what is stored is one line of visible ASCII, cut', () => {
  expect(boundedAgent(` Fire\r\nfox\u202e\u0000${'x'.repeat(1000)}`)).toMatch(/^Firefoxx{400,}$/);
  expect(boundedAgent('x'.repeat(1000))).toHaveLength(512);
});
