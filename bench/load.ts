// The load generator: keep-alive connections that each do one operation after the other, for a fixed time. It writes
// and reads HTTP/1.1 on plain sockets, because a full client costs more than the server it would measure.

import { connect, type Socket } from 'node:net';

export type Answer = { readonly status: number; readonly head: string; readonly body: string };

export type Connection = {
  /** Sends a request and resolves with its answer; rejects when the server hangs up or is silent for a minute. */
  send(request: Request): Promise<Answer>;
  close(): void;
};

export type Request = {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a POST of a form. */
  readonly form?: Readonly<Record<string, string>>;
};

/** What one connection does again and again. */
export type Operation = () => Promise<void>;

export type Measured = {
  readonly perSecond: number;
  /** How many were done, the last ones included that ended too late for the rate. */
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
};

/** Small MongoDB servers take their time over 32 sign-ins at once. */
const SILENCE_MILLISECONDS = 60_000;

/** A request as it goes over the wire. */
export function encodeRequest(port: number, { path, headers = {}, form }: Request): string {
  const body = form === undefined ? '' : new URLSearchParams(form).toString();
  const lines = [
    `${form === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1`,
    `Host: localhost:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(form === undefined
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** All values of a header, in the order they came. */
export const headerValues = ({ head }: Answer, name: string): string[] =>
  head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).trim());

/** Opens one connection to the port of this machine. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  const exchange = createExchange(socket);
  // Most scenarios send the same request every time.
  let [last, encoded]: [Request | undefined, string] = [undefined, ''];
  return {
    send(request) {
      if (request !== last) [last, encoded] = [request, encodeRequest(port, request)];
      return exchange(encoded);
    },
    close: () => socket.destroy(),
  };
}

function createExchange(socket: Socket): (request: string) => Promise<Answer> {
  let received = '';
  let waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = undefined;
  };
  // Bytes as characters, so that lengths are lengths.
  socket.setEncoding('latin1');
  socket.setTimeout(SILENCE_MILLISECONDS, () => socket.destroy(new Error('the server is silent')));
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server hung up')));
  socket.on('data', (chunk: string) => {
    received += chunk;
    const answer = readAnswer(received);
    if (answer === undefined) return;
    received = '';
    const { resolve } = waiting!;
    waiting = undefined;
    resolve(answer);
  });
  return (request) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      socket.write(request, 'latin1');
    });
}

/** The answer once all of it is there. Both servers tell the length of every body. */
function readAnswer(received: string): Answer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = received.slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length: ${head}`);
  const body = received.slice(end + 4);
  return body.length < Number(length) ? undefined : { status: Number(head.slice(9, 12)), head, body };
}

/** Lets every operation repeat for so many milliseconds. */
export async function measure(operations: readonly Operation[], duration: number): Promise<Measured> {
  const end = performance.now() + duration;
  const latencies: number[] = [];
  let count = 0;
  const repeat = async (operation: Operation): Promise<void> => {
    let startedAt = performance.now();
    while (startedAt < end) {
      await operation();
      count += 1;
      const endedAt = performance.now();
      if (endedAt < end) latencies.push(endedAt - startedAt);
      startedAt = endedAt;
    }
  };
  await Promise.all(operations.map(repeat));
  latencies.sort((a, b) => a - b);
  return {
    count,
    perSecond: (latencies.length * 1000) / duration,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
