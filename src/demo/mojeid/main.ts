// `npm run mojeid`: the simulated MojeID by itself, for a provider that runs elsewhere on this machine.

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createAssets } from '../../http/assets.ts';
import { createBrand } from '../../http/brand.ts';
import { createTranslator } from '../../http/locale.ts';
import { createRenderer } from '../../http/render.ts';
import { createDemoPages } from '../pages.ts';
import { authMethods } from './clients.ts';
import { startSimulator } from './start.ts';

/** Public, so that a provider need not be configured anew with every start. */
const SECRET = '5f0e1d2c3b4a59687786950413223140afbecddceb0a19283746556473';
const HELP = `The simulated MojeID, on loopback.

  --port <number>            where it listens (3002)
  --redirect-uri <url>       where people are sent back to, once or several times
                             (http://localhost:3000/callback/mojeid)
  --client-id <text>         (vratny)
  --client-secret <text>     (a public one)
  --auth-method <method>     ${authMethods.join(', ')}
  --full-access              hand over what only services with a contract get
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '3002' },
    'redirect-uri': { type: 'string', multiple: true, default: ['http://localhost:3000/callback/mojeid'] },
    'client-id': { type: 'string', default: 'vratny' },
    'client-secret': { type: 'string', default: SECRET },
    'auth-method': { type: 'string', default: 'client_secret_basic' },
    'full-access': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  const authMethod = authMethods.find((method) => method === values['auth-method']);
  const port = Number(values.port);
  if (values.help || !authMethod || !Number.isInteger(port) || port < 1 || port > 65_535) {
    (values.help ? process.stdout : process.stderr).write(HELP);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const views = join(import.meta.dirname, '../../../views');
  const translator = createTranslator(join(views, 'locales'));
  const assets = createAssets(join(views, 'assets'));
  const simulator = await startSimulator({
    views: createDemoPages({
      renderer: createRenderer({ viewsDir: views, translator, assetUrl: assets.url }),
      assets,
      brand: createBrand({ name: translator.translate('en', 'demo.mojeid.name') }),
      fallback: 'en',
    }),
    port,
    portName: '--port',
    services: [
      {
        id: values['client-id'],
        secret: values['client-secret'],
        name: 'Vrátný',
        redirectUris: values['redirect-uri'],
        authMethod,
        fullAccess: values['full-access'],
      },
    ],
  });
  const rows = simulator.people.map(({ id, claims }) => {
    const username = claims['mojeid_username'] as string;
    return `  ${id}  ${username.padEnd(18)}  ${translator.translate('en', `demo.mojeid.person.${id}`)}`;
  });
  process.stdout.write(`
  The simulated MojeID is running. A provider on this machine uses it with

  VRATNY_MOJEID_ISSUER=${simulator.issuer}
  VRATNY_MOJEID_CLIENT_ID=${values['client-id']}
  VRATNY_MOJEID_CLIENT_SECRET=${values['client-secret']}
  VRATNY_MOJEID_AUTH_METHOD=${authMethod}
  VRATNY_FETCH_ALLOW=127.0.0.0/8

  People, and switches for faults at ${simulator.origin}

${rows.join('\n')}

  Ctrl+C stops it.

`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.stop());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
