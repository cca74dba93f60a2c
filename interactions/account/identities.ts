// Linked identities (S76, S78, S79): which there are, linking one after a fresh proof, with a page that names both
// sides, and taking a link away.

import { displayName } from '../../src/domain/accounts/accounts.ts';
import type { Departures } from '../../src/domain/federation/departures.ts';
import type { Linking, LinkingProblem } from '../../src/domain/federation/linking.ts';
import type { Links, StoredLink } from '../../src/domain/federation/links.ts';
import type { TakingOver } from '../../src/domain/federation/taking-over.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import {
  linkedIdentityOf,
  shownIdentity,
  type WaitingIdentities,
  type WaitingProblem,
} from '../../src/domain/federation/waiting-identities.ts';
import type { History } from '../../src/domain/sign-ins/history.ts';
import { AppError } from '../../src/lib/app-error.ts';
import { describeAgent } from '../../src/lib/user-agent.ts';
import type { DeparturePage } from '../departure.ts';
import { wait, type FreshProof, type Problem } from './fresh-proof.ts';
import type { AccountVisit } from './frame.ts';

const PAGE = '/account/security/identities';
const CONFIRM = '/account/security/link-identity';
const SIGN_INS = 20;

const pathOf = (name: string): string => `${PAGE}/${name}`;

/**
 * Levels that have words, `account.identities.levels`: those of eIDAS, and the ways to sign in that MojeID tells apart.
 * Another upstream may say anything, which is shown as it is.
 */
const levelWords = new Map([
  ['http://eidas.europa.eu/LoA/low', 'low'],
  ['http://eidas.europa.eu/LoA/substantial', 'substantial'],
  ['http://eidas.europa.eu/LoA/high', 'high'],
  ['pwd', 'password'],
  ['mod-pr', 'phone_key'],
  ['phr', 'security_key'],
]);

