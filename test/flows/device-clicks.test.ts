// The same browser comes twice for one device: a double click, a sign-in that was left. Over a slow store, so that both
// meet in the middle.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { askDevice, atConfirmation, deviceClient, poll, type AskedDevice } from '../support/device.ts';
import { signedIn } from '../support/journeys.ts';
import { slowStore } from '../support/slow-store.ts';
import { text } from '../support/texts.ts';
import { closeWorld, onEveryStorage, openWorld, PASSWORD, type World } from '../support/world.ts';

const approved = text('page.device_ended.approved.title');
const denied = text('page.device_ended.denied.title');
const over = text('page.device_ended.over.title');

onEveryStorage((newStorage) => {
  const storage = newStorage();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ storage, wrap: (store) => slowStore(store, 2) });
  });
  afterAll(() => closeWorld(world, storage));

  /** Another tab of a browser, at the same page. */
  const twinOf = (browser: ReturnType<World['browser']>) => {
    const twin = world.browser();
    for (const [name, cookie] of browser.cookies) twin.cookies.set(name, cookie);
    return Object.assign(twin, { url: browser.url, html: browser.html });
  };

  test('who is signed in: every click at once, and one more after them, ends on the page that says so', async () => {
    const [panel, client] = [await world.createClient(), await deviceClient(world)];
    const { email } = await world.createAccount();
    const toldOf = async (asked: AskedDevice) => (await poll(world, client, asked)).status;
    const browser = await signedIn(world, panel, email);
    const asked = await askDevice(world, client);
    await atConfirmation(browser, asked);
    const [late, ...clicks] = [1, 2, 3].map(() => twinOf(browser));
    await Promise.all([browser, ...clicks].map((click) => click.submit({}, 'allow')));
    await late!.submit({}, 'allow');
    expect([browser, late!, ...clicks].map(({ heading }) => heading)).toEqual(Array(4).fill(approved));
    expect([await toldOf(asked), await toldOf(asked)]).toEqual([200, 400]);

    // As somebody else: the first click has signed out.
    const other = await askDevice(world, client);
    const pair = [await atConfirmation(browser, other), twinOf(browser)];
    for (const click of pair) await click.submit({}, 'other');
    await pair[1]!.submit({ login: email, password: PASSWORD });
    expect([pair[1]!.heading, await toldOf(other)]).toEqual([approved, 200]);
  });

  test('who is not: both clicks lead to the sign-in, as the code does when it is typed again, and another browser gets nothing', async () => {
    const client = await deviceClient(world);
    const { email } = await world.createAccount();
    const asked = await askDevice(world, client);
    const person = await atConfirmation(world.browser(), asked);
    const stranger = await atConfirmation(world.browser(), asked);
    const second = twinOf(person);
    await Promise.all([person, second].map((click) => click.submit({}, 'allow')));
    for (const click of [person, second]) expect(click.forms[0]?.fields).toHaveProperty('password');
    for (const choice of ['allow', 'deny']) {
      const tried = await twinOf(stranger).submit({}, choice);
      expect([tried.status, tried.heading]).toEqual([410, over]);
    }
    await stranger.open('/device');
    expect((await stranger.submit({ user_code: asked.user_code })).status).toBe(422);
    await (await atConfirmation(second, asked)).submit({}, 'allow');
    await second.submit({ login: email, password: PASSWORD });
    await person.submit({ login: email, password: PASSWORD });
    expect([second.heading, person.heading]).toEqual([approved, over]);
    const polls = [await poll(world, client, asked), await poll(world, client, asked)];
    expect(polls.map(({ status }) => status)).toEqual([200, 400]);
  });

  test('what is refused twice is refused, also after it was taken up', async () => {
    const client = await deviceClient(world);
    const { email } = await world.createAccount();
    const asked = await askDevice(world, client);
    const browser = await atConfirmation(world.browser(), asked);
    const clicks = [twinOf(browser), twinOf(browser)];
    await browser.submit({}, 'allow');
    await Promise.all(clicks.map((click) => click.submit({}, 'deny')));
    expect(clicks.map(({ heading }) => heading)).toEqual([denied, denied]);
    await browser.submit({ login: email, password: PASSWORD });
    expect((await poll(world, client, asked)).body['error']).toBe('access_denied');
  });
});
