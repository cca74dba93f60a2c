// The disk under SQLite, looked at from outside and made to fail by strace where it is installed: what was acknowledged has
// reached it, and what it does not take is refused.

import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../adapters/storage/sqlite.ts';

/** It may be installed and not allowed. */
const hasStrace = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0;
const WRITES = 12;
const writer = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));

describe.skipIf(!hasStrace)('M10: the disk', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vratny-disk-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What the program said, in the order of what it asked of the disk: `synced` for each time that it waited for it. */
  async function write(name: string, ...faults: string[]): Promise<{ path: string; events: string[] }> {
    const [path, trace] = [join(folder, `${name}.sqlite`), join(folder, `${name}.trace`)];
    const calls = ['-f', '-qq', '-o', trace, '-e', 'trace=fsync,fdatasync,pwrite64,write', ...faults];
    const { status, stderr } = spawnSync('strace', [...calls, process.execPath, writer, path, `${WRITES}`]);
    expect([status, stderr.toString().includes('strace:')]).toEqual([0, false]);
    const events = (await readFile(trace, 'utf8')).split('\n').flatMap((line) => {
      if (/\bf(data)?sync(\(| resumed).* = 0$/.test(line)) return ['synced'];
      return /\bwrite\(1, "([a-z0-9 ]+)\\n"/.exec(line)?.[1] ?? [];
    });
    return { path, events: events.slice(events.indexOf('open') + 1) };
  }

  /** Which of the writes that were told of as done can be read afterwards as they were left. */
  async function expectKept({ path, events }: { path: string; events: readonly string[] }): Promise<void> {
    const store = await openSqlite({ path, now: Date.now });
    await store.prepare([{ name: 'things' }]);
    const things = store.collection<{ text: string }, never>({ name: 'things' });
    for (let index = 0; index < WRITES; index += 1) {
      const [kept, taken] = [await things.get(`new ${index}`), await things.get(`old ${index}`)];
      if (events.includes(`kept ${index}`)) expect([index, kept?.id]).toEqual([index, `new ${index}`]);
      if (events.includes(`taken ${index}`)) expect([index, taken?.id]).toEqual([index, undefined]);
    }
    await store.close();
  }

  test('each write that is acknowledged has waited for it', async () => {
    const { events } = await write('sound');
    const answers = events.flatMap((event, place) => (event === 'synced' ? [] : [place]));
    expect(answers).toHaveLength(WRITES * 2);
    let last = -1;
    for (const place of answers) {
      expect(events.slice(last + 1, place)).toContain('synced');
      last = place;
    }
  });

  test.each([
    ['is full', 'inject=pwrite64:error=ENOSPC:when=40+'],
    ['fails when it is waited for', 'inject=fsync,fdatasync:error=EIO:when=12+'],
  ])('when it %s, nothing is said to be kept or taken that is not', async (name, fault) => {
    const written = await write(name.replaceAll(' ', '-'), '-e', fault);
    const refused = written.events.findIndex((event) => event.startsWith('refused'));
    expect(refused).toBeGreaterThan(3);
    // It does not get better by itself, and taking back is no exception.
    const rest = written.events.slice(refused).filter((event) => event !== 'synced');
    expect(rest.filter((event) => !event.startsWith('refused'))).toEqual([]);
    expect(rest.some((event) => event.startsWith('refused taken'))).toBe(true);
    await expectKept(written);
  });
});
