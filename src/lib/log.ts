// The log: one JSON line per event on stdout, or short lines for a person in the demo. Secrets never reach it:
// callers pass named facts, never requests, forms or URLs with a query.

import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type Facts = Readonly<Record<string, unknown>>;

export type Log = {
  debug(facts: Facts, message: string): void;
  info(facts: Facts, message: string): void;
  warn(facts: Facts, message: string): void;
  error(facts: Facts, message: string): void;
  /** Whether lines of this level are written, so that costly facts need not be gathered. */
  writes(level: Exclude<LogLevel, 'silent'>): boolean;
  /** Writes out what is still buffered. */
  flush(): void;
};

/** A system call for every line would cost a busy server a fifth of its time, so lines go out in blocks. */
const BLOCK_BYTES = 4096;
const LONGEST_KEPT_MILLISECONDS = 100;

/**
 * A log that writes lines of `level` and above to a file descriptor (1 is stdout), without blocking requests. Lines
 * wait a moment for others; an error takes all of them out at once, and so does the end of the process.
 */
export function createLog(options: { level: LogLevel; fd?: number; sync?: boolean }): Log {
  const { fd = 1, sync = false } = options;
  const destination = pino.destination({
    fd,
    sync,
    ...(sync ? {} : { minLength: BLOCK_BYTES, periodicFlush: LONGEST_KEPT_MILLISECONDS }),
  });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    destination,
  );
  return {
    debug: (facts, message) => logger.debug(facts, message),
    info: (facts, message) => logger.info(facts, message),
    warn: (facts, message) => logger.warn(facts, message),
    error: (facts, message) => {
      logger.error(facts, message);
      destination.flush();
    },
    writes: (level) => logger.isLevelEnabled(level),
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // The descriptor is not open yet or already gone: nothing more can be written.
      }
    },
  };
}

/** A log that keeps nothing, for tools and tests. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  writes: () => false,
  flush: () => {},
};
