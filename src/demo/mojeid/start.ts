// The simulated MojeID, put together and listening on loopback: for the demo, for tests, and by itself.

import type { AddressInfo } from 'node:net';
import { listen } from '../../http/listen.ts';
import type { DemoPages } from '../pages.ts';
import { createServices, type Service } from './clients.ts';
import { createFaults } from './faults.ts';
import { createKeys } from './keys.ts';
import { createSimulatorPages } from './pages.ts';
import { people, type Person } from './people.ts';
import { createSimulatorServer, type SimulatorParts } from './server.ts';
import { createTokens } from './tokens.ts';

export type SimulatorOptions = {
  readonly views: DemoPages;
  /** 0: any free one. */
  readonly port: number;
  /** What an operator sets to choose another port. */
  readonly portName: string;
  readonly services: readonly Service[];
  readonly people?: readonly Person[];
  readonly now?: () => Date;
  /** As long as MojeID's own unless given. */
  readonly keyBits?: number;
};

/** Listens, and resolves with the switches and with how to stop it. */
export async function startSimulator(options: SimulatorOptions) {
  const { views, port, portName, people: persons = people, now = () => new Date(), keyBits = 4096 } = options;
  const faults = createFaults();
  const keys = createKeys(keyBits);
  // Where it listens is known only then, and everything is called by it.
  let parts: SimulatorParts | undefined;
  const server = createSimulatorServer(() => parts!);
  await listen(server, port, '127.0.0.1', portName);
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = `${origin}/oidc/`;
  const services = createServices(issuer, now);
  for (const service of options.services) services.add(service);
  const tokens = createTokens({ issuer, services, keys, faults, now });
  const pages = createSimulatorPages({ issuer, views, people: persons, services, tokens, faults, now });
  parts = { issuer, services, tokens, keys, faults, pages: pages.handle };
  // In another thread, and seldom needed before somebody has signed in.
  void keys.published();

  return {
    origin,
    issuer,
    people: persons,
    services,
    faults,
    rotateKeys: keys.rotate,
    ageSessions: pages.ageSessions,
    forget: pages.forget,
    async stop(): Promise<void> {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

export type Simulator = Awaited<ReturnType<typeof startSimulator>>;
