// A store that fails at one write of an act, each in turn, and is well again after it (A18): what the person has changed
// is done, with all that belongs to it, or it is as it was. Nobody is told that it is done when it is not.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { changesOf, type Change } from '../support/failing-changes.ts';
import { mortalStore, type Life } from '../support/mortal-store.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const MINUTE = 60_000;

const names = [
  'a password is changed',
  'a password is set by a mailed link',
  'the app is switched off',
  'an identity is linked',
  'an identity is unlinked',
  'a token is made',
  'a token is revoked',
  'everything is signed out',
] as const;

onEveryStorage((newStorage, database) => {
  // The order of the writes is the same everywhere.
  const step = database === 'sqlite' ? 1 : 9;
  const storage = newStorage();
  const mojeid = createFakeUpstream('mojeid', { kind: 'mojeid' });
  let world: World;
  let life: Life;
  let now = Date.now();
  let changes: ReturnType<typeof changesOf>;

  beforeAll(async () => {
    world = await openWorld({
      storage,
      clock: { now: () => new Date(now), sleep: () => Promise.resolve() },
      upstreams: [mojeid.configured],
      wrap: (store) => {
        const made = mortalStore(store);
        ({ life } = made);
        life.recovers = true;
        return made.store;
      },
    });
    changes = changesOf(world, mojeid);
    expect(Object.keys(changes)).toEqual(names);
  });
  afterAll(() => closeWorld(world, storage));

  test.each(names)(
    '%s: wholly or not at all, whichever write fails',
    async (name) => {
      let failures = 0;
      for (let writes = 0; ; writes += step) {
        const change: Change = await changes[name]();
        await world.core.outbox.idle();
        life.writes = writes;
        const isSaid = await change.act();
        const hasFailed = life.writes < 0;
        life.writes = Infinity;
        // What is left is finished, by whichever node looks first.
        now += 4 * MINUTE;
        await world.core.unfinished.finishLeft();
        await world.core.outbox.deliverDue();
        await world.core.outbox.idle();
        const isDone = await change.isDone();
        const found = await (isDone ? change.whenDone() : change.whenNot());
        const where = `${name}, write ${writes} fails, ${isDone ? 'done' : 'not done'}`;
        expect([where, ...Object.entries(found).filter(([, holds]) => !holds)]).toEqual([where]);
        if (isSaid) expect([where, isDone]).toEqual([where, true]);
        if (!hasFailed) {
          expect([where, isSaid]).toEqual([where, true]);
          break;
        }
        failures += 1;
      }
      expect(failures).toBeGreaterThan(step === 1 ? 2 : 0);
    },
    120_000,
  );
});
