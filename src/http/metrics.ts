// Numbers for Prometheus (text format 0.0.4), on a port of this machine of its own: they tell strangers nothing.

import { createServer, type Server } from 'node:http';
import type { Log } from '../lib/log.ts';

/** One number with its labels. */
export type Sample = {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
};
export type Metric = {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
};

const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);

function line(name: string, { labels = {}, value }: Sample): string {
  const texts = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${texts.length === 0 ? '' : `{${texts.join(',')}}`} ${value}`;
}

/** The numbers as Prometheus reads them. */
export const metricsText = (metrics: readonly Metric[]): string =>
  metrics
    .map(({ name, help, type, samples }) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...samples.map((sample) => line(name, sample)),
        '',
      ].join('\n'),
    )
    .join('');

/** A server that answers `GET /metrics`; it does not listen yet. */
export function createMetricsServer(read: () => Promise<readonly Metric[]>, log: Log): Server {
  return createServer((req, res) => {
    const answer = async () => {
      if (req.url !== '/metrics' || req.method !== 'GET') {
        res.writeHead(404).end();
        return;
      }
      const text = metricsText(await read());
      res.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    };
    answer().catch((error: unknown) => {
      log.error({ error }, 'the metrics cannot be read');
      res.writeHead(500).end();
    });
  });
}
