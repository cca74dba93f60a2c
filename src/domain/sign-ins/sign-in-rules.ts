// Sign-ins, joined: where they come from, which of them wait for a mail, how they are recorded and told, and how they
// end.

import type { Clock } from '../../ports/clock.ts';
import type { Networks } from '../../ports/networks.ts';
import type { Store } from '../../ports/store.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Audit } from '../audit/audit.ts';
import type { Quotas } from '../limits/quotas.ts';
import type { Letters } from '../messages/letters.ts';
import type { OneTimeLinks } from '../one-time-links.ts';
import type { FailedPasswordCounter } from '../passwords/failed-passwords.ts';
import type { Signals } from '../signals.ts';
import { createAddressLists } from './address-lists.ts';
import type { AddressRules } from './address-rules.ts';
import { createBrowsers } from './browsers.ts';
import { createConfirmationLetter } from './confirmation-letter.ts';
import { createConfirmations } from './confirmations.ts';
import { createEndOlder } from './end-older.ts';
import { createEndingLinks } from './ending-links.ts';
import type { Endings } from './endings.ts';
import { createHistory } from './history.ts';
import { createOpenMarks } from './open-marks.ts';
import { createSightings } from './sightings.ts';
import { createSignInNotices } from './sign-in-notices.ts';
import { createSignInRecorder } from './sign-in-recorder.ts';
import { createSignOutEverywhere } from './sign-out-everywhere.ts';
import { createSparedCheck } from './spared.ts';

/** What the configuration says of it. */
export type SignInSettings = {
  readonly addressLists: AddressRules;
  /** How long sign-ins are remembered, in seconds. */
  readonly historyLife: number;
};

/** The rules over a store; `keysFor` derives the keys of a purpose, the current one first. */
export function createSignInRules(parts: {
  store: Store;
  clock: Clock;
  networks: Networks;
  accounts: Accounts;
  quotas: Quotas;
  links: OneTimeLinks;
  endings: Endings;
  letters: Letters;
  audit: Audit;
  failedPasswords: Pick<FailedPasswordCounter, 'isGuessed' | 'takeGuesses'>;
  /** Hears of every attempt. */
  signals: Signals;
  keysFor: (purpose: string) => Buffer[];
  settings: SignInSettings;
}) {
  const { store, clock, networks, accounts, quotas, links, endings, letters, audit, signals } = parts;
  const { keysFor, settings } = parts;
  const kept = { store, clock, lifeSeconds: settings.historyLife };
  const browsers = createBrowsers(store, clock);
  const addressLists = createAddressLists(store, clock, settings.addressLists);
  const history = createHistory({ ...kept, networks, quotas, signals });
  const sightings = createSightings(kept);
  const openMarks = createOpenMarks(keysFor('open browsers'));
  const signInNotices = createSignInNotices({ history, sightings, openMarks });
  const endingLinks = createEndingLinks({ links, letters });
  return {
    browsers,
    addressLists,
    isSpared: createSparedCheck(accounts, addressLists),
    history,
    sightings,
    signInNotices,
    endingLinks,
    confirmations: createConfirmations({
      store,
      clock,
      accounts,
      quotas,
      mail: createConfirmationLetter({ letters, endingLinks, networks }),
      record: async ({ accountId, address, userAgent, clientId, clientName, methods }, reason) => {
        const attempt = { address, browserId: undefined, userAgent, clientId, clientName };
        await history.record({ ...attempt, accountId, methods, result: 'refused', reason });
      },
    }),
    signInRecorder: createSignInRecorder({
      history,
      sightings,
      notices: signInNotices,
      openMarks,
      endingLinks,
      letters,
      quotas,
      audit,
      failedPasswords: parts.failedPasswords,
      signals,
    }),
    endOlder: createEndOlder(endings, links),
    signOutEverywhere: createSignOutEverywhere({ accounts, endings, browsers, sightings, clock }),
  };
}
