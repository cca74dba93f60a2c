// Linking an identity that nobody has yet to the account that has just been proved in full (mojeid.md: never by
// e-mail): a page that names both sides, and a person who says yes or no.

import { displayName, type Accounts, type StoredAccount } from '../../src/domain/accounts/accounts.ts';
import type { Linking } from '../../src/domain/federation/linking.ts';
import type { Links } from '../../src/domain/federation/links.ts';
import type { TakingOver } from '../../src/domain/federation/taking-over.ts';
import type { Upstreams } from '../../src/domain/federation/upstreams.ts';
import {
  linkedIdentityOf,
  shownIdentity,
  type Waiting,
  type WaitingIdentities,
} from '../../src/domain/federation/waiting-identities.ts';
import { levelsProved } from '../../src/domain/federation/upstream-sign-in.ts';
import type { ProofDetails, SignIns } from '../../src/domain/sign-ins/sign-ins.ts';
import { chosenIn, differencesProps } from '../difference-rows.ts';
import type { Outcome, Step, Visit } from '../step.ts';

type Taken = NonNullable<Awaited<ReturnType<WaitingIdentities['take']>>>;

/** The pair step. */
export function createPairStep(parts: {
  accounts: Accounts;
  upstreams: Upstreams;
  waiting: WaitingIdentities;
  linking: Linking;
  links: Pick<Links, 'find'>;
  takingOver: TakingOver;
  signIns: Pick<SignIns, 'renew'>;
}): Step {
  const { accounts, upstreams, waiting, linking, links, takingOver, signIns } = parts;

  async function show(visit: Visit, problem?: string): Promise<Outcome> {
    const { browserId, uid, facts } = visit;
    const found = await waiting.find(browserId, { uid });
    const account = facts.accountId === undefined ? undefined : await accounts.get(facts.accountId);
    if (found?.isLinked) return showDifferences(found, account);
    const obstacle = account && linking.obstacle(account);
    return {
      kind: 'show',
      ...(problem === undefined ? {} : { problem }),
      props: {
        account: account && {
          name: displayName(account.doc),
          login: account.doc.login ?? account.doc.email,
        },
        label: upstreams.labelOf(found?.upstream ?? ''),
        identity: found?.identity ? shownIdentity(found.identity) : '',
        serial: found?.serial ?? '',
        obstacle: obstacle ?? '',
        canLink: found?.identity !== undefined && account !== undefined && obstacle === undefined,
      },
    };
  }

  /** The same page, once it is linked: what differs, and which is right. */
  async function showDifferences(found: Waiting, account: StoredAccount | undefined): Promise<Outcome> {
    const { upstream, serial, identity, isLinked } = found;
    // What it says of one person is not for another who signs in in the same browser: the form leads on.
    if (!account || !identity || !(await isTheirs(found, account)))
      return { kind: 'show', props: { label: upstreams.labelOf(upstream), canLink: false } };
    return {
      kind: 'show',
      props: {
        label: upstreams.labelOf(upstream),
        serial,
        isLinked,
        ...differencesProps(await takingOver.compare(account, identity)),
      },
    };
  }

  /** Whether what waits is of this account: it is linked to it. */
  const isTheirs = async ({ identity }: Waiting, { id }: StoredAccount): Promise<boolean> =>
    identity !== undefined && (await links.find(identity))?.doc.accountId === id;

  /** Takes over what was chosen, and goes on. */
  async function choose(visit: Visit, found: Waiting): Promise<Outcome> {
    const { browserId, uid, facts, form } = visit;
    const account = facts.accountId === undefined ? undefined : await accounts.get(facts.accountId);
    if (!account || !(await isTheirs(found, account))) {
      await waiting.forget(browserId, { uid });
      return { kind: 'again' };
    }
    const taken = await waiting.take(browserId, { uid }, form['serial'] ?? '');
    if (!taken) return { kind: 'again' };
    await takingOver.take(account, taken, chosenIn(form), visit);
    return { kind: 'proved', accountId: account.id, ...levelOf(taken, facts) };
  }

  async function link(visit: Visit): Promise<Outcome> {
    const { browserId, uid, facts, form, address, userAgent } = visit;
    const account = facts.accountId === undefined ? undefined : await accounts.get(facts.accountId);
    if (!account) return show(visit, 'over');
    const taken = await waiting.take(browserId, { uid }, form['serial'] ?? '');
    if (!taken) return show(visit, 'over');
    const identity = linkedIdentityOf(taken.upstream, taken.identity);
    const outcome = await linking.link(account, identity, { address, userAgent }, undefined);
    if (outcome.kind === 'refused') return show(visit, outcome.problem);
    await signIns.renew(uid, browserId, account.id, {
      from: account.doc.credentialVersion,
      to: outcome.account.doc.credentialVersion,
    });
    if (await takingOver.offers(outcome.account, taken.identity)) {
      await waiting.put(browserId, { uid }, { ...taken, isLinked: 'now' });
      return { kind: 'again' };
    }
    return { kind: 'proved', accountId: account.id, ...levelOf(taken, facts) };
  }

  /** What the sign-in there has proved, for a client that wants a level: it was this person's, and just now. */
  function levelOf({ upstream, identity }: Taken, { level }: Visit['facts']): ProofDetails {
    const found = level.wanted.length > 0 ? upstreams.find(upstream) : undefined;
    const { levels } = found ? levelsProved(found, identity.acr) : {};
    if (levels === undefined || identity.authTime === undefined) return {};
    return { levels, authTime: identity.authTime };
  }

  return {
    id: 'pair',
    start: (visit) => show(visit),
    async submit(visit): Promise<Outcome> {
      const found = await waiting.find(visit.browserId, { uid: visit.uid });
      if (found?.isLinked) return choose(visit, found);
      if (visit.form['act'] === 'link') return link(visit);
      if (visit.form['act'] !== 'skip') return show(visit);
      await waiting.forget(visit.browserId, { uid: visit.uid });
      return { kind: 'again' };
    },
  };
}
