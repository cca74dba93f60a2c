// A server that takes its time over some commands: a relay that holds back what comes after one of them.

import { connect, createServer, type AddressInfo } from 'node:net';

/**
 * Stands before the server of a MongoDB address; `uri` leads through it. From a message that names one of `commands`
 * on, that connection's answers come `late` milliseconds later.
 */
export async function openLateServer(uri: string, commands: readonly string[], late: number) {
  const { hostname, port } = new URL(uri);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let delay = 0;
    client.on('data', (bytes) => {
      if (commands.some((command) => bytes.includes(command))) delay = late;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => void setTimeout(() => client.write(bytes), delay));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const through = new URL(uri);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { uri: through.href, close: () => void server.close() };
}
