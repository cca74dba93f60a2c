// How the servers of the demo show pages: in the person's language, with our headers, and with the files they need.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Assets } from '../http/assets.ts';
import type { Brand } from '../http/brand.ts';
import { addCookie, readCookie } from '../http/cookies.ts';
import { pageHeaders, pagePolicy } from '../http/headers.ts';
import { chooseLocale, locales, type Locale } from '../http/locale.ts';
import type { Renderer } from '../http/render.ts';

const LANGUAGE = 'vratny_language';
const names = { cs: 'Čeština', en: 'English' } as const;

export type DemoPagesOptions = {
  readonly renderer: Renderer;
  readonly assets: Assets;
  readonly brand: Brand;
  readonly fallback: Locale;
};

/** Sends the browser on; after a POST it comes with GET. */
export function redirect(res: ServerResponse, to: string): void {
  res.statusCode = 303;
  res.setHeader('Location', to);
  res.end();
}

/** The pages of one server of the demo. */
export function createDemoPages({ renderer, assets, brand, fallback }: DemoPagesOptions) {
  return {
    /** Shows a page whose forms may lead to these origins, too. */
    send(
      req: IncomingMessage,
      res: ServerResponse,
      template: string,
      page: object,
      formTargets: readonly string[] = [],
    ): void {
      const locale = chooseLocale({
        chosen: readCookie(req, LANGUAGE),
        acceptLanguage: req.headers['accept-language'],
        fallback,
      });
      const url = new URL(req.url!, 'http://demo.invalid');
      const languages = locales.map((code) => {
        url.searchParams.set('lang', code);
        return { code, name: names[code], href: url.pathname + url.search, current: code === locale };
      });
      for (const [name, value] of Object.entries(pageHeaders)) res.setHeader(name, value);
      res.setHeader('Content-Security-Policy', pagePolicy({ formTargets }));
      res.end(renderer.render(template, { locale, languages, brand: brand.page, requestId: 'demo', page }));
    },

    /** Answers for files, and for a language that is chosen; whether it did. */
    serve(res: ServerResponse, url: URL): boolean {
      const file = assets.serve(url.pathname) ?? brand.serve(url.pathname);
      if (file) {
        res.writeHead(file.status, file.headers).end(file.body);
        return true;
      }
      const language = locales.find((locale) => locale === url.searchParams.get('lang'));
      if (!language) return false;
      this.choose(res, language);
      url.searchParams.delete('lang');
      redirect(res, url.pathname + url.search);
      return true;
    },

    /** Remembers a language. */
    choose(res: ServerResponse, language: Locale): void {
      addCookie(res, `${LANGUAGE}=${language}; Path=/; HttpOnly; SameSite=Lax`);
    },
    hasChosen: (req: IncomingMessage): boolean => readCookie(req, LANGUAGE) !== undefined,
  };
}

export type DemoPages = ReturnType<typeof createDemoPages>;
