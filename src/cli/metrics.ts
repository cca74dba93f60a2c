// What the metrics port tells: what this node has counted, the queues of all, and how the process is.

import type { App } from '../app.ts';
import type { Core } from '../core.ts';
import { statisticKinds } from '../domain/statistics/statistics.ts';
import type { Metric } from '../http/metrics.ts';

const helps: Readonly<Record<(typeof statisticKinds)[number], string>> = {
  sign_ins: 'Attempts to sign in, by result and method or reason.',
  registrations: 'Accounts that people have made.',
  recoveries: 'Passwords set by a recovery link.',
  factors: 'Changes of second factors.',
  throttled: 'Guesses that had to wait.',
  texts: 'Codes by text message, sent or held back by the limit over all numbers.',
};

/** More than a few tell of a forgotten proxy; `doctor` asks for it. */
export const IGNORED_FORWARDING = 'vratny_ignored_forwarding_total';

/** The numbers at this moment. */
export async function readMetrics(core: Core, app: App): Promise<Metric[]> {
  const [queues, waiting] = await Promise.all([core.acts.queues.lengths(), core.acts.waiting()]);
  const lengths = Object.entries(queues);
  const { user, system } = process.cpuUsage();
  return [
    ...statisticKinds.map((kind): Metric => ({
      name: `vratny_${kind}_total`,
      help: helps[kind],
      type: 'counter',
      samples: core.statistics.counted(kind).map(({ name, count }) => {
        const [first = '', second] = name.split(':', 2);
        if (first === 'count') return { value: count };
        const labels = second === undefined ? { change: first } : { result: first, way: second };
        return { labels, value: count };
      }),
    })),
    {
      name: 'vratny_messages',
      help: 'Messages that wait or have failed, by channel; the same on every node.',
      type: 'gauge',
      samples: lengths.flatMap(([channel, { waiting, failed }]) => [
        { labels: { channel, state: 'waiting' }, value: waiting },
        { labels: { channel, state: 'failed' }, value: failed },
      ]),
    },
    {
      name: 'vratny_waiting_requests',
      help: 'Requests of people that wait for an operator, by kind; the same on every node.',
      type: 'gauge',
      samples: [
        { labels: { kind: 'support', state: 'open' }, value: waiting.supportOpen },
        { labels: { kind: 'support', state: 'taken' }, value: waiting.supportTaken },
        { labels: { kind: 'closing', state: 'requested' }, value: waiting.closingsRequested },
        { labels: { kind: 'closing', state: 'checked' }, value: waiting.closingsChecked },
        { labels: { kind: 'totp_removal', state: 'requested' }, value: waiting.totpRemovals },
      ],
    },
    {
      name: 'vratny_requests_in_flight',
      help: 'Requests that have not ended.',
      type: 'gauge',
      samples: [{ value: app.inFlight() }],
    },
    {
      name: IGNORED_FORWARDING,
      help: 'Requests whose forwarding headers were ignored, for they came from a peer that is no trusted proxy.',
      type: 'counter',
      samples: [{ value: app.ignoredForwarding() }],
    },
    {
      name: 'process_resident_memory_bytes',
      help: 'Resident memory size in bytes.',
      type: 'gauge',
      samples: [{ value: process.memoryUsage.rss() }],
    },
    {
      name: 'process_cpu_seconds_total',
      help: 'Total user and system CPU time spent in seconds.',
      type: 'counter',
      samples: [{ value: (user + system) / 1e6 }],
    },
  ];
}
