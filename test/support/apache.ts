// Apache with mod_auth_openidc as a relying party, started for real where it is installed. Behind it stands a small server
// that shows the headers it is sent: what an application behind Apache would see of a person.

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  const folder = mkdtempSync(join(tmpdir(), 'vratny-apache-'));
  // Its children run as another user.
  chmodSync(folder, 0o777);
  const behind = createServer((req, res) => {
    const shown = Object.entries(req.headers).filter(
      ([name]) => name.startsWith('oidc_') || name === 'x-remote-user',
    );
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(
      `<!doctype html><html lang="en"><title>Behind</title><link rel="icon" href="data:,"><pre>${JSON.stringify([req.url, Object.fromEntries(shown)]).replaceAll('<', '&lt;')}</pre></html>`,
    );
  });
  const file = join(folder, 'apache.conf');
  writeFileSync(file, configuration(folder, port, await listenAnywhere(behind), settings));
  const child = spawn(BINARY, ['-f', file, '-D', 'FOREGROUND'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const origin = `http://localhost:${port}`;
  for (let tries = 0; !(await answers(origin)); tries += 1) {
    if (child.exitCode !== null || tries > 200) {
      const errors = join(folder, 'errors');
      throw new Error(
        `Apache did not start: ${said} ${existsSync(errors) ? readFileSync(errors, 'utf8') : ''}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    origin,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      behind.closeAllConnections();
      behind.close();
      rmSync(folder, { recursive: true, force: true });
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
