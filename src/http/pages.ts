// Making a page for a request: its language, the brand, the client's face, and the headers that belong to pages.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Brand } from './brand.ts';
import { closeLinks } from './close-links.ts';
import type { Cookies } from './cookies.ts';
import { cspSource, pageHeaders, pagePolicy } from './headers.ts';
import { chooseLocale, locales, type Locale } from './locale.ts';
import { redirect } from './redirect.ts';
import type { Language, PageClient, Renderer } from './render.ts';
import { factsOf, returnOf } from './request-facts.ts';
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
  /** What it says is the answer to a form: told where the form can be opened, not at the request that sent it. */
  readonly isAnswer?: boolean;
  /** For whom an answer is kept, where more than the browser must be the same: what shows it says the same. */
  readonly whose?: Whose;
  /** Which of our paths a link may lead this visitor to, where it is not all of them. */
  readonly isOpen?: ((path: string) => boolean) | undefined;
};

/** Names whom a page is for; asked only when an answer is kept or waits. */
export type Whose = () => string | Promise<string>;

type AnswerPlace = { readonly browserId: string; readonly address: string; readonly whose: string };

/** Keeps an answer until the browser asks for it at the address that it is sent on to (`src/domain/kept-answers.ts`). */
export type KeepsAnswers = {
  keep(place: AnswerPlace, said: object): Promise<string | undefined>;
  take(place: AnswerPlace, secret: string): Promise<unknown>;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const languageNames: Record<Locale, string> = { cs: 'Čeština', en: 'English' };

/** Pages in the person's language under the hoster's brand. */
export function createPages(parts: {
  /** Made when the first page is. */
  renderer: () => Renderer;
  brand: Brand;
  cookies: Cookies;
  fallback: Locale;
  /** Where we are, as configured: never what a request says. */
  origin: string;
  answers: KeepsAnswers;
}) {
  const { renderer, brand, cookies, fallback, origin, answers } = parts;

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
    const rendered = renderer().render(page.template, {
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
    const body = page.isOpen ? closeLinks(rendered, page.isOpen) : rendered;
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

  function write(req: IncomingMessage, res: ServerResponse, page: Page): void {
    const { status, headers, body } = make(req, page);
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    res.statusCode = status;
    res.end(req.method === 'HEAD' ? undefined : body);
  }

  /** Sends the browser to an address where the page is shown. */
  async function tellAt(
    address: string,
    req: IncomingMessage,
    res: ServerResponse,
    page: Page,
  ): Promise<void> {
    let secret: string | undefined;
    try {
      const whose = (await page.whose?.()) ?? '';
      secret = await answers.keep({ browserId: cookies.browserId(req, res), address, whose }, page);
    } catch {
      secret = undefined;
    }
    // Better an answer that Reload sends again than none.
    if (secret === undefined) return write(req, res, page);
    cookies.setAnswer(res, secret);
    redirect(res, address);
  }

  return {
    make,
    localeOf,
    /** Our front page, wherever it is linked from. */
    home: `${origin}/`,
    /**
     * Sends a page as the whole answer. What is wrong with a form is told at the next request: the browser is sent on to
     * where the form stands, so that neither Back nor Reload sends it again.
     */
    send(req: IncomingMessage, res: ServerResponse, page: Page): void {
      const address = returnOf(req);
      if (address === undefined || !isAnswer(page)) return write(req, res, page);
      tellAt(address, req, res, page).catch(() => res.destroy());
    },

    /**
     * Shows the answer that waits for this browser at this address and for `whose`, if there is one; whether it did.
     * Whatever must hold for the page at this address is checked before.
     */
    async sendKept(req: IncomingMessage, res: ServerResponse, whose: Whose = () => ''): Promise<boolean> {
      const secret = cookies.answer(req);
      const browserId = cookies.knownBrowserId(req);
      if (secret === undefined || browserId === undefined) return false;
      const place = { browserId, address: req.url ?? '', whose: await whose() };
      const page = (await answers.take(place, secret)) as Page | undefined;
      if (!page) return false;
      cookies.clearAnswer(res);
      write(req, res, page);
      return true;
    },
  };
}

/** Whether a page says what is wrong with a form; a page that refuses the request as such does not. */
const isAnswer = ({ isAnswer: said, status }: Page): boolean => said ?? (status === 422 || status === 429);

export type Pages = ReturnType<typeof createPages>;
