// The log as a file shows it: whole lines in the order they were written, whichever way each was made.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog, type Log } from '../../src/lib/log.ts';

const folder = mkdtempSync(join(tmpdir(), 'vratny-log-'));
const file = join(folder, 'log');
let fd: number;

beforeAll(() => {
  fd = openSync(file, 'w');
});
afterAll(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const odd = { text: 'a"b\\\n\u0000\u2028č\ud800', number: 1.5, none: undefined, nan: Number.NaN, yes: true };

test('a line of plain facts is the same whether made here or by pino', () => {
  const log = createLog({ level: 'info', fd, sync: true });
  log.info(odd, 'same');
  log.warn(odd, 'same');
  log.flush();
  const [info, warn] = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .slice(-2)
    .map((line) =>
      line.replace(/"time":"\d{4}-\d\d-\d\dT[\d:.]+Z"/, '"time":"T"').replace(/"(info|warn)"/, '"L"'),
    );
  expect(info).toBe(warn);
  expect(info).toContain('"time":"T"');
});

test('an error keeps its stack and cause, and what refers to itself does not break the log', () => {
  const log = createLog({ level: 'info', fd, sync: true });
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  log.info({ error: new Error('outer', { cause: new Error('inner') }) }, 'with error');
  log.info({ circular, list: [1, { two: 2 }] }, 'with objects');
  log.flush();
  const [error, objects] = linesOf(readFileSync(file, 'utf8')).slice(-2);
  expect(JSON.stringify(error)).toMatch(/outer.*log\.test\.ts.*inner.*log\.test\.ts/);
  expect(objects).toMatchObject({ list: [1, { two: 2 }] });
});

test('lines below the level are not written', () => {
  const before = readFileSync(file, 'utf8');
  const log: Log = createLog({ level: 'warn', fd, sync: true });
  log.info({ plain: true }, 'no');
  log.info({ list: [] }, 'no');
  log.flush();
  expect(readFileSync(file, 'utf8')).toBe(before);
});

test.each(['process.exit(0)', 'throw new Error()', ''])(
  'lines that wait for others are written when the process ends (%s)',
  (end) => {
    const module = JSON.stringify(new URL('../../src/lib/log.ts', import.meta.url).href);
    const script = `import { createLog } from ${module};
      const log = createLog({ level: 'info' });
      for (let n = 0; n < 1000; n += 1) n % 3 ? log.info({ n }, 'line') : log.info({ n, list: [] }, 'line');
      ${end}`;
    let text: string;
    try {
      text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
        stdio: 'pipe',
      }).toString();
    } catch (error) {
      text = String((error as { stdout: Buffer }).stdout);
    }
    expect(linesOf(text).map(({ n }) => n)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  },
);
