// How connections are opened: what makes an acknowledged write durable is set here and nowhere else.

import { DatabaseSync } from 'node:sqlite';

const lockWaitMs = 5000;

/** The one connection that writes. WAL with synchronous=FULL: a commit returns after its fsync. */
export function openWriteConnection(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 0 });
  // Two processes that create the file at once meet here, and SQLite does not call its busy handler for it.
  waitForLock(() => db.exec('PRAGMA journal_mode = WAL'));
  db.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA cache_size = -64000;
  `);
  // Ids are random, so every batch touches pages all over the file: folding the log in at 32 MB instead of 4 writes
  // each of them once for many batches. Measured: 31 000 inserts a second instead of 22 000.
  db.exec('PRAGMA wal_autocheckpoint = 8000');
  return db;
}

/** A connection that only reads. It never waits: the event loop is behind it. */
export function openReadConnection(path: string): DatabaseSync {
  // Without a memory map, which SQLite would take down and up again after every commit of the writer. Measured: a
  // write with five reads after it costs the event loop 80 microseconds instead of 160.
  return new DatabaseSync(path, { readOnly: true, timeout: 0 });
}

/**
 * Runs a statement that may find the lock taken, again and again for five seconds. Only for the writer's thread.
 * SQLite's own busy handler waits up to 100 ms between looks, which starves one of two busy processes.
 */
export function waitForLock<Result>(run: () => Result): Result {
  const deadline = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
    }
    // Half a millisecond to one and a half, by the clock: who waits beside us looks at other moments than we do.
    Atomics.wait(nobody, 0, 0, 0.5 + (performance.now() % 1));
  }
}

const nobody = new Int32Array(new SharedArrayBuffer(4));

const SQLITE_BUSY = 5;

/** Whether another connection holds the lock. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
