// A person's browser as far as forms, links, redirects and cookies go: no scripts, like the pages must work.

type Cookie = { readonly value: string; readonly path: string };
export type PageForm = {
  readonly action: string;
  readonly method: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly buttons: readonly { readonly name: string; readonly value: string; readonly text: string }[];
};

const MOST_REDIRECTS = 15;

const unescape = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : unescape(found);
};

function readForms(html: string): PageForm[] {
  return [...html.matchAll(/<form\b[^>]*>[^]*?<\/form>/g)].map(([form]) => {
    const open = /<form\b[^>]*>/.exec(form)![0];
    const inputs = [...form.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag);
    const buttons = [...form.matchAll(/<button\b[^>]*>([^]*?)<\/button>/g)];
    return {
      action: attribute(open, 'action') ?? '',
      method: attribute(open, 'method') ?? 'get',
      fields: Object.fromEntries([
        ...inputs.map((tag) => [attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? '']),
        // The line end that follows the tag is not part of the text.
        ...[...form.matchAll(/(<textarea\b[^>]*>)\n?([^]*?)<\/textarea>/g)].map(([, tag = '', text = '']) => [
          attribute(tag, 'name') ?? '',
          unescape(text),
        ]),
        ...[...form.matchAll(/(<select\b[^>]*>)([^]*?)<\/select>/g)].map(([, tag = '', options = '']) => {
          const all = [...options.matchAll(/<option\b[^>]*>/g)].map(([option]) => option);
          const chosen = all.find((option) => / selected\b/.test(option)) ?? all[0] ?? '';
          return [attribute(tag, 'name') ?? '', attribute(chosen, 'value') ?? ''];
        }),
      ]),
      buttons: buttons.map(([tag, text]) => ({
        name: attribute(tag, 'name') ?? '',
        value: attribute(tag, 'value') ?? '',
        text: unescape(text!.replaceAll(/<[^>]*>/g, '')).trim(),
      })),
    };
  });
}

/** Keeps cookies by name and path, follows redirects inside the provider and stops where one leaves it. */
export class Browser {
  readonly origin: string;
  readonly cookies = new Map<string, Cookie>();
  /** Sent with every request. */
  headers: Record<string, string> = { accept: 'text/html', 'accept-language': 'en' };
  keepsCookies = true;
  /** Whether it goes where it is sent; else `url` is where that would be. */
  followsRedirects = true;
  status = 0;
  html = '';
  /** The address of the page, or where the browser was sent to when it left the provider. */
  url = '';
  responseHeaders = new Headers();
  /** Every address on the way to the present page. */
  trail: string[] = [];

  readonly #settle: () => Promise<void>;

  /** `settle` is waited for after each request: what the request set off and did not wait for. */
  constructor(origin: string, settle: () => Promise<void> = () => Promise.resolve()) {
    this.origin = origin;
    this.#settle = settle;
  }

  get forms(): PageForm[] {
    return readForms(this.html);
  }

  /** The parameters a client got, after the browser was sent back to it. */
  get callback(): Record<string, string> {
    return Object.fromEntries(new URL(this.url).searchParams);
  }

  get hasLeft(): boolean {
    return !this.url.startsWith(`${this.origin}/`);
  }

  get heading(): string {
    return unescape(
      (/<h1\b[^>]*>([^]*?)<\/h1>/.exec(this.html)?.[1] ?? '').replaceAll(/<[^>]*>/g, ''),
    ).trim();
  }

  open(url: string): Promise<this> {
    this.trail = [];
    return this.#follow(new URL(url, this.origin).href, { method: 'GET' });
  }

  /** Fills in and sends the form that has these fields (the first form when none are given). */
  submit(fields: Record<string, string> = {}, button?: string): Promise<this> {
    const form = this.forms.find(
      (candidate) =>
        Object.keys(fields).every((name) => name in candidate.fields) &&
        (button === undefined ||
          candidate.buttons.some(({ text, value }) => text === button || value === button)),
    );
    if (!form)
      throw new Error(
        `no form with ${Object.keys(fields).join(', ')} ${button ?? ''} on "${this.heading}" at ${this.url}`,
      );
    const pressed =
      form.buttons.find(({ text, value }) => text === button || value === button) ?? form.buttons[0];
    const body = { ...form.fields, ...fields, ...(pressed?.name ? { [pressed.name]: pressed.value } : {}) };
    return this.post(form.action, body);
  }

  /** Sends any fields to any address, as an attacker or a stale tab would. */
  post(action: string, fields: Record<string, string>): Promise<this> {
    this.trail = [];
    const url = new URL(action, this.url || this.origin).href;
    const body = new URLSearchParams(fields);
    return this.#follow(url, {
      method: 'POST',
      body,
      headers: { origin: this.origin, 'sec-fetch-site': 'same-origin' },
    });
  }

  /** What it sends as `Cookie` to a path. */
  cookieHeader(path: string): string {
    return [...this.cookies]
      .filter(
        ([, cookie]) =>
          path === cookie.path ||
          path.startsWith(cookie.path.endsWith('/') ? cookie.path : `${cookie.path}/`),
      )
      .map(([key, cookie]) => `${key.split('\n', 1)[0]}=${cookie.value}`)
      .join('; ');
  }

  #keep(setCookies: readonly string[]): void {
    if (!this.keepsCookies) return;
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const value = pair.slice(pair.indexOf('=') + 1);
      const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
      const expires = attributes.find((part) => /^expires=/i.test(part))?.slice(8);
      const key = `${name}\n${path}`;
      if (value === '' || (expires && Date.parse(expires) < Date.now())) this.cookies.delete(key);
      else this.cookies.set(key, { value, path });
    }
  }

  async #follow(first: string, init: RequestInit): Promise<this> {
    let [url, request] = [first, init];
    for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
      const { pathname } = new URL(url);
      const headers = {
        ...this.headers,
        ...(request.headers as Record<string, string>),
        cookie: this.cookieHeader(pathname),
      };
      const response = await fetch(url, { ...request, headers, redirect: 'manual' });
      this.#keep(response.headers.getSetCookie());
      this.trail.push(url);
      Object.assign(this, {
        status: response.status,
        url,
        responseHeaders: response.headers,
        // What only says where a line may break is nothing to who reads, and a hyphen that keeps a word together is one.
        html: (await response.text()).replaceAll('\u2011', '-').replaceAll('<wbr>', ''),
      });
      await this.#settle();
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) return this;
      url = new URL(location, url).href;
      // 307 is the same request again (RFC 9110 §15.4.8).
      if (response.status !== 307) request = { method: 'GET' };
      if (!this.followsRedirects || new URL(url).origin !== this.origin) {
        this.url = url;
        return this;
      }
    }
    throw new Error(`too many redirects: ${this.trail.join(' → ')}`);
  }
}
