// The provider as a service of the simulated MojeID: with nothing else configured, the demo signs in with that.

import type { Config } from '../../config/options.ts';
import { deriveKey } from '../../lib/derive.ts';
import type { Service } from './clients.ts';

const ID = 'vratny-demo';

type Settings = Pick<
  Config,
  'demo' | 'demoMojeidPort' | 'issuer' | 'secrets' | 'upstreamsFile' | 'mojeidClientId'
>;

/** Whether the demo has its own MojeID: not when the operator named any upstream. */
const hasSimulator = (config: Settings): boolean =>
  config.demo && config.upstreamsFile === undefined && config.mojeidClientId === undefined;

/** The same for the server and for every command of one installation, and for nobody else. */
const secretOf = ({ secrets }: Settings): string =>
  deriveKey(secrets[0]!, 'demo client at the simulated MojeID', 28).toString('hex');

/** How the provider is registered there; `undefined` when the demo has no MojeID of its own. */
export const demoService = (config: Settings, brandName: string): Service | undefined =>
  hasSimulator(config)
    ? {
        id: ID,
        secret: secretOf(config),
        name: brandName,
        redirectUris: [`${config.issuer}/callback/mojeid`],
        authMethod: 'client_secret_basic',
        fullAccess: false,
      }
    : undefined;

/** The configuration with the simulated MojeID in the place of the real one. */
export const withSimulator = <T extends Settings>(config: T): T =>
  hasSimulator(config)
    ? {
        ...config,
        mojeidIssuer: `http://127.0.0.1:${config.demoMojeidPort}/oidc/`,
        mojeidClientId: ID,
        mojeidClientSecret: secretOf(config),
      }
    : config;
