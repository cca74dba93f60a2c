// The contract: any sequence of calls answers as a simple map in memory would.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Page, Stored, Where } from '../../src/ports/store.ts';
import type { Bench, Thing, ThingKey, Things } from './store-bench.ts';

type Entry = { version: number; doc: Thing; end: number | undefined };
type Step = { run(side: Things, model: Model, bench: Bench): Promise<void>; toString(): string };
type Model = Map<string, Entry>;

const id = fc.constantFrom('a', 'b', 'ž', '$c');
const text = fc.constantFrom('', 'x', 'xy', '%', 'ž');
// Through JSON, which knows no negative zero.
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const doc: fc.Arbitrary<Thing> = fc.record({ login: text, kind: text, data: json }, { requiredKeys: [] });
const ttl = fc.option(fc.integer({ min: -1, max: 3 }), { nil: undefined });
const content = fc.record({ id, doc, ttl });

const step = (name: string, run: Step['run']): Step => ({ run, toString: () => name });

const steps: fc.Arbitrary<Step> = fc.oneof(
  content.map((write) => step(`insert ${fc.stringify(write)}`, (...context) => insert(write, ...context))),
  content.map((write) => step(`put ${fc.stringify(write)}`, (...context) => put(write, ...context))),
  content.map((write) => step(`replace ${fc.stringify(write)}`, (...context) => replace(write, ...context))),
  id.map((id) => step(`take ${id}`, (...context) => take(id, ...context))),
  id.map((id) =>
    step(`remove ${id}`, async (side, model) => {
      await side.remove(id);
      model.delete(id);
    }),
  ),
  text.map((value) => step(`removeMany ${value}`, (...context) => removeMany(value, ...context))),
  fc.constant(
    step('advance', async (_side, _model, { advance }) => {
      advance(1);
    }),
  ),
);

const queries = fc.record({
  where: fc.option(
    fc.record({
      key: fc.constantFrom<ThingKey>('login', 'kind'),
      text,
      how: fc.constantFrom('value', 'prefix'),
    }),
    { nil: undefined },
  ),
  after: fc.option(id, { nil: undefined }),
  limit: fc.integer({ min: 1, max: 5 }),
  newestFirst: fc.boolean(),
});

