// Signing keys in the console: which there are, a rotation, and taking one out in an emergency.

import type { Acts } from '../../src/domain/operators/acts.ts';
import type { DangerousAct } from './dangerous.ts';
import type { ConsoleVisit } from './frame.ts';

const PATH = '/admin/keys';
/** So much of a key's id is typed to confirm that it is this one: nobody types 43 characters right in an emergency. */
const TYPED_CHARACTERS = 8;

/** The pages under /admin/keys. */
export function createKeyPages({ acts }: { acts: Acts }) {
  const { keys } = acts;
  const rotation = ({ now }: { now: boolean }): DangerousAct => ({
    key: now ? 'rotate_keys_now' : 'rotate_keys',
    path: now ? `${PATH}/rotate-now` : `${PATH}/rotate`,
    permission: 'keys:write',
    async target() {
      const names = (await keys.list()).map(({ alg }) => alg);
      return { name: [...new Set(names)].join(', '), backHref: PATH, trail: [] };
    },
    async act(visit) {
      await keys.rotate(visit.by, { now });
      return { kind: 'done', to: PATH, notice: 'keys_rotated' };
    },
  });

  return {
    /** GET /admin/keys */
    async list(visit: ConsoleVisit): Promise<void> {
      visit.show('admin/keys.njk', {
        rows: (await keys.list()).map(({ kid, alg, state, activeFrom, removedAt = '' }) => ({
          kid,
          alg,
          state,
          activeFrom,
          removedAt,
          href: `${PATH}/${kid}/revoke`,
        })),
        mayWrite: visit.may('keys:write'),
      });
    },

    acts: [
      rotation({ now: false }),
      rotation({ now: true }),
      {
        key: 'revoke_key',
        path: `${PATH}/:kid/revoke`,
        permission: 'keys:write',
        async target(_visit, kid) {
          const found = (await keys.list()).find((key) => key.kid === kid);
          const typed = kid.slice(0, TYPED_CHARACTERS);
          return found && { name: kid, detail: found.alg, backHref: PATH, trail: [], typed };
        },
        async act(visit, reason, kid) {
          const revoked = await keys.revoke(visit.by, kid, reason);
          return revoked
            ? { kind: 'done', to: PATH, notice: 'key_revoked' }
            : { kind: 'refused', problem: 'wrong_state' };
        },
      },
    ] satisfies DangerousAct[],
  };
}
