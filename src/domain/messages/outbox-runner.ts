// Who delivers what, and how much at a time: a lane for each channel, so that a slow mail server holds up no SMS.

import type { Clock } from '../../ports/clock.ts';
import type { Collection } from '../../ports/store.ts';
import type { Log } from '../../lib/log.ts';
import { ATTEMPT_LIMIT, isDue, type Attempt } from './outbox-delivery.ts';
import type { Channel, OutboxItem, StoredItem } from './outbox.ts';

const PER_CHANNEL = 5;
/** More than these need not wait in memory: the next pass finds them in the store. */
const MOST_NUDGED = 100;
const PASS_MILLISECONDS = 5_000;
const PAGE = 100;

const channels: readonly Channel[] = ['mail', 'sms', 'logout', 'webhook'];

/** A bounded number of things at a time; the rest wait their turn. */
function createLane(limit: number) {
  const waiting: (() => void)[] = [];
  let active = 0;
  return {
    waiting: () => waiting.length,
    async run(work: () => Promise<void>): Promise<void> {
      if (active < limit) active += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else active -= 1;
      }
    },
  };
}

/** Brings messages to `attempt`: those just stored at once, those left behind or put off by passes over the store. */
export function createOutboxRunner(parts: {
  items: Collection<OutboxItem, 'queue' | 'state'>;
  clock: Clock;
  log: Log;
  attempt: Attempt;
  hasSender: (channel: Channel) => boolean;
}) {
  const { items, clock, log, attempt, hasSender } = parts;
  const lanes = Object.fromEntries(channels.map((name) => [name, createLane(PER_CHANNEL)])) as Record<
    Channel,
    ReturnType<typeof createLane>
  >;
  const passes = new Map<Channel, Promise<void>>();
  const underWay = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let closing: Promise<void> | undefined;

  function track(work: Promise<void>): Promise<void> {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  }

  const tryInLane = (item: StoredItem): Promise<void> =>
    lanes[item.doc.channel].run(async () => {
      if (!closed) await attempt(item);
    });

  async function passThrough(channel: Channel): Promise<void> {
    for (let after: string | undefined; ;) {
      const page = await items.list(
        { key: 'queue', value: channel },
        { limit: PAGE, ...(after === undefined ? {} : { after }) },
      );
      await Promise.all(page.filter(({ doc }) => isDue(doc, clock.now())).map(tryInLane));
      after = page.at(-1)?.id;
      if (closed || page.length < PAGE) return;
    }
  }

  /** A pass over one channel; whoever asks during one waits for its end. */
  function pass(channel: Channel): Promise<void> {
    const running = passes.get(channel);
    if (running) return running;
    const started = track(passThrough(channel)).finally(() => passes.delete(channel));
    passes.set(channel, started);
    return started;
  }

  async function deliverDue(): Promise<void> {
    await Promise.all(channels.filter(hasSender).map(pass));
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }

  return {
    /** Tries a message now if there is room; the caller does not wait for it. */
    nudge(item: StoredItem): void {
      const { channel } = item.doc;
      if (closed || !hasSender(channel) || lanes[channel].waiting() >= MOST_NUDGED) return;
      void track(tryInLane(item));
    },
    deliverDue,
    start(): void {
      const look = () => {
        deliverDue().catch((error: unknown) => log.warn({ error }, 'the outbox cannot be read'));
      };
      timer ??= setInterval(look, PASS_MILLISECONDS).unref();
      look();
    },
    idle,
    async close(milliseconds: number = ATTEMPT_LIMIT): Promise<void> {
      closed = true;
      clearInterval(timer);
      let late: NodeJS.Timeout | undefined;
      const lastCall = new Promise<void>((resolve) => {
        late = setTimeout(resolve, milliseconds);
      });
      await (closing ??= Promise.race([idle(), lastCall]));
      clearTimeout(late);
    },
  };
}
