// A process that dies in the middle of an act, at each of its writes in turn. Whatever is done by then is in the audit
// log and told by mail once another process has looked, and what was ended stays ended.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditAction } from '../../src/domain/audit/audit-actions.ts';
import { collections } from '../../src/domain/collections.ts';
import { mortalActs, type MortalAct } from '../support/mortal-acts.ts';
import { mortalStore } from '../support/mortal-store.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const MINUTE = 60_000;

const names = [
  'support access ends',
  'an invitation is taken',
  'a member is disabled',
  'a customer is closed',
  'an address moves',
  'a move of an address is undone',
  'a password is set by a mailed link',
  'an account is locked by a mailed link',
  'everything is signed out by a mailed link',
  'an operator changes a number',
  'a role is given',
  'the removal of a second factor is approved',
  'a second factor is removed',
] as const;

onEveryStorage((newStorage, database) => {
  // The order of the writes is the same everywhere.
  const step = database === 'sqlite' ? 1 : 5;
  const storage = newStorage();
  let world: World;
  let mortal: World;
  let life: { writes: number };
  let now = Date.now();
  let acts: ReturnType<typeof mortalActs>;

  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock });
    mortal = await openWorld({
      storage,
      clock,
      env: { VRATNY_ISSUER: world.issuer },
      wrap: () => {
        const made = mortalStore(world.store);
        ({ life } = made);
        return made.store;
      },
    });
    acts = mortalActs({
      world,
      mails: () => [...world.mails, ...mortal.mails],
      moveTo: (time) => {
        now = Math.max(now, time);
      },
    });
    expect(Object.keys(acts)).toEqual(names);
  });
  afterAll(async () => {
    await mortal.close();
    await closeWorld(world, storage);
  });

  test.each(names)(
    '%s: done is told, whenever the process dies',
    async (name) => {
      let deaths = 0;
      for (let writes = 0; ; writes += step) {
        const { act, done }: MortalAct = await acts[name]();
        await world.core.outbox.idle();
        const last = (await world.core.audit.list(undefined, { limit: 1 })).entries.at(0)?.id ?? '';
        life.writes = writes;
        const outcome = await act(mortal.core).then(
          () => 'finished',
          () => 'cut off',
        );
        await mortal.core.outbox.idle();
        const isDead = life.writes < 0;
        life.writes = Infinity;
        const early = await Promise.all(done.map(({ is }) => is()));
        // Another process looks, once the one that died is taken to be gone.
        now += 4 * MINUTE;
        await world.core.unfinished.finishLeft();
        await world.core.acts.totpRemovals.carryOutDue();
        await world.core.outbox.deliverDue();
        await world.core.outbox.idle();
        const { entries } = await world.core.audit.list(undefined, { limit: 50 });
        const noted = entries.filter(({ id }) => id > last).map(({ doc }) => doc.action as AuditAction);
        for (const [index, { is, action, isTold }] of done.entries()) {
          const where = `${name}, after ${writes} writes: `;
          const isDone = await is();
          // What was done stays so, and nobody hears of what is not.
          expect([where, 'undone', early[index] && !isDone]).toEqual([where, 'undone', false]);
          if (!isDone) continue;
          if (action)
            expect([where, noted.some((one) => action.includes(one)) || noted]).toEqual([where, true]);
          if (isTold) expect([where, await isTold()]).toEqual([where, true]);
        }
        expect(await world.store.collection(collections.unfinished).list(undefined, { limit: 9 })).toEqual(
          [],
        );
        if (isDead) deaths += 1;
        else {
          // It was told once, when nothing went wrong.
          expect(outcome).toBe('finished');
          for (const { action } of done)
            if (action) expect(noted.filter((one) => action.includes(one))).toHaveLength(1);
          break;
        }
      }
      expect(deaths).toBeGreaterThan(step === 1 ? 3 : 0);
    },
    120_000,
  );
});