export function modelTests(bench: Bench): void {
  test('any sequence of calls answers as a map in memory would', { timeout: 120_000 }, async () => {
    const sequence = fc.array(fc.tuple(steps, fc.boolean(), queries), { minLength: 1, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(sequence, async (sequence) => {
        for (const key of ['a', 'b', 'ž', '$c']) await bench.things().remove(key);
        const model: Model = new Map();
        for (const [step, byRival, query] of sequence) {
          await step.run(byRival ? bench.rival() : bench.things(), model, bench);
          await checkReads(bench, model, query);
        }
      }),
      { numRuns: 30 },
    );
  });
}

type Write = { id: string; doc: Thing; ttl: number | undefined };

/** The key on which a live document stands in the way, if any. */
function blocker(model: Model, { id, doc }: Write, now: number): 'login' | undefined {
  const others = [...model].filter(([key, entry]) => key !== id && isLive(entry, now));
  return doc.login !== undefined && others.some(([, entry]) => entry.doc.login === doc.login)
    ? 'login'
    : undefined;
}

const isLive = ({ end }: Entry, now: number) => end === undefined || end > now;
const endOf = ({ ttl }: Write, now: number) => (ttl === undefined ? undefined : new Date(now + ttl));
const shown = (id: string, { version, doc, end }: Entry): Stored<Thing> => ({
  id,
  version,
  doc,
  ...(end !== undefined && { expiresAt: new Date(end) }),
});

async function insert(write: Write, side: Things, model: Model, { now }: Bench): Promise<void> {
  const end = endOf(write, now());
  const present = model.get(write.id);
  // Where both the id and a key are taken, a backend may name either.
  const taken: string[] = [];
  if (present !== undefined && isLive(present, now())) taken.push('id');
  if (blocker(model, write, now()) !== undefined) taken.push('login');
  const inserting = side.insert(write.id, write.doc, end);
  if (taken.length > 0) {
    const key = expect.toBeOneOf(taken) as string;
    await expect(inserting).rejects.toMatchObject({ name: 'Conflict', key });
    return;
  }
  const { version } = await inserting;
  model.set(write.id, { version, doc: write.doc, end: end?.getTime() });
}

async function put(write: Write, side: Things, model: Model, { now }: Bench): Promise<void> {
  const end = endOf(write, now());
  const putting = side.put(write.id, write.doc, end);
  if (blocker(model, write, now()) !== undefined) {
    await expect(putting).rejects.toMatchObject({ name: 'Conflict', key: 'login' });
    return;
  }
  await putting;
  const present = model.get(write.id);
  const version =
    present !== undefined && isLive(present, now())
      ? present.version + 1
      : (await side.get(write.id))?.version;
  model.set(write.id, { version: version ?? 0, doc: write.doc, end: end?.getTime() });
}

async function replace(write: Write, side: Things, model: Model, { now }: Bench): Promise<void> {
  const end = endOf(write, now());
  const present = model.get(write.id);
  const seen = { id: write.id, version: present?.version ?? 1, doc: {} };
  const replacing = side.replace(seen, write.doc, end);
  if (present === undefined || !isLive(present, now())) {
    await expect(replacing).rejects.toMatchObject({ name: 'Stale' });
  } else if (blocker(model, write, now()) !== undefined) {
    await expect(replacing).rejects.toMatchObject({ name: 'Conflict', key: 'login' });
  } else {
    await expect(side.replace({ ...seen, version: seen.version - 1 }, write.doc)).rejects.toThrow(
      'has changed',
    );
    const entry = { version: seen.version + 1, doc: write.doc, end: end?.getTime() };
    expect(await replacing).toEqual(shown(write.id, entry));
    model.set(write.id, entry);
  }
}

async function take(id: string, side: Things, model: Model, { now }: Bench): Promise<void> {
  const present = model.get(id);
  const expected = present !== undefined && isLive(present, now()) ? shown(id, present) : undefined;
  expect(await side.take(id)).toEqual(expected);
  model.delete(id);
}

async function removeMany(value: string, side: Things, model: Model, { now }: Bench): Promise<void> {
  const found = [...model].filter(([, entry]) => isLive(entry, now()) && entry.doc.kind === value);
  expect(await side.removeMany('kind', value)).toBe(found.length);
  for (const [id] of found) model.delete(id);
}

type Query = fc.Arbitrary<unknown> & typeof queries extends fc.Arbitrary<infer Value> ? Value : never;

async function checkReads({ things, now }: Bench, model: Model, { where, after, limit, newestFirst }: Query) {
  const live = [...model]
    .filter(([, entry]) => isLive(entry, now()))
    .map(([id, entry]) => shown(id, entry))
    .sort((a, b) => (a.id < b.id ? -1 : 1) * (newestFirst ? -1 : 1));
  const found = live.filter(({ doc }) => {
    const value = where && doc[where.key];
    if (where === undefined) return true;
    return (
      value !== undefined && (where.how === 'value' ? value === where.text : value.startsWith(where.text))
    );
  });
  const asked = where && ({ key: where.key, [where.how]: where.text } as unknown as Where<ThingKey>);
  const page: Page = { limit, newestFirst, ...(after !== undefined && { after }) };
  const isAfter = (id: string) => after === undefined || (newestFirst ? id < after : id > after);
  expect(await things().list(asked, page)).toEqual(found.filter(({ id }) => isAfter(id)).slice(0, limit));
  if (where?.how === 'prefix') {
    const byValue = found.toSorted((one, other) => {
      const [a, b] = [`${one.doc[where.key]}\0${one.id}`, `${other.doc[where.key]}\0${other.id}`];
      return a < b ? -1 : 1;
    });
    expect(await things().listByKey(where.key, { prefix: where.text, limit })).toEqual(
      byValue.slice(0, limit),
    );
  }
  if (where?.how === 'value') {
    const first = found.map(({ id }) => id).sort()[0];
    expect((await things().findOne(where.key, where.text))?.id).toBe(first);
  }
  for (const id of ['a', '$c'])
    expect(await things().get(id)).toEqual(live.find((stored) => stored.id === id));
}
