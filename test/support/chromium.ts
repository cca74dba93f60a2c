// A real browser for tests: the Chromium that comes inside a package, watched for everything a page must not do.

import { AxeBuilder } from '@axe-core/playwright';
import sparticuz from '@sparticuz/chromium';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from 'playwright-core';

/** What the watched pages did wrong: script errors, policy violations, requests to other addresses. */
export type Watched = { readonly page: Page; readonly faults: string[] };

/** Starts the browser. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    // Not the package's own arguments: they are for a function that shows one page and ends.
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
    headless: true,
  });
}

/** Opens a page in a context of its own; requests may go only to `origins`. */
export async function openPage(
  browser: Browser,
  origins: readonly string[],
  options: BrowserContextOptions = {},
): Promise<Watched & { readonly context: BrowserContext }> {
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    // A refused form is answered with a 4xx page, which Chromium reports like a broken resource.
    if (message.type() === 'error' && !message.text().includes('the server responded with a status of 4')) {
      faults.push(`console: ${message.text()}`);
    }
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && !origins.includes(url.origin))
      faults.push(`request to ${url.origin}`);
  });
  return { context, page, faults };
}

/** What axe finds against WCAG 2.2 A and AA, a line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    // In the page itself: without frames of other origins nothing is gained by a page that is opened for each look.
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Whether the page is wider than the window, which makes people scroll sideways. */
export async function overflows(page: Page): Promise<boolean> {
  // A page that a click led to may have come no further than its headers, and has no root element then.
  await page.waitForLoadState();
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}
