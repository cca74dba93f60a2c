// What people change about the ways into their accounts, through the public door, for failed-writes.test.ts: what comes
// before each, the act, and what must hold when it is done and when it is not.

import type { CredentialChange } from '../../src/domain/messages/credential-notices.ts';
import { changeLetters } from './change-letters.ts';
import type { Browser } from './browser.ts';
import type { createFakeUpstream } from './fake-upstream.ts';
import { PAGE as TOKENS, shownToken, judge } from './api-tokens.ts';
import { atAccountPage, csrfOf } from './members.ts';
import { appCode, turnOnTotp } from './second-factor.ts';
import { atAccount } from './second-factor-pages.ts';
import { text } from './texts.ts';
import { PASSWORD, type World } from './world.ts';

const NEW = 'seven brass kettles sing';
const IDENTITIES = '/account/security/identities';

type Findings = Readonly<Record<string, boolean>>;

export type Change = {
  /** Sends the form. Whether the answer says that it is done. */
  readonly act: () => Promise<boolean>;
  readonly isDone: () => Promise<boolean>;
  readonly whenDone: () => Promise<Findings>;
  readonly whenNot: () => Promise<Findings>;
};

/** The changes in a world, each made ready whenever it is asked for. */
export function changesOf(world: World, mojeid: ReturnType<typeof createFakeUpstream>) {
  const { core } = world;
  let people = 0;
  const accountOf = async (id: string) => (await core.accounts.get(id))!.doc;
  const opens = async (id: string, password: string) =>
    (await core.hasher.verify((await accountOf(id)).passwordHash!, password)).matches;
  const isTold = (to: string, change: CredentialChange) => changeLetters(world, to, change).length > 0;
  const isSignedIn = async (browser: Browser) =>
    (await browser.open('/account/security')).url.endsWith('/account/security');
  const at = (email: string, path: string) => atAccountPage(world, email, path);
  const says = (browser: Browser, notice: string) =>
    browser.status === 200 && browser.html.includes(text(`account.notice.${notice}`));
  const linked = async (isLinked = true) => {
    const person = await world.createAccount();
    const subject = `failing-${(people += 1)}`;
    const browser = await at(person.email, `${IDENTITIES}/mojeid`);
    await browser.submit({ password: PASSWORD });
    await mojeid.comeBack(browser, { subject });
    if (isLinked) await browser.submit({});
    const isDone = async () =>
      (await core.federation.links.of(person.id, mojeid.configured.issuer)) !== undefined;
    return { ...person, browser, isDone };
  };

  return {
    async 'a password is changed'() {
      const { id, email } = await world.createAccount();
      const elsewhere = await at(email, '/account/security');
      const browser = await at(email, '/account/security/password');
      return {
        async act() {
          await browser.submit({ password: PASSWORD, new_password: NEW, repeat: NEW });
          return says(browser, 'password_changed');
        },
        isDone: () => opens(id, NEW),
        whenDone: async () => ({
          'others are out': !(await isSignedIn(elsewhere)),
          told: isTold(email, 'password_changed'),
          'the old one is void': !(await opens(id, PASSWORD)),
        }),
        whenNot: async () => ({ 'the old one opens': await opens(id, PASSWORD) }),
      };
    },

    async 'a password is set by a mailed link'() {
      const { id, email } = await world.createAccount();
      const elsewhere = await at(email, '/account/security');
      const { url } = await core.setPassword.offer((await core.accounts.get(id))!);
      const browser = await world.browser().open(url);
      return {
        async act() {
          await browser.submit({ password: NEW, repeat: NEW });
          return browser.status === 200 && browser.heading !== text('page.set_password.title');
        },
        isDone: () => opens(id, NEW),
        whenDone: async () => ({
          'others are out': !(await isSignedIn(elsewhere)),
          told: world.mails.some(
            ({ to, text: body }) => to === email && body.includes('password of your account was changed'),
          ),
          'the link is used up': (await world.browser().open(url)).status === 410,
        }),
        whenNot: async () => ({ 'the old one opens': await opens(id, PASSWORD) }),
      };
    },

    async 'the app is switched off'() {
      const { id, email } = await world.createAccount();
      const { key } = await turnOnTotp(core, id);
      const now = core.clock.now();
      const browser = await atAccount(world, '/account/security/totp/off', email, appCode(key, now));
      return {
        async act() {
          await browser.submit({ password: PASSWORD, code: appCode(key, now, 1), end_others: '' });
          return says(browser, 'totp_off');
        },
        isDone: async () => !(await core.totp.isOn(id)),
        whenDone: () => Promise.resolve({ told: isTold(email, 'totp_off') }),
        whenNot: async () => {
          const stranger = await world.browser().open('/account');
          await stranger.submit({ login: email, password: PASSWORD });
          return { asked: stranger.url.endsWith('/totp') };
        },
      };
    },

    async 'an identity is linked'() {
      const { email, browser, isDone } = await linked(false);
      const elsewhere = await at(email, '/account/security');
      return {
        async act() {
          await browser.submit({});
          return browser.status === 200 && says(browser, 'identity_linked');
        },
        isDone,
        whenDone: async () => ({
          told: isTold(email, 'identity_linked'),
          'others are out': !(await isSignedIn(elsewhere)),
        }),
        whenNot: () => Promise.resolve({}),
      };
    },

    async 'an identity is unlinked'() {
      const { email, browser, isDone } = await linked();
      await browser.open(`${IDENTITIES}/mojeid`);
      const elsewhere = await at(email, '/account/security');
      return {
        async act() {
          await browser.submit({ password: PASSWORD });
          return says(browser, 'identity_unlinked');
        },
        isDone: async () => !(await isDone()),
        whenDone: async () => ({
          told: isTold(email, 'identity_unlinked'),
          'others are out': !(await isSignedIn(elsewhere)),
        }),
        whenNot: () => Promise.resolve({}),
      };
    },

    async 'a token is made'() {
      const { id, email } = await world.createAccount();
      const browser = await at(email, TOKENS);
      const server = await world.createClient({ resource_server: true });
      let value = '';
      return {
        async act() {
          const given = { name: 'CI', ends: '', addresses: '', password: PASSWORD, level: 'read' };
          value = shownToken(await browser.submit(given));
          return value !== '';
        },
        isDone: async () => (await core.apiTokens.list(id)).length > 0,
        whenDone: async () => ({
          told: isTold(email, 'api_token_created'),
          'what was shown is good': value === '' || (await judge(world, server, value))['active'] === true,
        }),
        whenNot: () => Promise.resolve({ 'none was shown': value === '' }),
      };
    },

    async 'a token is revoked'() {
      const { id, email } = await world.createAccount();
      const browser = await at(email, TOKENS);
      const given = { name: 'CI', ends: '', addresses: '', password: PASSWORD, level: 'read' };
      const value = shownToken(await browser.submit(given));
      const server = await world.createClient({ resource_server: true });
      const [token] = await core.apiTokens.list(id);
      await browser.open(`${TOKENS}/${token!.id}`);
      return {
        async act() {
          await browser.submit({ password: PASSWORD });
          return says(browser, 'api_token_revoked');
        },
        isDone: async () => (await core.apiTokens.list(id)).length === 0,
        whenDone: async () => ({
          told: isTold(email, 'api_token_revoked'),
          dead: (await judge(world, server, value))['active'] === false,
        }),
        whenNot: async () => ({ 'as it was': (await judge(world, server, value))['active'] === true }),
      };
    },

    async 'everything is signed out'() {
      const { email } = await world.createAccount();
      const elsewhere = await at(email, '/account/security');
      const browser = await at(email, '/account/sign-out-everywhere');
      return {
        async act() {
          const { csrf = csrfOf(browser), ...fields } = browser.forms[0]!.fields;
          await browser.post(browser.forms[0]!.action, { csrf, ...fields });
          return browser.status === 200;
        },
        isDone: async () => !(await isSignedIn(browser)),
        whenDone: async () => ({ 'others are out': !(await isSignedIn(elsewhere)) }),
        whenNot: () => Promise.resolve({}),
      };
    },
  } satisfies Record<string, () => Promise<Change>>;
}
