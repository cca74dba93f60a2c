// The site of an application, for tests in a real browser: where people come back to, with a logo to show.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = '<!doctype html><html lang="en"><title>client</title><h1>back at the client</h1>';
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="#a33"/></svg>';

/** Starts it. `asked` is what browsers have asked it for. */
export async function openClientSite() {
  const asked: { readonly path: string; readonly referer: string | undefined }[] = [];
  const server = createServer((req, res) => {
    asked.push({ path: req.url!, referer: req.headers.referer });
    const isLogo = req.url === '/logo.svg';
    res.setHeader('Content-Type', isLogo ? 'image/svg+xml' : 'text/html');
    res.end(isLogo ? LOGO : PAGE);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

export type ClientSite = Awaited<ReturnType<typeof openClientSite>>;
