// The proof of work as a person meets it: it runs beside the typing, says what it does, and needs a script. And the
// whole way out of a lost second factor on real pages.

import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults, launchChromium, openPage, overflows } from '../support/chromium.ts';
import { turnOnTotp } from '../support/second-factor.ts';
import { openWorld, type World } from '../support/world.ts';

const FORM = '/support/second-factor';

let browser: Browser;
let world: World;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(() => world.close());

const looks = [
  {
    name: 'on a phone, in Czech, dark',
    viewport: { width: 320, height: 640 },
    locale: 'cs-CZ',
    colorScheme: 'dark',
  },
  {
    name: 'on a desktop, in English',
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    colorScheme: 'light',
  },
] as const;

async function open(look = {}) {
  const opened = await openPage(browser, [world.issuer], look);
  const { page } = opened;
  const fill = async () => {
    await page.locator('#email').fill('jana@example.cz');
    await page.locator('#text').fill('Telefon mi spadl do řeky.');
    await page.locator('#contact').fill('+420 601 234 567');
  };
  const check = async () => {
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await overflows(page), `${page.url()} is wider than the window`).toBe(false);
  };
  return { ...opened, fill, check };
}

describe.each(looks)('$name', ({ name: _name, ...look }) => {
  test('the form for staff is solved while it is filled in, and sent', async () => {
    world = await openWorld();
    const { page, fill, check, faults, context } = await open(look);
    await page.goto(`${world.issuer}${FORM}`);
    await fill();
    await page.locator('[data-state=done]').waitFor();
    expect(await page.locator('[role=status]').innerText()).toMatch(/you are no robot|nejste robot/);
    await check();
    await page.locator('main button[type=submit]').click();
    await page.locator('#email').waitFor({ state: 'detached' });
    await check();
    expect(await world.core.supportRequests.list('open', { limit: 10 })).toHaveLength(1);
    expect(faults).toEqual([]);
    await context.close();
  });

  test('S51–S53: the mailed link, the code from the SMS and the proof switch the second factor off', async () => {
    world = await openWorld();
    const { page, check, faults, context } = await open(look);
    const { id } = await world.createAccount({ phone: '+420601234123' });
    await turnOnTotp(world.core, id);
    await world.core.lostDevice.request((await world.core.accounts.get(id))!);
    await world.core.outbox.idle();
    const [link] = /http:\S+\/lost-device\/[\w-]{43}/.exec(world.mails.at(-1)!.text)!;
    await page.goto(link);
    await check();
    await page.locator('main button[type=submit]').click();
    await page.locator('#code').waitFor();
    await world.core.outbox.idle();
    const [code] = /\b\d{6}\b/.exec(world.texts.at(-1)!.text)!;
    await page.locator('#code').fill(code === '000000' ? '111111' : '000000');
    await page.keyboard.press('Enter');
    await page.locator('[aria-invalid=true]').waitFor();
    await check();
    await page.locator('#code').fill(code);
    await page.keyboard.press('Enter');
    await page.locator('#code').waitFor({ state: 'detached' });
    await check();
    expect(await world.core.totp.isOn(id)).toBe(false);
    expect(faults).toEqual([]);
    await context.close();
  });
});

test('a form sent before the proof is there waits for it, says so, and is then sent once by itself', async () => {
  world = await openWorld();
  const { page, fill, faults, context } = await open();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/proof-of-work-worker.js', async (route) => {
    await released;
    await route.continue();
  });
  const sent: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request.url());
  });
  await page.goto(`${world.issuer}${FORM}`);
  await fill();
  const submit = page.locator('main button[type=submit]');
  await submit.click();
  await submit.click();
  expect(await page.locator('[role=status]').innerText()).toBe(
    'Still checking that you are no robot. The form will be sent by itself in a moment.',
  );
  expect(sent).toEqual([]);
  release();
  await page.getByRole('heading', { name: 'We have your request' }).waitFor();
  expect(sent).toHaveLength(1);
  expect(faults).toEqual([]);
  await context.close();
});

test('a script that cannot run says so', async () => {
  world = await openWorld();
  const { page, context } = await open();
  await page.route('**/proof-of-work-worker.js', (route) => route.abort());
  await page.goto(`${world.issuer}${FORM}`);
  await page.locator('[data-state=failed]').waitFor();
  expect(await page.locator('[role=status]').innerText()).toContain('Reload the page');
  await context.close();
});

test('without JavaScript the page says what it is needed for, and what was typed stays', async () => {
  world = await openWorld();
  const { page, fill, context } = await open({ javaScriptEnabled: false });
  await page.goto(`${world.issuer}${FORM}`);
  expect(await page.locator('main').innerText()).toContain('This form needs JavaScript');
  await fill();
  await page.locator('main button[type=submit]').click();
  expect(await page.locator('#problem').innerText()).toContain('It needs JavaScript');
  expect(await page.locator('#text').inputValue()).toBe('Telefon mi spadl do řeky.');
  expect(await world.core.supportRequests.list('open', { limit: 10 })).toEqual([]);
  await context.close();
});
