// Bodies for who iterates over them: gathered by two listeners, where Node's own iterator sets up and takes down a
// dozen for a form that mostly comes in one piece.

import type { IncomingMessage } from 'node:http';

/**
 * Makes the request's iterator give at most a little more than `limit` bytes; whoever reads refuses what exceeds it. With
 * `adapt` they are what that makes of them.
 */
export function gatherBody(
  req: IncomingMessage,
  limit: number,
  adapt: (bytes: Buffer) => Promise<Buffer> = (bytes) => Promise.resolve(bytes),
): void {
  const iterator = (): AsyncIterableIterator<Buffer> => {
    let gathered: Promise<Buffer> | undefined;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      async next() {
        if (gathered !== undefined) return { done: true, value: undefined };
        return { done: false, value: await (gathered = gather(req, limit).then(adapt)) };
      },
    };
  };
  req.iterator = iterator as unknown as IncomingMessage['iterator'];
}

const gather = (req: IncomingMessage, limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= limit) return;
      req.pause();
      resolve(Buffer.concat(chunks));
    });
    req.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    req.once('error', reject);
    // Hung up in the middle. Every request closes, and an error made for each would cost more than reading the body.
    req.once('close', () => {
      if (!req.complete) reject(new Error('the body is incomplete'));
    });
  });
