// When a sign-in is told by mail: the five choices as a table over all that they can see, and where the facts come from.

import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Account, SignInMail } from '../../../src/domain/accounts/accounts.ts';
import { createHistory, type History } from '../../../src/domain/sign-ins/history.ts';
import { createQuotas } from '../../../src/domain/limits/quotas.ts';
import { createOpenMarks } from '../../../src/domain/sign-ins/open-marks.ts';
import { createSightings, type Sightings } from '../../../src/domain/sign-ins/sightings.ts';
import {
  createSignInNotices,
  isNoticeDue,
  judgeNotices,
  signInMails,
  type NoticeFacts,
  type NoticePlace,
} from '../../../src/domain/sign-ins/sign-in-notices.ts';
import type { StoredAccount } from '../../../src/domain/accounts/accounts.ts';
import type { Store } from '../../../src/ports/store.ts';
import { manualClock, memoryStore, newAccount } from '../../support/rules.ts';

const DAY = 86_400_000;
const LIFE_SECONDS = 395 * 86_400;

describe('the choice', () => {
  const names = ['browserIsOpen', 'browserAsLast', 'networkAsLast', 'browserSeen', 'networkSeen'] as const;
  const everyFacts = Array.from({ length: 2 ** names.length }, (_, bits) =>
    Object.fromEntries(names.map((name, index) => [name, Boolean(bits & (1 << index))])),
  ) as NoticeFacts[];

  // What each choice looks at, and the only combination of it that goes without a mail.
  const table: Record<SignInMail, { row: string; silentWhen: (keyof NoticeFacts)[] | 'ever' | 'never' }> = {
    always: { row: 'S38', silentWhen: 'never' },
    open_browser: { row: 'S39', silentWhen: ['browserIsOpen'] },
    changed: { row: 'S40', silentWhen: ['browserAsLast', 'networkAsLast'] },
    unseen: { row: 'S41', silentWhen: ['browserSeen', 'networkSeen'] },
    never: { row: 'S42', silentWhen: 'ever' },
  };

  test.for(Object.entries(table))('%s is told exactly when it says so', ([choice, { silentWhen }]) => {
    for (const facts of everyFacts) {
      const silent =
        silentWhen === 'ever' || (silentWhen !== 'never' && silentWhen.every((name) => facts[name]));
      expect([facts, isNoticeDue(choice as SignInMail, facts)]).toEqual([facts, !silent]);
    }
  });

  test('is one of the five, and each is in the table', () => {
    expect([...signInMails].sort()).toEqual(Object.keys(table).sort());
    expect(everyFacts).toHaveLength(32);
  });
});

describe('S44, S45: confirmation', () => {
  const withPhone = { phone: '+420601234567', phoneVerified: true } as Account;
  test.for([
    [withPhone, 'never', true, 'confirmation_needs_mail'],
    [{} as Account, 'never', true, 'confirmation_needs_mail'],
    [withPhone, 'always', true, undefined],
    [withPhone, 'unseen', true, undefined],
    [{ phone: '+420601234567', phoneVerified: false } as Account, 'always', true, 'confirmation_needs_phone'],
    [{ phone: '+420601234567' } as Account, 'always', true, 'confirmation_needs_phone'],
    [{ phoneVerified: true } as Account, 'always', true, 'confirmation_needs_phone'],
    [{} as Account, 'never', false, undefined],
    [{} as Account, 'always', false, undefined],
  ] as const)('%#', ([account, mail, confirm, problem]) => {
    expect(judgeNotices(account, { mail, confirm })).toBe(problem);
  });
});

