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

/** Each block wakes the thread that writes it: for every line it would cost a busy server a fifth of its time. */
const BLOCK_CHARACTERS = 16_384;
const LONGEST_KEPT_MILLISECONDS = 100;

/**
 * A log that writes lines of `level` and above to a file descriptor (1 is stdout), without blocking requests. Lines
 * wait a moment for others; an error takes all of them out at once, and so does the end of the process.
 */
export function createLog(options: { level: LogLevel; fd?: number; sync?: boolean }): Log {
  const { fd = 1, sync = false } = options;
  const lines = gatherLines(pino.destination({ fd, sync }), sync ? 0 : BLOCK_CHARACTERS);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause },
    },
    lines,
  );
  return {
    debug: (facts, message) => logger.debug(facts, message),
    info: (facts, message) => {
      if (!logger.isLevelEnabled('info')) return;
      const line = plainLine('info', facts, message);
      if (line === undefined) logger.info(facts, message);
      else lines.write(line);
    },
    warn: (facts, message) => logger.warn(facts, message),
    error: (facts, message) => {
      logger.error(facts, message);
      lines.release();
    },
    writes: (level) => logger.isLevelEnabled(level),
    flush: lines.flush,
  };
}

type Destination = ReturnType<typeof pino.destination>;

/**
 * Makes blocks of lines. The destination could do it by itself, but it copies all that it has gathered with every
 * line that comes: that was a tenth of what a request left to the collector.
 */
function gatherLines(destination: Destination, blockCharacters: number) {
  let waiting: string[] = [];
  let characters = 0;
  let releasedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  function release(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const block = waiting.join('');
    waiting = [];
    characters = 0;
    releasedAt = performance.now();
    destination.write(block);
  }

  function flush(): void {
    try {
      release();
      destination.flushSync();
    } catch {
      // The descriptor is not open yet or already gone: nothing more can be written.
    }
  }

  /** A block on its way needs nothing of ours to arrive but a moment, and then the rest comes after it. */
  function flushAtEnd(): void {
    if (performance.now() - releasedAt < LONGEST_KEPT_MILLISECONDS) Atomics.wait(nobody, 0, 0, 50);
    flush();
  }

  // Before the destination's own listeners, which close it when the event loop has run empty.
  if (blockCharacters > 0) for (const end of ['beforeExit', 'exit']) process.prependListener(end, flushAtEnd);
  return {
    write(line: string): void {
      waiting.push(line);
      characters += line.length;
      if (characters >= blockCharacters) release();
      else timer ??= setTimeout(release, LONGEST_KEPT_MILLISECONDS).unref();
    },
    release,
    flush,
  };
}

const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * The line as pino would write it, in a fraction of the time: there is one for every request. `undefined` when a fact is
 * more than a text, a number or a truth value: an error, or something that could point back at itself.
 */
function plainLine(level: string, facts: Facts, message: string): string | undefined {
  let line = `{"level":"${level}","time":"${isoNow()}"`;
  for (const name in facts) {
    const value = facts[name];
    if (value === undefined) continue;
    if (name === 'error') return undefined;
    if (typeof value === 'string') line += `,"${name}":${quoted(value)}`;
    else if (typeof value === 'number' || typeof value === 'boolean')
      line += `,"${name}":${JSON.stringify(value)}`;
    else return undefined;
  }
  return `${line},"msg":${quoted(message)}}\n`;
}

/** Most texts are words, ids and addresses, in which there is nothing to escape. */
const quoted = (text: string): string => (/^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : JSON.stringify(text));

let [lastNow, lastIso] = [Number.NaN, ''];
/** Now, written out once for all lines of a millisecond. */
function isoNow(): string {
  const now = Date.now();
  if (now !== lastNow) [lastNow, lastIso] = [now, new Date(now).toISOString()];
  return lastIso;
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
