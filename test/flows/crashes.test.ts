// A18: a process that dies in the middle of an act, at each of its writes in turn, and one whose store fails at one of
// them and is well again. Whatever is done by then is in the audit log and told by mail once another process has looked,
// and what was ended stays ended.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditAction } from '../../src/domain/audit/audit-actions.ts';
import { collections } from '../../src/domain/collections.ts';
import { createFakeUpstream } from '../support/fake-upstream.ts';
import { mortalCredentialActs } from '../support/mortal-credential-acts.ts';
import { mortalCustomerActs } from '../support/mortal-customer-acts.ts';
import { createMortalGround, type MortalAct } from '../support/mortal-ground.ts';
import { mortalOperatorActs } from '../support/mortal-operator-acts.ts';
import { mortalStore, type Life } from '../support/mortal-store.ts';
import { closeWorld, onEveryStorage, openWorld, type World } from '../support/world.ts';

const MINUTE = 60_000;

const names = [
  'support access ends',
  'an invitation is taken',
  'a member is disabled',
  'a customer is closed',
  'a role is changed',
  'a closing is asked for',
  'an address moves',
  'a move of an address is undone',
  'a password is set by a mailed link',
  'an account is locked by a mailed link',
  'everything is signed out by a mailed link',
  'an identity is linked',
  'an identity is unlinked',
  'the password is switched off',
  'an operator changes a number',
  'a role is given',
  'the removal of a second factor is approved',
  'a second factor is removed',
] as const;

onEveryStorage((newStorage, database) => {
  // The order of the writes is the same everywhere.
  const step = database === 'sqlite' ? 1 : 5;
  const storage = newStorage();
  const upstream = createFakeUpstream('mojeid');
  const upstreams = [upstream.configured];
  let world: World;
  let mortal: World;
  let life: Life;
  let now = Date.now();
  let acts: Record<(typeof names)[number], () => Promise<MortalAct>>;

  beforeAll(async () => {
    const clock = { now: () => new Date(now), sleep: () => Promise.resolve() };
    world = await openWorld({ storage, clock, upstreams });
    mortal = await openWorld({
      storage,
      clock,
      upstreams,
      env: { VRATNY_ISSUER: world.issuer },
      wrap: () => {
        const made = mortalStore(world.store);
        ({ life } = made);
        return made.store;
      },
    });
    const ground = createMortalGround({
      world,
      mails: () => [...world.mails, ...mortal.mails],
      moveTo: (time) => {
        now = Math.max(now, time);
      },
    });
    const { issuer } = upstream.configured;
    let subjects = 0;
    const identity = () => ({
      upstream: 'mojeid',
      issuer,
      subject: `person-${(subjects += 1)}`,
      clientId: 'ours',
    });
    acts = {
      ...mortalCustomerActs(ground),
      ...mortalCredentialActs(ground, identity),
      ...mortalOperatorActs(ground),
    };
    expect(Object.keys(acts)).toEqual(names);
  });
  afterAll(async () => {
    await mortal.close();
    await closeWorld(world, storage);
  });

  // What comes of a failed write the process alone decides, whatever it writes to.
  const ways = ['the process dies', 'a write fails'].slice(0, database === 'sqlite' ? 2 : 1);
  test.each(names.flatMap((name) => ways.map((way) => [name, way] as const)))(
    '%s: done is told, whenever %s',
    async (name, what) => {
      let deaths = 0;
      life.recovers = what === 'a write fails';
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
