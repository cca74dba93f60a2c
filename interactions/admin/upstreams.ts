// Upstreams in the console: which there are, whether they answer, and switching one off for everybody.

import type { Accounts } from '../../src/domain/accounts/accounts.ts';
import type { Acts } from '../../src/domain/operators/acts.ts';
import type { ShownUpstream, UpstreamTest } from '../../src/domain/operators/upstreams.ts';
import { createActorNames } from './actor-names.ts';
import type { DangerousAct } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/upstreams';

/** The pages under /admin/upstreams. */
export function createUpstreamPages({ acts, accounts }: { acts: Acts; accounts: Pick<Accounts, 'get'> }) {
  const { upstreams } = acts;
  const nameOf = createActorNames(accounts);

  async function showList(visit: ConsoleVisit, tested?: { name: string } & UpstreamTest): Promise<void> {
    const mayWrite = visit.may('upstreams:write');
    const row = async ({ name, kind, label, issuer, state, off, linked }: ShownUpstream) => ({
      name,
      kind,
      label,
      issuer,
      state,
      offReason: off?.reason ?? '',
      offBy: await nameOf(off?.by),
      at: off?.at ?? '',
      linked: linked ?? '',
      testAction: `${PATH}/${name}/test`,
      switchHref: state === 'disabled' ? '' : `${PATH}/${name}/${state === 'on' ? 'off' : 'on'}`,
      tested: tested?.name === name ? { ok: tested.ok, detail: tested.detail } : false,
    });
    visit.show('admin/upstreams.njk', {
      rows: await Promise.all((await upstreams.list()).map(row)),
      mayWrite,
    });
  }

  const switching = (to: 'on' | 'off'): DangerousAct => ({
    key: `switch_${to}_upstream`,
    path: `${PATH}/:name/${to}`,
    permission: 'upstreams:write',
    async target(_visit, name) {
      const { label, issuer } = await upstreams.get(name);
      return { name: label, detail: issuer, backHref: PATH, trail: [{ text: label }] };
    },
    async act(visit, reason, name) {
      if (to === 'on') await upstreams.switchOn(visit.by, name);
      else await upstreams.switchOff(visit.by, name, reason);
      return { kind: 'done', to: PATH, notice: `upstream_${to}` };
    },
  });

  return {
    /** GET /admin/upstreams */
    list: (visit: ConsoleVisit): Promise<void> => showList(visit),

    /** POST /admin/upstreams/:name/test: asks it now, and shows what came of it. */
    test: async (visit: ConsoleVisit, name: string): Promise<void> =>
      showList(visit, { name, ...(await upstreams.test(visit.by, name)) }),

    acts: [switching('off'), switching('on')],
  };
}
