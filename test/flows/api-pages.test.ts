// The queues of the operators' API in pages.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { houseStories } from '../support/house-stories.ts';
import { apiToken, apiWith, createApiClient, type Api } from '../support/operators-api.ts';
import { queueStories } from '../support/queue-stories.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  let api: Api;
  beforeAll(async () => {
    world = await openWorld({ storage });
    api = apiWith(world, await apiToken(world, await createApiClient(world)));
  });
  afterAll(() => closeWorld(world, storage));
  const stories = {
    ...queueStories(
      () => world,
      () => api,
    ),
    ...houseStories(() => world),
  };

  test('who types the bare address comes to the page, in the language they choose; a bad token is told what most lack', async () => {
    const browser = world.browser();
    for (const path of ['/admin/api', '/admin/api/v1', '/admin/api/v1/']) {
      await browser.open(path);
      expect([path, browser.heading]).toEqual([path, text('admin.api.title')]);
    }
    await browser.open('/admin/api/v1/docs?lang=cs');
    expect(browser.html).toContain('<html lang="cs"');
    const { status, body } = await apiWith(world, 'nobody')('get', '/accounts');
    expect([status, body['detail']]).toEqual([401, expect.stringContaining('resource') as string]);
  });

  test('a queue is read to its end in pages of one, each thing once', async () => {
    for (const [path, story] of [
      ['/closings?', 'checkClosing'],
      ['/totp-removals?', 'refuseTotpRemoval'],
      ['/support-access?', 'endSupportAccess'],
      ['/support-requests?', 'getSupportRequest'],
      ['/support-requests?kind=account&', 'getSupportRequest'],
    ] as const) {
      await stories[story]();
      await stories[story]();
      const whole = await api('get', `${path}limit=200`);
      const read: unknown[] = [];
      for (let next: string | undefined = ''; next !== undefined;) {
        const { body } = await api('get', `${path}limit=1${next && `&after=${next}`}`);
        const page = body as { items: unknown[]; next?: string };
        expect(page.items).toHaveLength(1);
        read.push(...page.items);
        next = page.next;
      }
      expect(read.length).toBeGreaterThan(1);
      expect(read).toEqual(whole.body['items']);
      expect((await api('get', `${path}after=bm90aGluZw`)).status).toBe(400);
    }
  });
});
