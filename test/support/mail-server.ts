// A real SMTP server on loopback that keeps what it is given, and can be told to refuse.

import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { freePort } from './free-port.ts';

export type Received = {
  readonly from: string;
  readonly to: readonly string[];
  /** Names in lower case; values unfolded and decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly headerLines: readonly string[];
  readonly text: string;
  readonly html: string;
};

export type MailServer = {
  readonly port: number;
  readonly received: Received[];
  /** Answers to the message or its recipient instead of taking it: `550 5.1.1 no such person`. */
  refusal: string | undefined;
  connections: number;
  close(): Promise<void>;
};

const decodeWord = (value: string): string =>
  value
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind: string, body: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(body, 'base64').toString()
        : unquote(body.replaceAll('_', ' ')).toString(),
    );

const unquote = (body: string): Buffer =>
  Buffer.from(
    body
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** Headers and the two bodies of a message (RFC 5322, RFC 2045), as far as our own messages use them. */
function parse(raw: string): Omit<Received, 'from' | 'to'> {
  const split = (part: string) => {
    const [head = '', ...rest] = part.split(/\r\n\r\n/);
    const headerLines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
    const headers = new Map(
      headerLines.map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).toLowerCase(), decodeWord(line.slice(at + 1).trim())];
      }),
    );
    return { headers, headerLines, body: rest.join('\r\n\r\n') };
  };
  const { headers, headerLines, body } = split(raw);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1];
  const parts =
    boundary === undefined
      ? []
      : body
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => split(part.trimStart()));
  const contentOf = (type: string): string => {
    const part = parts.find((one) => one.headers.get('content-type')?.startsWith(type));
    if (!part) return '';
    const encoding = part.headers.get('content-transfer-encoding');
    if (encoding === 'base64') return Buffer.from(part.body, 'base64').toString();
    return encoding === 'quoted-printable' ? unquote(part.body).toString() : part.body;
  };
  return { headers, headerLines, text: contentOf('text/plain'), html: contentOf('text/html') };
}

const smtpError = (answer: string) =>
  Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) });

/** Starts one; on the port of one that was closed, it is the same server come back. */
export async function startMailServer(
  options: SMTPServerOptions & { port?: number } = {},
): Promise<MailServer> {
  // Nobody else is given it while the server is away.
  const { port = await freePort(), ...rest } = options;
  const open = new Set<{ destroy(): void }>();
  const state: { -readonly [K in keyof MailServer]: MailServer[K] } = {
    port,
    received: [],
    refusal: undefined,
    connections: 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...rest,
    onConnect(_session, done) {
      state.connections += 1;
      done();
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (state.refusal !== undefined) done(smtpError(state.refusal));
        else {
          const { mailFrom, rcptTo } = session.envelope;
          const from = mailFrom === false ? '' : mailFrom.address;
          state.received.push({
            ...parse(Buffer.concat(chunks).toString()),
            from,
            to: rcptTo.map(({ address }) => address),
          });
          done();
        }
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', () => resolve()));
  server.server.on(
    'connection',
    (socket: { destroy(): void; on(event: 'close', heard: () => void): void }) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    },
  );
  return state;
}
