// What every page is made with, joined: cookies, pages, what they say when something is wrong, form tokens.

import { deriveKey } from '../lib/derive.ts';
import type { Log } from '../lib/log.ts';
import type { Brand } from './brand.ts';
import { createCookies } from './cookies.ts';
import { createCsrf } from './csrf.ts';
import { createErrors } from './errors.ts';
import type { Locale } from './locale.ts';
import { createPages, type KeepsAnswers } from './pages.ts';
import type { Renderer } from './render.ts';
import { createUnreadAnswer } from './unread.ts';

/** The parts under an issuer; the keys of form tokens come from its secrets. */
export function createPageKit(parts: {
  issuer: string;
  secrets: readonly string[];
  renderer: () => Renderer;
  brand: Brand;
  fallback: Locale;
  keptAnswers: KeepsAnswers;
  log: Log;
}) {
  const { issuer, secrets, renderer, brand, fallback, keptAnswers, log } = parts;
  const https = issuer.startsWith('https:');
  const cookies = createCookies(https);
  const { origin } = new URL(issuer);
  const pages = createPages({ renderer, brand, cookies, fallback, origin, answers: keptAnswers });
  const keys = secrets.map((secret) => deriveKey(secret, 'form tokens', 32));
  return {
    https,
    cookies,
    pages,
    errors: createErrors(pages, cookies, log),
    csrf: createCsrf(keys, issuer),
    answerUnread: createUnreadAnswer({ pages, log, https }),
  };
}

export type PageKit = ReturnType<typeof createPageKit>;
