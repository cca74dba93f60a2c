// What is taken away when an account is erased (`VRATNY_CLOSED_DATA=erase`): everything that is kept under it or under
// its names. What stays: the audit log, the names that nobody else may take for a while, and what ends by itself within
// a day, such as a sign-in under way.

import type { Clock } from '../../ports/clock.ts';
import { Stale, type Store } from '../../ports/store.ts';
import {
  comparableName,
  ENDED_WITH_CUSTOMER,
  type Account,
  type StoredAccount,
} from '../accounts/accounts.ts';
import { collections } from '../collections.ts';
import { supportRows } from '../support/support-rows.ts';
import { phoneCodePurposes } from '../factors/phone-codes.ts';
import { accountRows } from '../search/search-keys.ts';

const MAX_ATTEMPTS = 20;
const PAGE = 500;

/** Erases people; `blockedSeconds` is how long their names stay taken. */
export function createErasePerson(parts: {
  store: Store;
  clock: Clock;
  /** Forgets what was sent to an address or a number; what waits is sent first. */
  forgetMessages: (to: string) => Promise<void>;
  blockedSeconds: number;
}) {
  const { store, clock, forgetMessages, blockedSeconds } = parts;
  const rows = accountRows(store);
  const orders = store.collection(collections.orders);
  const requests = supportRows(store);

  /** Nothing but the names, and those no longer than they are blocked. */
  async function eraseAccount(accountId: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const seen = await rows.get(accountId);
      if (!seen) return;
      const { emailKey, loginKey, credentialVersion, createdAt, sessionsValidFrom } = seen.doc;
      const left: Account = {
        email: emailKey,
        emailKey,
        emailVerified: false,
        ...(loginKey === undefined ? {} : { loginKey }),
        ...(sessionsValidFrom === undefined ? {} : { sessionsValidFrom }),
        credentialVersion: credentialVersion + 1,
        status: 'disabled',
        disabledReason: ENDED_WITH_CUSTOMER,
        createdAt,
        updatedAt: clock.now().toISOString(),
      };
      try {
        await rows.replace(seen, left, new Date(clock.now().getTime() + blockedSeconds * 1000));
        return;
      } catch (error) {
        if (!(error instanceof Stale) || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }

  /** The order is remembered, so that the shop does not open the account once more; the name in it is not. */
  async function eraseOrders(accountId: string): Promise<void> {
    const found = await orders.list({ key: 'accountId', value: accountId }, { limit: PAGE });
    await Promise.all(
      found.map(({ id, doc, expiresAt }) => orders.put(id, { ...doc, login: '' }, expiresAt)),
    );
  }

  /** Those that name the address without being signed in, too. */
  async function eraseRequests(accountId: string, emailKey: string): Promise<void> {
    await requests.removeMany('accountId', accountId);
    for (let after: string | undefined; ;) {
      const page = await requests.list(undefined, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      const named = page.filter(({ doc }) =>
        [doc.email, doc.contact].some(
          (text) => text !== undefined && comparableName(text).includes(emailKey),
        ),
      );
      await Promise.all(named.map(({ id }) => requests.remove(id)));
      after = page.at(-1)?.id;
      if (page.length < PAGE) return;
    }
  }

  return async function erasePerson({ id, doc }: StoredAccount): Promise<void> {
    await Promise.all([
      store.collection(collections.history).removeMany('accountId', id),
      store.collection(collections.consents).removeMany('accountId', id),
      store.collection(collections.members).removeMany('accountId', id),
      store.collection(collections.knownBrowsers).removeMany('accountId', id),
      store.collection(collections.sightings).removeMany('accountId', id),
      store.collection(collections.invitations).removeMany('emailKey', doc.emailKey),
      store.collection(collections.addressLists).remove(id),
      store.collection(collections.failedPasswords).remove(id),
      store.collection(collections.totpRemovals).remove(id),
      store.collection(collections.supportAllowances).removeMany('accountId', id),
      store.collection(collections.customerChoices).remove(`account:${id}`),
      ...phoneCodePurposes.map((purpose) =>
        store.collection(collections.phoneCodes).remove(`${id}:${purpose}`),
      ),
      eraseOrders(id),
      eraseRequests(id, doc.emailKey),
      ...[doc.email, ...(doc.phone === undefined ? [] : [doc.phone])].map(forgetMessages),
    ]);
    await eraseAccount(id);
  };
}