describe('the facts', () => {
  const clock = manualClock();
  const keys = [randomBytes(32)];
  const marks = createOpenMarks(keys);
  let store: Store;
  let history: History;
  let sightings: Sightings;
  let account: StoredAccount;

  const notices = (openMarks = marks) => createSignInNotices({ history, sightings, openMarks });
  const home: NoticePlace = {
    address: '198.51.100.7',
    browserId: 'browser one',
    userAgent: 'Firefox',
    openMarks: [],
  };
  const factsAt = (more: Partial<NoticePlace> = {}) =>
    notices().noticeFacts(account.id, { ...home, ...more });
  /** A complete sign-in, as far as later ones can see it. */
  async function signIn(more: Partial<NoticePlace> = {}): Promise<void> {
    const place = { ...home, ...more };
    await history.record({
      ...place,
      accountId: account.id,
      result: 'signed_in',
      clientId: 'panel',
      clientName: 'Panel',
    });
    await sightings.remember(account.id, place);
    clock.advance(1000);
  }

  beforeEach(async () => {
    store = await memoryStore(clock);
    history = createHistory({
      store,
      clock,
      networks: { find: () => undefined },
      quotas: createQuotas(store, clock),
      lifeSeconds: LIFE_SECONDS,
    });
    sightings = createSightings({ store, clock, lifeSeconds: LIFE_SECONDS });
    account = await newAccount(store, clock, { email: 'eva@example.cz' });
  });

  const nothing = {
    browserIsOpen: false,
    browserAsLast: false,
    networkAsLast: false,
    browserSeen: false,
    networkSeen: false,
  };

  test('of a first sign-in are that nothing is known', async () => {
    expect(await factsAt()).toEqual(nothing);
  });

  test('of the same place again are that all of it is', async () => {
    await signIn();
    const openMarks = [marks.make(account.id, 'browser one')];
    expect(await factsAt({ openMarks })).toEqual({
      browserIsOpen: true,
      browserAsLast: true,
      networkAsLast: true,
      browserSeen: true,
      networkSeen: true,
    });
  });

  test.for([
    ['another IPv4 address of the same /24', '198.51.100.7', '198.51.100.8', false],
    ['the same address, mapped into IPv6', '198.51.100.7', '::ffff:198.51.100.7', true],
    ['another address of the same /64', '2001:db8:1:2::5', '2001:db8:1:2:ffff::1', true],
    ['the next /64', '2001:db8:1:2::5', '2001:db8:1:3::5', false],
    ['an address nobody can tell', '198.51.100.7', undefined, false],
  ] as const)('a network is the same or not: %s', async ([, before, after, same]) => {
    await signIn({ address: before });
    expect(await factsAt({ address: after })).toMatchObject({ networkAsLast: same, networkSeen: same });
  });

  test('an address nobody can tell is not even like itself', async () => {
    await signIn({ address: undefined });
    expect(await factsAt({ address: undefined })).toMatchObject({ networkAsLast: false, networkSeen: false });
  });

  test('a browser is its long-lived id; what it calls itself counts only without one', async () => {
    await signIn();
    expect(await factsAt({ userAgent: 'Updated' })).toMatchObject({ browserAsLast: true, browserSeen: true });
    expect(await factsAt({ browserId: 'two' })).toMatchObject({ browserAsLast: false, browserSeen: false });
    expect(await factsAt({ browserId: undefined })).toMatchObject({
      browserAsLast: false,
      browserSeen: false,
    });
    await signIn({ browserId: undefined });
    expect(await factsAt({ browserId: undefined })).toMatchObject({ browserAsLast: true, browserSeen: true });
    expect(await factsAt({ browserId: undefined, userAgent: 'Other' })).toMatchObject({
      browserAsLast: false,
      browserSeen: false,
    });
  });

  test('the last sign-in is the last success, whatever was refused since', async () => {
    await signIn({ browserId: 'two', address: '203.0.113.1' });
    await signIn();
    const refused = { accountId: account.id, result: 'refused', reason: 'wrong_password' } as const;
    await history.record({
      ...home,
      ...refused,
      address: '203.0.113.99',
      clientId: 'panel',
      clientName: 'Panel',
    });
    expect(await factsAt()).toMatchObject({ browserAsLast: true, networkAsLast: true });
    expect(await factsAt({ browserId: 'two', address: '203.0.113.1' })).toMatchObject({
      browserAsLast: false,
      networkAsLast: false,
      browserSeen: true,
      networkSeen: true,
    });
    expect(await factsAt({ address: '203.0.113.99' })).toMatchObject({ networkSeen: false });
  });

  test('another account’s places are nothing to this one', async () => {
    await signIn();
    const other = await newAccount(store, clock, { email: 'adam@example.cz' });
    expect(await notices().noticeFacts(other.id, home)).toEqual(nothing);
  });

  test('a place is known as long as the history, from its last sign-in on', async () => {
    await signIn();
    clock.advance(394 * DAY);
    await signIn();
    clock.advance(394 * DAY);
    expect(await factsAt()).toMatchObject({ browserSeen: true, networkSeen: true });
    clock.advance(2 * DAY);
    expect(await factsAt()).toEqual(nothing);
  });

  test('what was forgotten is neither seen, nor the last one, nor open', async () => {
    await signIn();
    await sightings.forgetAll(account.id);
    expect(await factsAt({ openMarks: [marks.make(account.id, 'browser one')] })).toEqual(nothing);
  });

  test('a mark of an open browser is of one account in one browser, and nobody else makes one', async () => {
    await signIn();
    const good = marks.make(account.id, 'browser one');
    const isOpen = async (openMarks: string[], by = marks) =>
      (await notices(by).noticeFacts(account.id, { ...home, openMarks })).browserIsOpen;
    expect(await isOpen([marks.make('another', 'browser one'), good])).toBe(true);
    for (const forged of [
      marks.make('another', 'browser one'),
      marks.make(account.id, 'browser two'),
      createOpenMarks([randomBytes(32)]).make(account.id, 'browser one'),
      good.slice(1),
      `${good}A`,
      good.toLowerCase(),
      '',
      account.id,
    ]) {
      expect([forged, await isOpen([forged])]).toEqual([forged, false]);
    }
    expect(await isOpen([good], createOpenMarks([randomBytes(32), ...keys]))).toBe(true);
  });

  test('what an account chose decides, the unseen being the standard', async () => {
    const due = (signInMail?: SignInMail, more: Partial<NoticePlace> = {}) =>
      notices().isDue(
        { ...account, doc: { ...account.doc, ...(signInMail ? { signInMail } : {}) } },
        { ...home, ...more },
      );
    await signIn();
    expect(await Promise.all([due(), due('unseen'), due('changed'), due('never')])).toEqual(
      Array(4).fill(false),
    );
    expect(
      await Promise.all([due('always'), due('open_browser'), due(undefined, { browserId: 'two' })]),
    ).toEqual(Array(3).fill(true));
    const confirming = (signInMail: SignInMail, confirmSignIn: boolean) =>
      notices().isConfirmationDue({ ...account, doc: { ...account.doc, signInMail, confirmSignIn } }, home);
    expect(
      await Promise.all([
        confirming('always', true),
        confirming('always', false),
        confirming('unseen', true),
        confirming('never', true),
      ]),
    ).toEqual([true, false, false, false]);
  });
});
