// How a person comes to each step of a sign-in, and passes it.

import type { StepId } from '../../interactions/step.ts';
import type { IssuedClient } from '../../src/domain/clients/clients.ts';
import type { Browser } from './browser.ts';
import type { FakeUpstream } from './fake-upstream.ts';
import { addPasskey, answerPasskey } from './passkey-pages.ts';
import { signIn } from './relying-party.ts';
import { appCode, turnOnTotp } from './second-factor.ts';
import { SoftwareAuthenticator } from './software-authenticator.ts';
import { PASSWORD, type World } from './world.ts';

export type Person = { readonly id: string; readonly email: string };
export type Journey = {
  /** The page of the step, as a browser has come to it. */
  readonly browser: Browser;
  readonly person: Person;
  /** What must have happened elsewhere. */
  readonly before?: () => Promise<unknown>;
  /** What passes it, or does what it is there for; so often at most. */
  readonly pass: () => Promise<unknown>;
  readonly times?: number;
  /** The step leads elsewhere, and ends no sign-in. */
  readonly leadsAway?: true;
};

/** The address of another step of the same sign-in. */
export const beside = (url: string, id: string): string => url.replace(/\/[^/]+$/, `/${id}`);

/** Sends the form of the password. */
export const sendPassword = (browser: Browser, { email }: Pick<Person, 'email'>): Promise<Browser> =>
  browser.submit({ login: email, password: PASSWORD });

/** A journey to each step: a step that is added needs one. `wait` turns the clock of the world. */
export function stepJourneys(parts: {
  world: World;
  ours: IssuedClient;
  theirs: IssuedClient;
  mojeid: FakeUpstream;
  wait: (milliseconds: number) => void;
}): Record<StepId, () => Promise<Journey>> {
  const { world, ours, theirs, mojeid, wait } = parts;
  const begin = (params: Record<string, string> = {}, client = ours, browser = world.browser()) =>
    browser.open(world.authorizeUrl(client, params));
  return {
    async password() {
      const [person, browser] = [await world.createAccount(), await begin()];
      return { person, browser, pass: () => sendPassword(browser, person) };
    },
    async passkey() {
      const person = await world.createAccount();
      const authenticator = new SoftwareAuthenticator(world.issuer);
      await addPasskey(world, person.email, authenticator);
      const browser = await begin();
      await browser.open(beside(browser.url, 'passkey'));
      return { person, browser, pass: () => answerPasskey(browser, authenticator) };
    },
    async upstream() {
      const [person, browser] = [await world.createAccount(), await begin()];
      await browser.open(beside(browser.url, 'upstream'));
      return { person, browser, leadsAway: true, pass: () => browser.submit({}, 'mojeid') };
    },
    async totp() {
      const person = await world.createAccount();
      const { key } = await turnOnTotp(world.core, person.id);
      const browser = await sendPassword(await begin(), person);
      const pass = () => {
        wait(30_000);
        return browser.submit({ code: appCode(key, world.core.clock.now()) });
      };
      return { person, browser, pass };
    },
    async 'recovery-code'() {
      const person = await world.createAccount();
      const codes = [...(await turnOnTotp(world.core, person.id)).recoveryCodes];
      const browser = await sendPassword(await begin(), person);
      await browser.open(beside(browser.url, 'recovery-code'));
      return { person, browser, times: 5, pass: () => browser.submit({ code: codes.pop()! }) };
    },
    async 'lost-device'() {
      const person = await world.createAccount();
      await turnOnTotp(world.core, person.id);
      const browser = await sendPassword(await begin(), person);
      await browser.open(beside(browser.url, 'lost-device'));
      return { person, browser, times: 1, leadsAway: true, pass: () => browser.submit({}, 'send') };
    },
    async 'email-link'() {
      const person = await world.createAccount();
      await world.core.accounts.change(person.id, () => ({ signInMail: 'always', confirmSignIn: true }));
      const browser = await sendPassword(await begin(), person);
      const number = /match__number[^>]*>(\d\d)</.exec(browser.html)![1]!;
      const mail = world.mails.findLast(({ to }) => to === person.email)!;
      const [, secret = ''] = /confirm-sign-in\/([\w-]{43})/.exec(mail.text)!;
      const { action, fields } = browser.forms.find((form) => form.action.endsWith('/email-link'))!;
      return {
        person,
        browser,
        before: () => world.core.confirmations.approve(secret, number),
        pass: () => browser.post(action, { ...fields, choice: 'check' }),
      };
    },
    async pair() {
      const person = await world.createAccount();
      const browser = await (await begin()).submit({}, 'mojeid');
      await mojeid.comeBack(browser, { subject: `of ${person.id}` });
      await browser.open(beside(browser.url, 'password'));
      await sendPassword(browser, person);
      return { person, browser, times: 1, pass: () => browser.submit({}, 'link') };
    },
    async consent() {
      const person = await world.createAccount();
      const browser = await signIn(world, ours, person);
      await begin({}, theirs, browser);
      return { person, browser, pass: () => browser.submit({}, 'allow') };
    },
    async 'select-account'() {
      const person = await world.createAccount();
      const browser = await signIn(world, ours, person);
      await begin({ prompt: 'select_account' }, ours, browser);
      return { person, browser, pass: () => browser.submit({}, 'continue') };
    },
    async register() {
      const [person, browser] = [await world.createAccount(), await begin({ prompt: 'create' })];
      return { person, browser, leadsAway: true, pass: () => browser.submit({}, 'register') };
    },
  };
}
