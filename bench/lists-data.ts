// The house that the lists are measured in: people with the names that people have, one whose account has been attacked
// for years, one who is signed in everywhere, a full outbox, and an audit log whose chain holds.

import { deriveKey, keyId } from '../src/lib/derive.ts';
import { timeOrderedId } from '../src/lib/random.ts';
import { accountDocument, type Account } from '../src/domain/accounts/accounts.ts';
import { stateText, type Place } from '../src/domain/audit/audit-chain.ts';
import { entryOf, hashOf, idOf, sealWith, type Actor } from '../src/domain/audit/audit-entry.ts';
import type { AuditAction } from '../src/domain/audit/audit-actions.ts';
import { collections, engineCollections } from '../src/domain/collections.ts';
import { keysOfAccount, keysOfCustomer } from '../src/domain/search/search-keys.ts';
import type { AnyShape } from '../src/ports/store.ts';
import { accountId, born, BUSY, customerId, customerNumber } from './lists-people.ts';
import type { Bulk, Line } from './lists-storage.ts';
import {
  clients,
  sessions,
  outbox,
  deliveries,
  bans,
  supportRequests,
  throttledNetworks,
  statistics,
  domains,
} from './lists-things.ts';

export type Sizes = {
  readonly accounts: number;
  readonly history: number;
  readonly audit: number;
  /** Of sessions, messages, deliveries: what there are many of, too. */
  readonly others: number;
};

const DAY = 86_400_000;
const given = ['Jan', 'Petr', 'Jana', 'Marie', 'Eva', 'Tomáš', 'Lukáš', 'Žaneta', 'Šárka', 'Oldřich'];
const family = [
  'Novák',
  'Svoboda',
  'Dvořák',
  'Černá',
  'Procházka',
  'Říha',
  'Šťastný',
  'Křížová',
  'Malá',
  'Žák',
];
const firms = ['Pekařství', 'Účetnictví', 'Stavby', 'Kavárna', 'Autodíly', 'Zahradnictví', 'Knihy'];
const actions: readonly AuditAction[] = [
  'credential.password_changed',
  'credential.totp_on',
  'account.set_password_link',
  'customer.data_changed',
  'member.invited',
];

