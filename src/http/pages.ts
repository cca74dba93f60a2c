// Making a page for a request: its language, the brand, the client's face, and the headers that belong to pages.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Brand } from './brand.ts';
import type { Cookies } from './cookies.ts';
import { cspSource, pageHeaders, pagePolicy } from './headers.ts';
import { chooseLocale, locales, type Locale } from './locale.ts';
import type { Language, PageClient, Renderer } from './render.ts';
import { factsOf } from './request-facts.ts';
import { withParameter } from './target.ts';

/** A client as pages know it: its face, and the addresses a person may be sent on to from a form. */
export type ClientFace = PageClient & { readonly accent?: string; readonly addresses: readonly string[] };

export type Page = {
  readonly template: string;
  readonly status?: number;
  readonly props: object;
  readonly client?: ClientFace | undefined;
  readonly csrf?: string | undefined;
  /** `ui_locales` of the authorization request. */
  readonly uiLocales?: string | undefined;
  /** The URL carries a secret, so nothing is told to the next site. */
  readonly secretUrl?: boolean;
  readonly retryAfterSeconds?: number | undefined;
  /** It is shown under a host that is not ours, where nothing else of ours answers. */
  readonly isElsewhere?: boolean;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const languageNames: Record<Locale, string> = { cs: 'Čeština', en: 'English' };

/** Pages in the person's language under the hoster's brand. */
export function createPages(parts: {
  renderer: Renderer;
  brand: Brand;
  cookies: Cookies;
  fallback: Locale;
  /** Where we are, as configured: never what a request says. */
  origin: string;
}) {
  const { renderer, brand, cookies, fallback, origin } = parts;

  /** The brand with its files where they are found from a page of another host. */
  const brandElsewhere = {
    ...brand.page,
    accentUrl: origin + brand.page.accentUrl,
    ...(brand.page.logoUrl === undefined ? {} : { logoUrl: origin + brand.page.logoUrl }),
  };

  const localeOf = (req: IncomingMessage, uiLocales?: string): Locale =>
    chooseLocale({
      chosen: cookies.language(req),
      uiLocales,
      acceptLanguage: req.headers['accept-language'],
      fallback,
    });

  function make(req: IncomingMessage, page: Page): Answer {
    const locale = localeOf(req, page.uiLocales);
    const languages: Language[] = locales.map((code) => ({
      code,
      name: languageNames[code],
      href: withParameter(req.url ?? '/', 'lang', code),
      current: code === locale,
    }));
    const { client, isElsewhere = false } = page;
    const accentUrl = client?.accent
      ? `/brand/${client.accent.slice(1).toLowerCase()}.css`
      : brand.page.accentUrl;
    const body = renderer.render(page.template, {
      locale,
      // A choice of language would be refused there like everything else.
      languages: isElsewhere ? [] : languages,
      brand: isElsewhere ? brandElsewhere : { ...brand.page, accentUrl },
      assetsFrom: isElsewhere ? origin : undefined,
      client,
      requestId: factsOf(req).id,
      csrf: page.csrf,
      page: page.props,
    });
    const image = client?.logoUri === undefined ? undefined : cspSource(client.logoUri);
    const policy = pagePolicy({
      formTargets: (client?.addresses ?? []).flatMap((address) => cspSource(address) ?? []),
      images: image === undefined ? [] : [image],
      assets: isElsewhere ? origin : undefined,
    });
    return {
      status: page.status ?? 200,
      headers: {
        ...pageHeaders,
        'Content-Language': locale,
        'Content-Security-Policy': policy,
        ...(page.secretUrl ? { 'Referrer-Policy': 'no-referrer' } : {}),
        ...(page.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(page.retryAfterSeconds) }),
      },
      body,
    };
  }

  return {
    make,
    localeOf,
    /** Our front page, wherever it is linked from. */
    home: `${origin}/`,
    /** Sends a page as the whole answer. */
    send(req: IncomingMessage, res: ServerResponse, page: Page): void {
      const { status, headers, body } = make(req, page);
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
      res.statusCode = status;
      res.end(req.method === 'HEAD' ? undefined : body);
    },
  };
}

export type Pages = ReturnType<typeof createPages>;
