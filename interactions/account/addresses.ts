// The addresses from which the second factor is not asked (S70, S71), kept by the person: the list, and a form to
// add to it that asks who they are once more.

import type { AddressLists, AddressProblem, ListedAddress } from '../../src/domain/sign-ins/address-lists.ts';
import { placeOf, shownRange } from '../../src/domain/sign-ins/address-rules.ts';
import type { CredentialNotices } from '../../src/domain/messages/credential-notices.ts';
import type {
  Reauthentication,
  ReauthenticationOutcome,
} from '../../src/domain/sign-ins/reauthentication.ts';
import { readTarget } from '../../src/http/target.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { dayOf, endOfDay, lastDay } from './day-field.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/addresses';
const LONGEST_NOTE = 80;
const LONGEST_YEARS = 10;

type FormProblem =
  | AddressProblem
  | 'note_too_long'
  | 'ends_invalid'
  | 'ends_past'
  | Exclude<ReauthenticationOutcome['kind'], 'proved'>;

/** What was typed and may be shown again: never the password or a code. */
type Typed = { readonly range: string; readonly note: string; readonly ends: string };
const nothing: Typed = { range: '', note: '', ends: '' };

/** GET and POST /account/security/addresses, and POST …/:id/remove */
export function createAddressPages(parts: {
  addressLists: AddressLists;
  reauthentication: Reauthentication;
  credentialNotices: CredentialNotices;
  isTotpOn: (accountId: string) => Promise<boolean>;
  clock: Clock;
}) {
  const { addressLists, reauthentication, credentialNotices, isTotpOn, clock } = parts;

  /** The /64 of a single IPv6 address: devices change theirs in it all the time, so the page proposes it instead. */
  function widerOf({ range }: ListedAddress, entries: readonly ListedAddress[]): string {
    const wider = range.endsWith('/128') ? (placeOf(range.slice(0, -'/128'.length)) ?? '') : '';
    return entries.some((other) => other.range === wider) ? '' : wider;
  }

  /** Where the person is now, as it would be listed, and whether it can be. */
  async function placeFacts({ account, address }: AccountVisit) {
    const place = address === undefined ? undefined : placeOf(address);
    if (address === undefined || place === undefined) return { address: '', place: '', problem: 'unknown' };
    const problem = await addressLists.problemOf(account.id, place);
    return { address, place: shownRange(place), problem: problem ?? '' };
  }

  async function show(
    visit: AccountVisit,
    typed: Typed,
    problem?: FormProblem,
    retryAfterSeconds?: number,
  ): Promise<void> {
    const { account } = visit;
    const entries = await addressLists.list(account.id);
    const { most, prefixV4, prefixV6 } = addressLists.rules;
    visit.show(
      'account/addresses.njk',
      {
        entries: entries.map((entry) => ({
          ...entry,
          range: shownRange(entry.range),
          note: entry.note ?? '',
          lastUsedAt: entry.lastUsedAt ?? '',
          endsAt: lastDay(entry.endsAt),
          isOver: addressLists.isOver(entry),
          wider: widerOf(entry, entries),
          removeAction: `${PAGE}/${entry.id}/remove`,
          widerUrl: `${PAGE}?add=${entry.id}#add`,
        })),
        here: await placeFacts(visit),
        hereUrl: `${PAGE}?add=here#add`,
        action: `${PAGE}#add`,
        typed,
        most,
        prefixV4,
        prefixV6,
        longestNote: LONGEST_NOTE,
        today: dayOf(clock.now()),
        hasPassword: await reauthentication.asksPassword(account),
        hasTotp: await isTotpOn(account.id),
        isOperator: (account.doc.operatorRoles ?? []).length > 0,
      },
      { problem, retryAfterSeconds, ...(problem === 'throttled' ? { status: 429 } : {}) },
    );
  }

  /** The range that a link on the page asks to fill in: one that we know, never a text from the address bar. */
  async function wantedRange(visit: AccountVisit): Promise<string> {
    const wanted = new URLSearchParams(readTarget(visit.req.url ?? '').query).get('add');
    if (wanted === 'here') return (await placeFacts(visit)).place;
    const entries = await addressLists.list(visit.account.id);
    const entry = entries.find(({ id }) => id === wanted);
    return entry === undefined ? '' : widerOf(entry, entries);
  }

  /** What is wrong with the form, as far as it can be told before the person has proved who they are. */
  async function problemOf(accountId: string, typed: Typed): Promise<FormProblem | undefined> {
    const ranged = await addressLists.problemOf(accountId, typed.range);
    if (ranged !== undefined) return ranged;
    if ([...typed.note].length > LONGEST_NOTE) return 'note_too_long';
    if (typed.ends === '') return undefined;
    const end = endOfDay(typed.ends);
    if (end === undefined || end.getFullYear() > clock.now().getFullYear() + LONGEST_YEARS)
      return 'ends_invalid';
    return end <= clock.now() ? 'ends_past' : undefined;
  }

  return {
    show: async (visit: AccountVisit): Promise<void> =>
      show(visit, { ...nothing, range: await wantedRange(visit) }),

    async add(visit: AccountVisit): Promise<void> {
      const { account, session, form, browserId, address, userAgent } = visit;
      const field = (name: string) => (form[name] ?? '').trim();
      const typed = { range: field('range'), note: field('note'), ends: field('ends') };
      const problem = await problemOf(account.id, typed);
      if (problem !== undefined) return show(visit, typed, problem);

      const { password = '', code = '' } = form;
      const proof = { account, session, password, code, browserId, address, userAgent, needsCode: true };
      const proved = await reauthentication.prove(proof);
      if (proved.kind === 'throttled') return show(visit, typed, 'throttled', proved.retryAfterSeconds);
      // Who has no password that can be used proves themselves by signing in by other means now.
      if (proved.kind === 'wrong_password' && !(await reauthentication.asksPassword(account)))
        return visit.signInAgain(PAGE);
      if (proved.kind !== 'proved') return show(visit, typed, proved.kind);

      const endsAt = endOfDay(typed.ends);
      const added = await credentialNotices.keep(account, 'address_added', visit, async (tell) => {
        const made = await addressLists.add(account.id, { ...typed, ...(endsAt ? { endsAt } : {}) });
        if (made.kind !== 'refused') await tell(account, shownRange(made.entry.range));
        return made;
      });
      if (added.kind === 'refused') return show(visit, typed, added.problem);
      return visit.goTo(PAGE, 'address_added');
    },

    async remove(visit: AccountVisit, entryId: string): Promise<void> {
      const { account } = visit;
      const removed = await credentialNotices.keep(account, 'address_removed', visit, async (tell) => {
        const entry = await addressLists.remove(account.id, entryId);
        if (entry && !addressLists.isOver(entry)) await tell(account, shownRange(entry.range));
        return entry;
      });
      return removed === undefined ? visit.goTo(PAGE) : visit.goTo(PAGE, 'address_removed');
    },
  };
}
