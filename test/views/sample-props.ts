// What a sample is, the props that several samples share, and the context a template gets around its own.

import { menuAt } from '../../interactions/account/menu.ts';
import { createBrand } from '../../src/http/brand.ts';
import type { Locale } from '../../src/http/locale.ts';
import type { MailContext, PageContext } from '../../src/http/render.ts';

/** A template with props for it; `client: false` renders it as reached without an application. */
export type Sample = { template: string; label: string; page: object; client?: false };

export const brand = createBrand({
  name: 'Hvězdný hosting',
  homeUrl: 'https://www.hvezdny.example/',
  supportUrl: 'mailto:podpora@hvezdny.example',
});

export const client = {
  name: 'Zákaznický panel',
  uri: 'https://panel.hvezdny.example/',
  host: 'panel.hvezdny.example',
  policyUri: 'https://panel.hvezdny.example/soukromi',
  tosUri: 'https://panel.hvezdny.example/podminky',
};

export const account = { name: 'Jana Nováková', login: 'jana.novakova@example.cz' };
export const at = new Date('2026-11-21T21:28:00Z');

/** Where the forms of a step lead. */
export const steps = { action: '/interaction/abc/password', abortAction: '/interaction/abc/abort' };

/** What a page that changes something of the account asks for. */
export const proof = { asksPassword: true, asksCode: true };

/** What a page needs to ask the browser for a passkey. */
export const passkeyOffer = { action: '/interaction/abc/passkey', options: '{"challenge":"KQ7v0uV2aYy0"}' };

/** Upstreams that people may sign in with. */
export const upstreams = [
  { name: 'mojeid', label: 'MojeID', kind: 'mojeid', logoUrl: '/brand/of/mojeid?v=abc' },
  { name: 'other-house', label: 'Univerzita', kind: 'oidc' },
];

/** As a page gets it from the server. */
export const challenge = JSON.stringify({
  algorithm: 'SHA-256',
  challenge: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  maxnumber: 50_000,
  salt: '0123456789abcdef01234567?expires=1795300000&',
  signature: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752',
});

/** An attempt of which next to nothing is known. */
export const obscure = {
  address: '',
  network: '',
  country: '',
  agent: '',
  browser: '',
  system: '',
  userAgent: '',
};

/** What the frame of the account gives every page of it. */
export const accountFrame = (path: string) => ({
  path,
  account,
  menu: menuAt(path),
  acting: undefined,
  notice: '',
  problem: '',
  retryAfterSeconds: 0,
});

export const pageContext = (sample: Sample, locale: Locale): PageContext => ({
  locale,
  languages: [
    { code: 'cs', name: 'Čeština', href: '?lang=cs', current: locale === 'cs' },
    { code: 'en', name: 'English', href: '/language/en', current: locale === 'en' },
  ],
  brand: brand.page,
  client: sample.client === false ? undefined : client,
  requestId: '019a7e0c-5a60-7d1f-9d42-3a77c2f1b6de',
  csrf: 'csrf-token',
  page: sample.page,
});

export const mailContext = (page: object, locale: Locale): MailContext => ({
  locale,
  brand: brand.mail,
  page,
});
