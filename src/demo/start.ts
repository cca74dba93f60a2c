// The demo: everything a newcomer needs to see the provider at work, in the same process, on loopback.

import type { Core, Outside } from '../core.ts';
import type { Config } from '../config/options.ts';
import { createBrand } from '../http/brand.ts';
import { listen } from '../http/listen.ts';
import { createInbox, messagesShape } from './inbox.ts';
import { demoService, withSimulator } from './mojeid/demo-client.ts';
import { startSimulator } from './mojeid/start.ts';
import { createDemoPages } from './pages.ts';
import { demoOperators, seedOperators, type DemoCode } from './operators.ts';
import { createRelyingParty } from './relying-party.ts';
import { createTelevision } from './television.ts';
import { createDemoServer } from './server.ts';
import { createWebhookReceiver, type WebhookReceiver } from './webhook-receiver.ts';
import {
  createDemoHash,
  DEMO_PASSWORD,
  demoPeople,
  seedClient,
  seedPeople,
  seedTelevision,
  type DemoClient,
} from './seed.ts';

const CALLBACK = '/callback';

/** What the demo puts in the place of the outside world. */
export const demoOutside: Outside = { mailer: createInbox, sms: createInbox };

/** The configuration as the provider of the demo has it. */
export const demoConfig = (config: Config): Config => withSimulator(config);

/** Seeds and starts the demo, prints where everything is, and returns how to stop it. */
export async function startDemo(config: Config, core: Core): Promise<() => Promise<void>> {
  if (config.production) throw new Error('the demo does not run in production');
  await core.store.prepare([messagesShape]);
  const origin = `http://localhost:${config.demoPort}`;
  let registered: Promise<DemoClient> | undefined;
  const client = () =>
    (registered ??= seedClient(core, {
      id: 'hosting-panel',
      name: 'Hosting panel',
      origin,
      callback: CALLBACK,
      firstParty: true,
    }));
  let screen: Promise<string> | undefined;
  let codes: () => Promise<DemoCode[]> = () => Promise.resolve([]);
  let receiving: Promise<WebhookReceiver> | undefined;
  const webhooks = () => (receiving ??= createWebhookReceiver(core, origin));
  const server = createDemoServer({
    views: createDemoPages({
      renderer: core.renderer(),
      assets: core.assets,
      brand: core.brand,
      fallback: config.locale,
    }),
    inbox: createInbox(core.store),
    webhooks,
    relyingParty: createRelyingParty({ issuer: config.issuer, origin, callback: CALLBACK, client }),
    television: createTelevision({
      issuer: config.issuer,
      clientId: () => (screen ??= seedTelevision(core)),
    }),
    codes: () => codes(),
    issuer: config.issuer,
  });
  await listen(server, config.demoPort, '127.0.0.1', 'VRATNY_DEMO_PORT');
  const stop = async () => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    server.closeAllConnections();
    await closed;
  };
  let simulator: Awaited<ReturnType<typeof startDemoMojeid>>;
  try {
    simulator = await startDemoMojeid(config, core);
  } catch (error) {
    await stop();
    throw error;
  }
  // Not before the port is ours: another demo on the same data keeps its client until then.
  const hash = createDemoHash(core);
  await Promise.all([client(), seedPeople(core, hash), webhooks()]);
  codes = await seedOperators(core, hash);
  process.stdout.write(`${announcement(config, origin, simulator?.origin)}\n`);
  return async () => {
    await Promise.all([stop(), simulator?.stop()]);
  };
}

/** The simulated MojeID, unless an operator configured upstreams. */
async function startDemoMojeid(config: Config, core: Core) {
  const service = demoService(config, config.brandName);
  if (!service) return undefined;
  const { renderer, assets } = core;
  return startSimulator({
    views: createDemoPages({
      renderer: renderer(),
      assets,
      brand: createBrand({ name: 'MojeID (simulator)' }),
      fallback: config.locale,
    }),
    port: config.demoMojeidPort,
    portName: 'VRATNY_DEMO_MOJEID_PORT',
    services: [service],
  });
}

/** The table that `npm start` prints. */
function announcement({ issuer }: Config, origin: string, mojeid: string | undefined): string {
  const rows = [
    ['Hosting panel (sample application)', origin],
    ['Television (signs in by a code)', `${origin}/tv`],
    ['Mails and text messages', `${origin}/inbox`],
    ['Webhooks that came', `${origin}/webhooks`],
    ...(mojeid === undefined ? [] : [['Simulated MojeID', mojeid]]),
    ['Provider', issuer],
    ['Discovery', `${issuer}/.well-known/openid-configuration`],
    ...demoPeople.map(({ login, email }) => [
      `Sign in as`,
      `${login} or ${email}, password ${DEMO_PASSWORD}`,
    ]),
    ["Operators' console", `${issuer}/admin`],
    ...demoOperators.map(({ login, role }) => [
      `Operator (${role})`,
      `${login}, password ${DEMO_PASSWORD}, code from ${origin}/authenticator`,
    ]),
  ];
  const width = Math.max(...rows.map(([what]) => what!.length));
  return [
    '',
    '  Vrátný is running as a demo. Open the hosting panel and sign in.',
    '',
    ...rows.map(([what, where]) => `  ${what!.padEnd(width)}  ${where}`),
    '',
    '  Ctrl+C stops it. Data is kept in ./data; delete the folder to start afresh.',
    '',
  ].join('\n');
}
