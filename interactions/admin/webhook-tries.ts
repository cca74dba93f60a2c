// What an operator is told of the tries at a webhook beside their bare results: what a failed one means, and when the next
// one is.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { WebhookDelivery } from '../../src/domain/webhooks/webhooks.ts';
import type { Stored } from '../../src/ports/store.ts';

/** What a status means to who runs the receiver: from, to, and the text under `admin.webhooks.hint`. */
const statuses: readonly (readonly [number, number, string])[] = [
  [401, 401, 'refused'],
  [403, 403, 'refused'],
  [404, 405, 'not_there'],
  [410, 410, 'gone'],
  [429, 429, 'slow_down'],
  [500, 599, 'server'],
];

/** Where no answer was taken, by the sentence that the fetcher gives. */
const sentences: readonly (readonly [RegExp, string])[] = [
  [/redirect/, 'redirect'],
  [/timeout|timed out/i, 'timeout'],
  [/not a public address|is not open|plain http|is not https|user info/, 'not_allowed'],
];

/** What a failed try means, a key under `admin.webhooks.hint`; empty for one that was delivered. */
export function hintOf({ outcome, status, error = '' }: WebhookDelivery): string {
  if (outcome === 'delivered') return '';
  if (status === undefined) return sentences.find(([pattern]) => pattern.test(error))?.[1] ?? 'no_answer';
  return statuses.find(([from, to]) => status >= from && status <= to)?.[2] ?? 'other';
}

/** When a failed try, by its id, is followed by another. `newest` are the newest of a webhook: only the last of a message has a next. */
export async function nextTries(
  queues: Pick<Acts['queues'], 'get'>,
  newest: readonly Stored<WebhookDelivery>[],
): Promise<ReadonlyMap<string, string>> {
  const last = new Map<string, Stored<WebhookDelivery>>();
  for (const tried of newest) {
    const { messageId } = tried.doc;
    if (messageId !== undefined && !last.has(messageId)) last.set(messageId, tried);
  }
  const next = new Map<string, string>();
  await Promise.all(
    [...last].map(async ([messageId, { id, doc }]) => {
      if (doc.outcome === 'delivered') return;
      const message = await queues.get(messageId);
      if (message?.state === 'waiting') next.set(id, message.nextAt);
    }),
  );
  return next;
}
