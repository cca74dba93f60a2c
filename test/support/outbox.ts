// An outbox over a store in memory and a clock that stands still, with a mail sender that does as it is told.

import { collections } from '../../src/domain/collections.ts';
import {
  createOutbox,
  type Outbox,
  type OutboxItem,
  type Senders,
} from '../../src/domain/messages/outbox.ts';
import { silentLog, type Facts } from '../../src/lib/log.ts';
import { createSealer } from '../../src/lib/seal.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Mail } from '../../src/ports/mailer.ts';
import type { Sms } from '../../src/ports/sms.ts';
import type { Store } from '../../src/ports/store.ts';
import { manualClock, memoryStore, type ManualClock } from './rules.ts';

export const SECRET_LINK = 'https://id.example.cz/set-password/s3cr3t';
export const mail: Mail = {
  kind: 'account',
  to: 'eva@example.cz',
  subject: 'S',
  text: SECRET_LINK,
  html: SECRET_LINK,
};
export const sms: Sms = { to: '+420601123456', text: '123456 is your code' };

export type Deliver = (mail: Mail, id: string) => Promise<void>;
type Options = { readonly senders?: Senders; readonly attemptLimit?: number };
export type TestOutbox = {
  readonly box: Outbox;
  /** What was delivered, and what was logged. */
  readonly sent: { id: string; mail: Mail }[];
  readonly lines: [Facts, string][];
};

const opened: Outbox[] = [];

/** Ends what tests opened, without waiting for senders that never end. */
export const closeOutboxes = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((box) => box.close(0)));
};

/** One more node over a store; its mail sender does what `deliver` does. */
export function openOutbox(
  store: Store,
  clock: Clock,
  deliver: Deliver = () => Promise.resolve(),
  options: Options = {},
): TestOutbox {
  const sent: TestOutbox['sent'] = [];
  const lines: TestOutbox['lines'] = [];
  const keep = (facts: Facts, message: string) => void lines.push([facts, message]);
  const box = createOutbox({
    store,
    clock,
    sealer: createSealer(['a secret for tests and for nobody else']),
    log: { ...silentLog, debug: keep, info: keep, warn: keep, error: keep },
    senders: {
      async mail(message, id) {
        await deliver(message, id);
        sent.push({ id, mail: message });
      },
    },
    ...options,
  });
  opened.push(box);
  return { box, sent, lines };
}

/** The first node over a new store. */
export async function newOutbox(
  deliver?: Deliver,
  options?: Options,
): Promise<TestOutbox & { store: Store; clock: ManualClock }> {
  const clock = manualClock();
  const store = await memoryStore(clock);
  return { clock, store, ...openOutbox(store, clock, deliver, options) };
}

/** What the store holds of texts. */
export const payloadsIn = (store: Store) =>
  store.collection(collections.outboxPayloads).list(undefined, { limit: 100 });

/** A message as it stands now. */
export const stateOf = async (box: Outbox, id: string): Promise<OutboxItem | undefined> =>
  (await box.get(id))?.doc;