/** Even, and the same at every run. */
function createDice(seed = 1) {
  let state = seed;
  return (sides: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

function* accounts(count: number, passwordHash: string): Iterable<Line> {
  const dice = createDice(2);
  for (let index = 0; index < count; index += 1) {
    const name = `${given[dice(given.length)]} ${family[dice(family.length)]}${index % 3 === 0 ? `ová ${index}` : ''}`;
    const doc: Account = accountDocument(
      {
        email: `client${index}@example.cz`,
        emailVerified: true,
        name,
        phone: `+420${600_000_000 + index}`,
        passwordHash,
        createdAt: born(index).toISOString(),
      },
      born(index),
    );
    yield { id: accountId(index), doc: { ...doc, ...keysOfAccount(doc) } };
  }
}

function* customers(count: number): Iterable<Line> {
  const dice = createDice(3);
  for (let index = 0; index < count; index += 1) {
    const doc = {
      number: customerNumber(index),
      kind: index % 4 === 0 ? ('company' as const) : ('person' as const),
      name: `${firms[dice(firms.length)]} ${family[dice(family.length)]} ${index} s.r.o.`,
      createdAt: born(index).toISOString(),
      ...(index % 4 === 0 ? { billing: { ico: String(20_000_000 + index) } } : {}),
    };
    yield { id: customerId(index), doc: { ...doc, ...keysOfCustomer(doc) } };
  }
}

function* members(count: number): Iterable<Line> {
  const member = (customer: number, account: number, role: string): Line => ({
    id: `${customerId(customer)}:${accountId(account)}`,
    doc: {
      customerId: customerId(customer),
      accountId: accountId(account),
      role,
      since: born(customer).toISOString(),
    },
  });
  for (let index = 0; index < count; index += 1) yield member(index, index, 'owner');
  for (let index = 100; index < 199 && index < count; index += 1) yield member(BUSY, index, 'viewer');
  for (let index = 200; index < 250 && index < count; index += 1) yield member(index, BUSY, 'manager');
}

/** A tenth of it is about one account that somebody attacks. */
function* history(count: number, people: number): Iterable<Line> {
  const dice = createDice(4);
  const start = Date.now() - 300 * DAY;
  const step = (300 * DAY) / count;
  for (let index = 0; index < count; index += 1) {
    const at = new Date(start + index * step);
    const isBusy = index % 10 === 0;
    const owner = accountId(isBusy ? BUSY : dice(people));
    const isIn = isBusy ? index % 1000 === 0 : index % 4 !== 1;
    yield {
      id: timeOrderedId(at),
      expiresAt: new Date(at.getTime() + 400 * DAY),
      doc: {
        accountId: owner,
        ...(isIn ? { succeededFor: owner } : { refusedFor: owner, reason: 'wrong_password' }),
        at: at.toISOString(),
        result: isIn ? 'signed_in' : 'refused',
        address: `192.0.2.${index % 256}`,
        browser: `browser-${index % 5000}`,
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
        clientId: 'panel',
        clientName: 'Hosting panel',
        methods: isIn ? ['password', 'totp'] : ['password'],
      },
    };
  }
}

export const auditKeys = (secret: string) => [{ id: keyId(secret), key: deriveKey(secret, 'audit log', 32) }];

/** The chain as the server would have written it, and its end. */
function* audit(count: number, people: number, secret: string, end: (place: Place) => void): Iterable<Line> {
  const dice = createDice(5);
  const keys = auditKeys(secret);
  const start = Date.now() - 300 * DAY;
  let previous = '';
  for (let number = 1; number <= count; number += 1) {
    const index = number % 20 === 0 ? BUSY : dice(people);
    const actor: Actor =
      number % 3 === 0
        ? { kind: 'operator', accountId: accountId(number % 5) }
        : { kind: 'person', accountId: accountId(index) };
    const entry = {
      ...entryOf(
        {
          action: number % 100_000 === 1 ? 'keys.rotated' : actions[number % actions.length]!,
          actor,
          accountId: accountId(index),
          customerId: customerId(index),
          ...(number % 7 === 0 ? { clientId: `client-${number % 50}` } : {}),
          address: '192.0.2.9',
          userAgent: 'Firefox 141',
          requestId: 'r'.repeat(20),
        },
        new Date(start + number),
      ),
      previous,
    };
    previous = hashOf(number, entry);
    if (number === count) end({ number, hash: previous });
    yield { id: idOf(number), doc: { ...entry, seal: sealWith(keys, previous) } };
  }
}

/** Writes everything; `tell` hears of each kind as it is done. */
export async function fill(
  bulk: Bulk,
  sizes: Sizes,
  { secret, passwordHash }: { secret: string; passwordHash: string },
  tell: (text: string) => void,
): Promise<void> {
  let head: Place | undefined;
  const people = sizes.accounts;
  const small = Math.min(sizes.others, people);
  const kinds: [AnyShape, Iterable<Line>][] = [
    [collections.accounts, accounts(people, passwordHash)],
    [collections.customers, customers(people)],
    [collections.members, members(people)],
    [collections.domains, domains(small)],
    [collections.history, history(sizes.history, people)],
    [collections.audit, audit(sizes.audit, people, secret, (place) => (head = place))],
    [collections.clients, clients(2000)],
    [engineCollections.Session, sessions(sizes.others, people)],
    [collections.outbox, outbox(sizes.others)],
    [collections.webhookDeliveries, deliveries(sizes.others)],
    [collections.supportRequests, supportRequests(Math.min(50_000, sizes.others))],
    [collections.bans, bans(4900)],
    [collections.throttledNetworks, throttledNetworks(20_000)],
    [collections.statistics, statistics()],
  ];
  for (const [shape, lines] of kinds) {
    const startedAt = performance.now();
    const count = await bulk.write(shape, lines);
    tell(`${shape.name}: ${count} in ${Math.round((performance.now() - startedAt) / 100) / 10} s`);
  }
  const places = { head: head!, anchor: { number: 0, hash: '' } };
  const seal = sealWith(auditKeys(secret), stateText(places));
  await bulk.write(collections.auditState, [{ id: 'audit', doc: { ...places, seal } }]);
}
