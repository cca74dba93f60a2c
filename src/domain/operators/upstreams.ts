// Upstreams in the hands of operators: which there are, whether they answer, and switching one off for everybody until
// it is itself again. Permission: `upstreams:*`.

import { AppError } from '../../lib/app-error.ts';
import { UpstreamRefused, type ConfiguredUpstream } from '../../ports/upstream.ts';
import { actorKey } from '../audit/audit-entry.ts';
import type { UpstreamSwitches } from '../federation/upstream-switches.ts';
import type { StockTaking } from '../statistics/stock.ts';
import { actOf, WrongState, type Caller, type RecordAct } from './caller.ts';

/** Why an upstream is off: by the configuration, or since an operator has switched it off. */
export type UpstreamState = 'on' | 'off' | 'disabled';

/** An upstream as operators see it. */
export type ShownUpstream = Pick<
  ConfiguredUpstream,
  'name' | 'kind' | 'label' | 'issuer' | 'trustsEmail' | 'levelsEnough'
> & {
  readonly state: UpstreamState;
  /** Of one that is switched off. */
  readonly off?: { readonly reason: string; readonly by: string; readonly at: string };
  /** How many accounts were linked to it when stock was last taken; `undefined` before the first time. */
  readonly linked?: number;
};

/** What came of a test; `detail` names the failure. */
export type UpstreamTest = { readonly ok: boolean; readonly detail: string };

/** The acts over upstreams. */
export function createUpstreamActs(parts: {
  upstreams: readonly ConfiguredUpstream[];
  switches: UpstreamSwitches;
  stock: Pick<StockTaking, 'days'>;
  record: RecordAct;
}) {
  const { upstreams, switches, stock, record } = parts;

  function require(name: string): ConfiguredUpstream {
    const found = upstreams.find((upstream) => upstream.name === name);
    if (!found) throw new AppError('not_found', { detail: `no upstream ${name}` });
    return found;
  }

  async function list(): Promise<ShownUpstream[]> {
    const [off, [latest]] = await Promise.all([switches.list(), stock.days(1)]);
    return upstreams.map(({ name, kind, label, issuer, trustsEmail, levelsEnough, enabled }) => {
      const found = off.find(({ id }) => id === name)?.doc;
      const linked = latest?.links && (latest.links.find((link) => link.issuer === issuer)?.count ?? 0);
      return {
        name,
        kind,
        label,
        issuer,
        trustsEmail,
        levelsEnough,
        state: enabled ? (found ? 'off' : 'on') : 'disabled',
        ...(found && { off: { reason: found.reason, by: found.by, at: found.at } }),
        ...(linked === undefined ? {} : { linked }),
      };
    });
  }

  return {
    /** All of the configuration, in its order. */
    list,

    async get(name: string): Promise<ShownUpstream> {
      require(name);
      return (await list()).find((upstream) => upstream.name === name)!;
    },

    /** Asks for metadata and keys; nobody signs in. One that is off can be asked, too. */
    async test(by: Caller, name: string): Promise<UpstreamTest> {
      const { issuer, upstream } = require(name);
      const found: UpstreamTest = await Promise.resolve(upstream.check?.()).then(
        () => ({ ok: true, detail: `${issuer} answers, and its keys are there` }),
        (error: unknown) => {
          if (error instanceof UpstreamRefused) return { ok: false, detail: error.message };
          throw error;
        },
      );
      const state = found.ok ? 'good' : 'bad';
      await record({ ...actOf(by), action: 'upstream.tested', target: name, after: { state } });
      return found;
    },

    /** Takes it out of service at once on every node: no button, no sign-in that has begun; its links stay. */
    async switchOff(by: Caller, name: string, reason: string): Promise<void> {
      const { enabled } = require(name);
      if (!enabled) throw new WrongState('the configuration disables it');
      if ((await switches.list()).some(({ id }) => id === name)) throw new WrongState('it is off already');
      await switches.switchOff(name, { reason, by: actorKey(by.actor) });
      await record({
        ...actOf(by),
        action: 'upstream.switched_off',
        target: name,
        before: { state: 'on' },
        after: { state: 'off' },
        reason,
      });
    },

    /** Lets people sign in with it again. */
    async switchOn(by: Caller, name: string): Promise<void> {
      require(name);
      if (!(await switches.switchOn(name))) throw new WrongState('it is not switched off');
      await record({
        ...actOf(by),
        action: 'upstream.switched_on',
        target: name,
        before: { state: 'off' },
        after: { state: 'on' },
      });
    },
  };
}

export type UpstreamActs = ReturnType<typeof createUpstreamActs>;
