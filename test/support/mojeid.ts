// The simulated MojeID for tests, and what a person does there.

import { createBrand } from '../../src/http/brand.ts';
import { createDemoPages } from '../../src/demo/pages.ts';
import type { Service } from '../../src/demo/mojeid/clients.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/demo/mojeid/start.ts';
import { assets, date, render, renderMail } from '../views/renderer.ts';
import { Browser } from './browser.ts';

export const service: Service = {
  id: 'vratny',
  secret: '5f0e1d2c3b4a59687786950413223140afbecddceb0a19283746556473',
  name: 'Vrátný',
  redirectUris: ['https://id.example.cz/callback/mojeid'],
  authMethod: 'client_secret_basic',
  fullAccess: false,
};

/** A simulator on a port of its own, with a key that is made quickly. */
export const openSimulator = (options: Partial<SimulatorOptions> = {}): Promise<Simulator> =>
  startSimulator({
    views: createDemoPages({
      renderer: { render, renderMail, date },
      assets,
      brand: createBrand({ name: 'MojeID' }),
      fallback: 'en',
    }),
    port: 0,
    portName: '--port',
    services: [service],
    keyBits: 2048,
    ...options,
  });

/** What makes a provider's configuration use a simulator. */
export const environmentFor = ({ issuer }: Simulator): Record<string, string> => ({
  VRATNY_MOJEID_ISSUER: issuer,
  VRATNY_MOJEID_CLIENT_ID: service.id,
  VRATNY_MOJEID_CLIENT_SECRET: service.secret,
  VRATNY_FETCH_ALLOW: '127.0.0.0/8',
});

export type AtMojeid = {
  /** Claims that are unticked. */
  readonly withhold?: readonly string[];
  /** Whether to hand over the same next time without a question. */
  readonly remember?: boolean;
  readonly choice?: 'allow' | 'deny';
};

/** A person's browser at MojeID. It keeps the sign-in there. */
export const browserAt = ({ origin }: Simulator): Browser => new Browser(origin);

/** Goes where we sent the person and does what is asked there, until the browser is sent back; the address of that. */
export async function answerAtMojeid(
  browser: Browser,
  url: string,
  personId: string,
  { withhold = [], remember = false, choice = 'allow' }: AtMojeid = {},
): Promise<URL> {
  await browser.open(url);
  if (!browser.hasLeft && browser.url.includes('/login/')) await browser.submit({}, personId);
  if (!browser.hasLeft && browser.url.includes('/consent/')) {
    const [form] = browser.forms;
    const ticked = Object.entries(form!.fields).filter(
      ([name]) => !withhold.includes(name) && (name !== 'remember' || remember),
    );
    await browser.post(form!.action, { ...Object.fromEntries(ticked), choice });
  }
  if (!browser.hasLeft)
    throw new Error(`still at MojeID: "${browser.heading}" ${browser.html.slice(0, 300)}`);
  return new URL(browser.url);
}