/** The pages under /account/security/identities, and the one that asks before it links. */
export function createIdentityPages(parts: {
  upstreams: Upstreams;
  links: Links;
  departures: Departures;
  waiting: WaitingIdentities;
  linking: Linking;
  history: Pick<History, 'ofLink'>;
  takingOver: TakingOver;
  freshProof: FreshProof;
  depart: DeparturePage;
}) {
  const { upstreams, links, departures, waiting, linking, history, takingOver, freshProof, depart } = parts;
  const placeOf = ({ account, session }: AccountVisit) => ({
    sessionUid: session.uid,
    accountId: account.id,
  });

  const shownLink = ({ doc }: StoredLink) => ({
    username: doc.username ?? '',
    linkedAt: doc.linkedAt,
    lastUsedAt: doc.lastSignInAt ?? '',
    acr: doc.acr ?? '',
    level: levelWords.get(doc.acr ?? '') ?? '',
  });

  /** The account's link to the upstream of this name. */
  const linkTo = async (accountId: string, name: string): Promise<StoredLink | undefined> =>
    (await links.ofAccount(accountId)).find(({ doc }) => upstreams.nameOf(doc) === name);

  /** One upstream of the account: what is linked to it, or the form that links. */
  async function showOne(visit: AccountVisit, name: string, problem?: Problem): Promise<void> {
    const { account } = visit;
    const link = await linkTo(account.id, name);
    const upstream = upstreams.find(name);
    if (!link && !upstream) throw new AppError('not_found', { detail: 'no such upstream' });
    const signIns = link ? await history.ofLink(account.id, link.id, SIGN_INS) : [];
    visit.show(
      'account/identity.njk',
      {
        action: pathOf(name),
        label: upstreams.labelOf(name),
        kind: upstream?.kind ?? 'oidc',
        isOn: upstream !== undefined,
        link: link ? shownLink(link) : undefined,
        obstacle: linking.obstacle(account) ?? '',
        signIns: signIns.map(({ id, doc }) => ({
          href: `/account/history/${id}`,
          at: doc.at,
          address: doc.address ?? '',
          agent: describeAgent(doc.userAgent),
          application: doc.clientName,
        })),
        ...(await freshProof.fields(visit)),
      },
      problem,
    );
  }

  /** Why nothing was linked, and what can be done about it. */
  function showRefused(
    visit: AccountVisit,
    upstream: string,
    problem: LinkingProblem | WaitingProblem | 'over',
  ): void {
    visit.show(
      'account/link-identity.njk',
      { state: 'refused', refused: problem, label: upstreams.labelOf(upstream), backHref: pathOf(upstream) },
      { status: 422 },
    );
  }

  return {
    /** GET /account/security/identities */
    async list(visit: AccountVisit): Promise<void> {
      const linked = new Map(
        (await links.ofAccount(visit.account.id)).map((link) => [upstreams.nameOf(link.doc), link] as const),
      );
      const names = new Set([...upstreams.faces().map(({ name }) => name), ...linked.keys()]);
      visit.show('account/identities.njk', {
        passwordOff: visit.account.doc.passwordOff === true,
        identities: [...names].map((name) => {
          const link = linked.get(name);
          return {
            href: pathOf(name),
            label: upstreams.labelOf(name),
            isOn: upstreams.find(name) !== undefined,
            isLinked: link !== undefined,
            username: link?.doc.username ?? '',
          };
        }),
      });
    },

    /** GET /account/security/identities/:name */
    one: (visit: AccountVisit, name: string): Promise<void> => showOne(visit, name),

    /** POST /account/security/identities/:name/link: the person proves who they are here, and then there, anew. */
    async link(visit: AccountVisit, name: string): Promise<void> {
      const { account, session, browserId, address, locale, req, res } = visit;
      const obstacle = linking.obstacle(account);
      if (obstacle !== undefined) return showOne(visit, name, { problem: obstacle });
      const problem = await freshProof.judge(visit, { path: pathOf(name), needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return showOne(visit, name, problem);
      await waiting.forget(browserId, placeOf(visit));
      const who = { purpose: 'link', sessionUid: session.uid, accountId: account.id } as const;
      const departure = await departures.begin({
        ...who,
        upstream: name,
        browserId,
        address,
        locale,
        maxAgeSeconds: 0,
      });
      switch (departure.kind) {
        case 'begun':
          return depart(req, res, { ...departure.upstream, to: departure.to, mark: departure.mark });
        case 'refused':
          return showOne(visit, name, { problem: departure.problem });
        case 'throttled':
          return showOne(visit, name, wait('too_many_attempts', departure.retryAfterSeconds));
        default:
          return departure satisfies never;
      }
    },

    /** GET /account/security/link-identity: names both sides. */
    async ask(visit: AccountVisit): Promise<void> {
      const { account, browserId } = visit;
      const found = await waiting.find(browserId, placeOf(visit));
      if (!found) return visit.goTo(PAGE);
      const { upstream, identity, problem, serial } = found;
      if (!identity) return showRefused(visit, upstream, problem ?? 'over');
      const { issuer, subject } = identity;
      const link = await links.find({ issuer, subject });
      if (link && link.doc.accountId !== account.id) return showRefused(visit, upstream, 'taken');
      if (link) return visit.goTo(pathOf(upstream));
      visit.show('account/link-identity.njk', {
        state: 'ask',
        action: CONFIRM,
        label: upstreams.labelOf(upstream),
        identity: shownIdentity(identity),
        who: { name: displayName(account.doc), login: account.doc.login ?? account.doc.email },
        serial,
        backHref: pathOf(upstream),
      });
    },

    /** POST /account/security/link-identity */
    async confirm(visit: AccountVisit): Promise<void> {
      const { account, session, browserId, form } = visit;
      const found = await waiting.find(browserId, placeOf(visit));
      const taken = await waiting.take(browserId, placeOf(visit), form['serial'] ?? '');
      if (!taken)
        return found ? showRefused(visit, found.upstream, found.problem ?? 'over') : visit.goTo(PAGE);
      const { upstream, identity } = taken;
      const outcome = await linking.link(account, linkedIdentityOf(upstream, identity), visit, session.uid);
      if (outcome.kind === 'refused') return showRefused(visit, upstream, outcome.problem);
      if (!(await takingOver.differs(outcome.account, identity, visit.acting?.customer.id)))
        return visit.goTo(pathOf(upstream), 'identity_linked');
      await waiting.put(browserId, { ...placeOf(visit), differences: true }, { upstream, identity });
      visit.goTo('/account/security/differences', 'identity_linked');
    },

    /** POST /account/security/identities/:name/unlink */
    async unlink(visit: AccountVisit, name: string): Promise<void> {
      const { account, session } = visit;
      const link = await linkTo(account.id, name);
      if (!link) return visit.goTo(PAGE);
      const problem = await freshProof.judge(visit, { path: pathOf(name), needsCode: true });
      if (problem === 'answered') return;
      if (problem !== undefined) return showOne(visit, name, problem);
      const unlinked = await linking.unlink(account, link, visit, session.uid);
      if (unlinked === 'last_way_in') return showOne(visit, name, { problem: unlinked });
      visit.goTo(PAGE, 'identity_unlinked');
    },
  };
}

export type IdentityPages = ReturnType<typeof createIdentityPages>;
