// API tokens of one's own (S15–S18): the list, making one that is shown once, and ending one. Both acts ask for the
// password.

import {
  isTokenOver,
  type ApiTokenProblem,
  type ApiTokens,
  type StoredApiToken,
} from '../../src/domain/api-tokens/api-tokens.ts';
import { levelsFor, tokenLevels } from '../../src/domain/api-tokens/token-levels.ts';
import type { Customers } from '../../src/domain/customers/customers.ts';
import type { CredentialNotices, TellChange } from '../../src/domain/messages/credential-notices.ts';
import { readRange, shownRange } from '../../src/domain/sign-ins/address-rules.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { ownName } from '../../src/lib/own-name.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { dayOf, endOfDay, lastDay } from './day-field.ts';
import type { FreshProof, Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/api-tokens';
const LONGEST_NAME = 60;
const LONGEST_YEARS = 10;
const MOST_RANGES = 20;

type FormProblem =
  ApiTokenProblem | 'no_name' | 'no_level' | 'ends_invalid' | 'ends_past' | 'bad_range' | 'many_ranges';

/** What was typed and may be shown again. */
type Typed = {
  readonly name: string;
  readonly level: string;
  readonly customer: string;
  readonly ends: string;
  readonly addresses: string;
};
const nothing: Typed = { name: '', level: 'read', customer: '', ends: '', addresses: '' };

/** The pages under /account/api-tokens. */
export function createApiTokenPages(parts: {
  apiTokens: ApiTokens;
  customers: Pick<Customers, 'ofAccount'>;
  freshProof: FreshProof;
  credentialNotices: Pick<CredentialNotices, 'keep' | 'tell'>;
  clock: Clock;
}) {
  const { apiTokens, customers, freshProof, credentialNotices, clock } = parts;

  /** The page asks for the password alone (features, "What is asked again"). */
  const asked = async (visit: AccountVisit) => ({ ...(await freshProof.fields(visit)), asksCode: false });
  const prove = (visit: AccountVisit, path: string) => freshProof.judge(visit, { path, needsCode: false });

  const shown = ({ id, doc }: StoredApiToken, names: ReadonlyMap<string, string>) => ({
    href: `${PAGE}/${id}`,
    name: doc.name,
    level: doc.level,
    customer: names.get(doc.customerId) ?? '',
    addresses: doc.addresses.map(shownRange),
    createdAt: doc.createdAt,
    lastUsedAt: doc.lastUsedAt ?? '',
    lastUsedFrom: doc.lastUsedFrom ?? '',
    endsAt: lastDay(doc.endsAt),
    isOver: isTokenOver(doc, clock.now()),
  });

  /** Support was let in for one customer, and sees nothing of others. */
  const isOpenTo = ({ support }: AccountVisit, customerId: string): boolean =>
    support === undefined || support.customerId === customerId;

  async function customersOf(visit: AccountVisit) {
    const all = await customers.ofAccount(visit.account.id);
    const found = all.filter(({ customer }) => isOpenTo(visit, customer.id));
    return found.map(({ customer, role }) => ({
      id: customer.id,
      name: customer.doc.name,
      number: customer.doc.number,
      levels: levelsFor(role),
    }));
  }

  async function showList(visit: AccountVisit, typed: Typed, problem?: Problem): Promise<void> {
    const { account } = visit;
    const [all, own] = await Promise.all([apiTokens.list(account.id), customersOf(visit)]);
    const found = all.filter(({ doc }) => isOpenTo(visit, doc.customerId));
    const names = new Map(own.map(({ id, name }) => [id, name]));
    visit.show(
      'account/api-tokens.njk',
      {
        tokens: found.map((token) => shown(token, names)),
        customers: own,
        levels: tokenLevels.filter((level) => own.some(({ levels }) => levels.includes(level))),
        isFull: found.length >= apiTokens.most,
        most: apiTokens.most,
        mostRanges: MOST_RANGES,
        longestName: LONGEST_NAME,
        today: dayOf(clock.now()),
        typed,
        ...(await asked(visit)),
      },
      problem,
    );
  }

  async function showOne(visit: AccountVisit, id: string, problem?: Problem): Promise<void> {
    const found = await apiTokens.own(visit.account.id, id);
    if (!found || !isOpenTo(visit, found.doc.customerId))
      throw new AppError('not_found', { detail: 'no such API token of this account' });
    const names = new Map((await customersOf(visit)).map((one) => [one.id, one.name]));
    visit.show('account/api-token.njk', { ...shown(found, names), ...(await asked(visit)) }, problem);
  }

  function endsOf(typed: Typed): Date | undefined | 'ends_invalid' | 'ends_past' {
    if (typed.ends === '') return undefined;
    const end = endOfDay(typed.ends);
    if (end === undefined || end.getFullYear() > clock.now().getFullYear() + LONGEST_YEARS)
      return 'ends_invalid';
    return end <= clock.now() ? 'ends_past' : end;
  }

  /** The form as a token, or what is wrong with it. */
  function read(typed: Typed, own: Awaited<ReturnType<typeof customersOf>>) {
    const refuse = (problem: FormProblem) => ({ problem });
    const name = ownName(typed.name, LONGEST_NAME);
    if (name === undefined) return refuse('no_name');
    const level = tokenLevels.find((one) => one === typed.level);
    if (level === undefined) return refuse('no_level');
    const [only, ...others] = own;
    const customer = others.length === 0 ? only : own.find(({ id }) => id === typed.customer);
    if (customer === undefined) return refuse('not_a_member');
    if (!customer.levels.includes(level)) return refuse('level_too_high');
    const endsAt = endsOf(typed);
    if (typeof endsAt === 'string') return refuse(endsAt);
    const texts = typed.addresses.split(/[\s,;]+/).filter(Boolean);
    if (texts.length > MOST_RANGES) return refuse('many_ranges');
    const ranges = texts.map((text) => readRange(text)?.text);
    if (ranges.includes(undefined)) return refuse('bad_range');
    const addresses = [...new Set(ranges.flatMap((range) => range ?? []))];
    return { fields: { name, level, customerId: customer.id, endsAt, addresses } };
  }

  return {
    /** GET /account/api-tokens */
    list: (visit: AccountVisit): Promise<void> => showList(visit, nothing),

    /** POST /account/api-tokens: the answer is the only page that ever shows the token. */
    async create(visit: AccountVisit): Promise<void> {
      const { account, form } = visit;
      const field = (name: string) => (form[name] ?? '').trim();
      const typed: Typed = {
        name: field('name'),
        level: field('level'),
        customer: field('customer'),
        ends: field('ends'),
        addresses: field('addresses'),
      };
      const given = read(typed, await customersOf(visit));
      if ('problem' in given) return showList(visit, typed, given);
      const problem = await prove(visit, PAGE);
      if (problem === 'answered') return;
      if (problem !== undefined) return showList(visit, typed, problem);
      const { fields } = given;
      const make = async (tell: TellChange) => {
        const created = await apiTokens.create(account, fields);
        if (created.kind !== 'refused') await tell(account, created.token.doc.name);
        return created;
      };
      const how = { detail: fields.name };
      const made = await credentialNotices.keep(account, 'api_token_created', visit, make, how);
      if (made.kind === 'refused') return showList(visit, typed, { problem: made.problem });
      const { doc } = made.token;
      visit.show('account/api-token-new.njk', { name: doc.name, value: made.value }, { isAnswer: true });
    },

    /** GET /account/api-tokens/:id */
    one: (visit: AccountVisit, id: string): Promise<void> => showOne(visit, id),

    /** POST /account/api-tokens/:id/revoke */
    async revoke(visit: AccountVisit, id: string): Promise<void> {
      // Somebody else's, or gone: nothing is asked for it.
      const { account } = visit;
      const own = await apiTokens.own(account.id, id);
      if (!own) return visit.goTo(PAGE);
      const problem = await prove(visit, `${PAGE}/${id}`);
      if (problem === 'answered') return;
      if (problem !== undefined) return showOne(visit, id, problem);
      const end = async (tell: TellChange) => {
        if (await apiTokens.revoke(account.id, id)) await tell(account);
      };
      const detail = own.doc.name;
      await credentialNotices.keep(account, 'api_token_revoked', visit, end, { detail });
      return visit.goTo(PAGE, 'api_token_revoked');
    },
  };
}

export type ApiTokenPages = ReturnType<typeof createApiTokenPages>;
