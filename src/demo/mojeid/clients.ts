// Who may ask the simulated MojeID: services with the one way of proving their secret that they are registered with.

import { randomBytes } from 'node:crypto';
import { jwtVerify } from 'jose';
import { secretsEqual } from '../../lib/digest.ts';
import { randomText } from '../../lib/random.ts';

export const authMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'] as const;

export type Service = {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly authMethod: (typeof authMethods)[number];
  /** Full access hands over more, and has everything ticked beforehand. */
  readonly fullAccess: boolean;
  /** Milliseconds since 1970: services that register themselves end after a day. */
  readonly expiresAt?: number;
};

const DAY = 86_400_000;
const ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The registered services. */
export function createServices(issuer: string, now: () => Date) {
  const services = new Map<string, Service>();
  return {
    add: (service: Service): void => void services.set(service.id, service),
    list: (): Service[] => [...services.values()],

    find(id: string | null): Service | undefined {
      const found = id === null ? undefined : services.get(id);
      return found?.expiresAt !== undefined && found.expiresAt < now().getTime() ? undefined : found;
    },

    /** Registers who asks for it, for a day and without full access. */
    register(fields: {
      redirectUris: readonly string[];
      name: string;
      authMethod: string | undefined;
    }): Service {
      const { redirectUris, name, authMethod = 'client_secret_basic' } = fields;
      const service: Service = {
        id: randomText(12, ALPHANUMERIC),
        secret: randomBytes(28).toString('hex'),
        name,
        redirectUris,
        authMethod: authMethods.find((method) => method === authMethod) ?? 'client_secret_basic',
        fullAccess: false,
        expiresAt: now().getTime() + DAY,
      };
      services.set(service.id, service);
      return service;
    },

    /** The service that proved its secret in its own way; any other way counts as no proof, right as it may be. */
    async authenticate(
      form: URLSearchParams,
      authorization: string | undefined,
    ): Promise<Service | undefined> {
      const shown = shownBy(form, authorization);
      if (shown === undefined) return undefined;
      const service = this.find(shown.id);
      if (!service || service.authMethod !== shown.method) return undefined;
      if (shown.method === 'client_secret_jwt') {
        const proven = await jwtVerify(shown.secret, Buffer.from(service.secret), {
          audience: [issuer, `${issuer}token/`],
          subject: service.id,
          issuer: service.id,
          currentDate: now(),
        }).catch(() => undefined);
        return proven && service;
      }
      return secretsEqual(service.secret, shown.secret) ? service : undefined;
    },
  };
}

export type Services = ReturnType<typeof createServices>;

function shownBy(
  form: URLSearchParams,
  authorization: string | undefined,
): { id: string; secret: string; method: Service['authMethod'] } | undefined {
  const [, basic] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (basic !== undefined) {
    const [id = '', ...secret] = Buffer.from(basic, 'base64').toString().split(':');
    // RFC 6749 §2.3.1: both are written as in a form.
    const decode = (value: string) => decodeURIComponent(value.replaceAll('+', ' '));
    return {
      id: decode(id),
      secret: decode(secret.join(':')),
      method: 'client_secret_basic',
    };
  }
  const assertion = form.get('client_assertion');
  if (assertion !== null) {
    const [, payload = ''] = assertion.split('.');
    const { sub = '' } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub?: string };
    return { id: sub, secret: assertion, method: 'client_secret_jwt' };
  }
  const [id, secret] = [form.get('client_id'), form.get('client_secret')];
  return id !== null && secret !== null ? { id, secret, method: 'client_secret_post' } : undefined;
}
