// nginx and Apache as reverse proxies that append to X-Forwarded-For, started for real where they are installed.

import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { freePort } from './free-port.ts';
import { startServer } from './real-server.ts';

const APACHE_MODULES = '/usr/lib/apache2/modules';

/** Whether this machine speaks IPv6 to itself: some containers do not. */
export const hasSix = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

type Program = {
  readonly binary: string;
  /** It answers on this port of 127.0.0.1, and of ::1 where that is, and passes everything on to `behind` of 127.0.0.1. */
  configuration(folder: string, port: number, behind: number): string;
  arguments(file: string): readonly string[];
};

// prettier-ignore
const programs = {
  nginx: {
    binary: '/usr/sbin/nginx',
    configuration: (folder, port, behind) => `
daemon off; pid ${folder}/pid; error_log ${folder}/errors;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};${hasSix ? ` listen [::1]:${port};` : ''}
    location / {
      proxy_pass http://127.0.0.1:${behind};
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}`,
    arguments: (file) => ['-c', file],
  },
  Apache: {
    binary: '/usr/sbin/apache2',
    configuration: (folder, port, behind) => `
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/errors
ServerName localhost
Listen 127.0.0.1:${port}
${hasSix ? `Listen [::1]:${port}` : ''}
Mutex file:${folder} default
User www-data
Group www-data
${['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http'].map((name) => `LoadModule ${name}_module ${APACHE_MODULES}/mod_${name}.so`).join('\n')}
ProxyPreserveHost On
ProxyPass / http://127.0.0.1:${behind}/
RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
`,
    arguments: (file) => ['-f', file, '-D', 'FOREGROUND'],
  },
} satisfies Record<string, Program>;

export type ProxyName = keyof typeof programs;
export const proxyNames = Object.keys(programs) as ProxyName[];
export const isInstalled = (name: ProxyName): boolean => existsSync(programs[name].binary);

/** Starts it in front of a port of this machine; rejects with its own words when it does not start. */
export async function startProxy(
  name: ProxyName,
  behind: number,
): Promise<{ port: number; stop(): Promise<void> }> {
  const program: Program = programs[name];
  const port = await freePort();
  const stop = await startServer({
    binary: program.binary,
    configuration: (folder) => program.configuration(folder, port, behind),
    arguments: program.arguments,
    isUp: () => isListening(port),
  });
  return { port, stop };
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
