// Apache with mod_auth_openidc as a relying party, started for real where it is installed. Behind it stands a small server
// that shows the headers it is sent: what an application behind Apache would see of a person.

import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startServer } from './real-server.ts';

const BINARY = '/usr/sbin/apache2';
const MODULES = '/usr/lib/apache2/modules';

/** Debian: `apache2-bin libapache2-mod-auth-openidc`. */
export const hasApache = existsSync(BINARY) && existsSync(join(MODULES, 'mod_auth_openidc.so'));

export type Apache = { readonly origin: string; stop(): Promise<void> };

const listenAnywhere = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
};

/** The settings of docs/cookbook.md, for this machine. */
const configuration = (folder: string, port: number, behind: number, settings: string): string => `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/errors
ServerName localhost
Listen 127.0.0.1:${port}
Mutex file:${folder} default
User www-data
Group www-data
${['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'proxy', 'proxy_http']
  .map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
  .join('\n')}
${settings}
ProxyPass / http://127.0.0.1:${behind}/
`;

/** Starts it on the port with these settings of the module; rejects with its own words when it does not start. */
export async function startApache(port: number, settings: string): Promise<Apache> {
  const behind = createServer((req, res) => {
    const shown = Object.entries(req.headers).filter(
      ([name]) => name.startsWith('oidc_') || name === 'x-remote-user',
    );
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(
      `<!doctype html><html lang="en"><title>Behind</title><link rel="icon" href="data:,"><pre>${JSON.stringify([req.url, Object.fromEntries(shown)]).replaceAll('<', '&lt;')}</pre></html>`,
    );
  });
  const shownAt = await listenAnywhere(behind);
  const origin = `http://localhost:${port}`;
  const stop = await startServer({
    binary: BINARY,
    configuration: (folder) => configuration(folder, port, shownAt, settings),
    arguments: (file) => ['-f', file, '-D', 'FOREGROUND'],
    isUp: () => answers(origin),
  });
  return {
    origin,
    async stop() {
      await stop();
      behind.closeAllConnections();
      behind.close();
    },
  };
}

async function answers(origin: string): Promise<boolean> {
  try {
    await fetch(origin, { redirect: 'manual' });
    return true;
  } catch {
    return false;
  }
}
