// What those who run the house do: webhooks, bans, queues, keys, and the configuration in force. The console, the
// operators' API and the command line call these; each takes who acts and writes it down.

import type { Audit } from '../audit/audit.ts';
import type { Outbox } from '../messages/outbox.ts';
import type { SigningKeys } from '../signing-keys.ts';
import { createBanCare } from './ban-care.ts';
import { createKeyCare } from './key-care.ts';
import { createQueues } from './queues.ts';
import type { Watch } from './watch.ts';
import { createWebhookCare } from './webhook-care.ts';

/** An option as it is in force: where it comes from, and its value unless that is secret. */
export type ReportedOption = { readonly variable: string; readonly value: string; readonly source: string };

/** The acts, joined. */
export function createOperations(parts: {
  audit: Audit;
  watch: Watch;
  outbox: Outbox;
  signingKeys: SigningKeys;
  keyOverlapSeconds: number;
  configuration: readonly ReportedOption[];
}) {
  const { audit, watch, outbox, signingKeys, keyOverlapSeconds, configuration } = parts;
  return {
    webhooks: createWebhookCare({ webhooks: watch.webhooks, audit }),
    bans: createBanCare({ bans: watch.bans, audit }),
    queues: createQueues({ outbox, audit }),
    keys: createKeyCare({ signingKeys, audit, overlapSeconds: keyOverlapSeconds }),
    /** Every option with its value in force and where that comes from; secrets are masked. `configuration:read`. */
    configuration: (): readonly ReportedOption[] => configuration,
  };
}

export type Operations = ReturnType<typeof createOperations>;
