// `npm run bench`: ours against the bare engine, on this machine, in one run. docs/performance.md says what the
// figures mean.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { dropDatabase, ownDatabase } from '../test/support/mongo-database.ts';
import { startBare } from './bare.ts';
import { createHashBench, type HashBench } from './hash.ts';
import { newKeys } from './keys.ts';
import { median } from './load.ts';
import { seed, startOurs, type OursOptions } from './ours.ts';
import { figure, formatReport, type Figure, type Report } from './report.ts';
import { measureOnce, middleOf, type Round, type Time } from './rounds.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import type { Subject } from './subject.ts';

/** A server under a name: `bare`, or ours by its storage. */
type Contender = { readonly name: string; readonly start: () => Promise<Subject> };
type Running = { readonly name: string; readonly subject: Subject };
type Plan = Time & {
  readonly rounds: number;
  readonly starts: number;
  readonly connections: number;
  readonly hashWorkers: number;
  readonly chosen: readonly Scenario[];
};

/** All windows of a quick run together, so that another storage does not make it longer. */
const QUICK_MILLISECONDS = 27_000;
const CONNECTIONS = 32;
const IDLE_MILLISECONDS = 1000;

function planOf(args: readonly string[], contenders: number): Plan & { json: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
    },
  });
  const { quick, json, only } = values;
  const chosen = scenarios.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0)
    throw new Error(`no scenario ${only}: ${scenarios.map(({ name }) => name).join(', ')}`);
  const rounds = quick ? 2 : 5;
  const window = quick ? QUICK_MILLISECONDS / (chosen.length * contenders * rounds) : 4000;
  return {
    rounds,
    starts: quick ? 2 : 5,
    connections: CONNECTIONS,
    warmUp: window * 0.2,
    duration: window * 0.8,
    // One core is left to the event loop and to this process, which both work for every sign-in.
    hashWorkers: Math.max(1, Math.min(2, availableParallelism() - 1)),
    chosen,
    json,
  };
}

/** Start times of each contender, in turn. The first start of all only fills the compile caches. */
async function measureStarts(contenders: readonly Contender[], starts: number): Promise<Map<string, number>> {
  const times = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round <= starts; round += 1) {
    for (const { name, start } of contenders) {
      const subject = await start();
      await subject.stop();
      if (round > 0) times.get(name)!.push(subject.startMilliseconds);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

async function startAll(contenders: readonly Contender[]): Promise<Running[]> {
  const running: Running[] = [];
  try {
    for (const { name, start } of contenders) running.push({ name, subject: await start() });
    return running;
  } catch (error) {
    await stopAll(running);
    throw error;
  }
}

const stopAll = (running: readonly Running[]) => Promise.all(running.map(({ subject }) => subject.stop()));

const memoryOf = (running: readonly Running[]) =>
  new Map(running.map(({ name, subject }) => [name, subject.memory()]));

type Rates = Map<string, Round>;

/** Every scenario on every server, in rounds; then the middle of the rounds, by scenario and server. */
async function measureRates(running: readonly Running[], plan: Plan, hash: HashBench) {
  const rounds = new Map(plan.chosen.map(({ name }): [string, Map<string, Round[]>] => [name, new Map()]));
  const hashes: number[] = [];
  // A round that does not count lets the servers compile their hot paths.
  for (let round = 0; round <= plan.rounds; round += 1) {
    const time = round === 0 ? { warmUp: 0, duration: plan.duration / 3 } : plan;
    for (const scenario of plan.chosen) {
      for (const { name, subject } of running) {
        const measured = await measureOnce(subject, scenario, { connections: plan.connections, ...time });
        if (round === 0) continue;
        const byServer = rounds.get(scenario.name)!;
        byServer.set(name, [...(byServer.get(name) ?? []), measured]);
      }
      if (scenario.name === 'sign-in' && round > 0) hashes.push(await hash.perSecond(time));
    }
  }
  const rates = new Map(
    [...rounds].map(([scenario, byServer]): [string, Rates] => [
      scenario,
      new Map([...byServer].map(([name, measured]) => [name, middleOf(measured)])),
    ]),
  );
  return { rates, hashesPerSecond: hashes.length > 0 ? median(hashes) : undefined };
}

const latencyOf = ({ p50, p99 }: Round) => ({ p50, p99 });

/** The figures of ours on one storage. */
function figuresOf(
  ours: string,
  rates: ReadonlyMap<string, Rates>,
  others: readonly [name: string, unit: Figure['unit'], values: ReadonlyMap<string, number>][],
): Figure[] {
  const label = (name: string) => (ours === 'sqlite' ? name : `${name} (${ours})`);
  return [
    ...[...rates].map(([name, byServer]) => {
      const [mine, bare] = [byServer.get(ours)!, byServer.get('bare')!];
      const values = { ours: mine.perSecond, bare: bare.perSecond };
      return figure(label(name), '1/s', values, {
        latency: { ours: latencyOf(mine), bare: latencyOf(bare) },
        processor: { ours: 1000 * mine.processor, bare: 1000 * bare.processor },
      });
    }),
    ...others.map(([name, unit, values]) =>
      figure(label(name), unit, { ours: values.get(ours)!, bare: values.get('bare')! }),
    ),
  ];
}

async function bench(contenders: readonly Contender[], plan: Plan): Promise<Report> {
  const starts = await measureStarts(contenders, plan.starts);
  const running = await startAll(contenders);
  const hash = await createHashBench(plan.hashWorkers, plan.connections);
  try {
    await sleep(IDLE_MILLISECONDS);
    const idle = memoryOf(running);
    const { rates, hashesPerSecond } = await measureRates(running, plan, hash);
    await sleep(IDLE_MILLISECONDS);
    const others: Parameters<typeof figuresOf>[2] = [
      ['start', 'ms', starts],
      ['memory, idle', 'MiB', idle],
      ['memory, after load', 'MiB', memoryOf(running)],
    ];
    const ours = contenders.map(({ name }) => name).filter((name) => name !== 'bare');
    const signIns = rates.get('sign-in')?.get('sqlite')?.perSecond;
    return {
      figures: ours.flatMap((name) => figuresOf(name, rates, others)),
      ...(hashesPerSecond && signIns
        ? { hash: { perSecond: hashesPerSecond, signInsPerHash: signIns / hashesPerSecond } }
        : {}),
      run: {
        node: process.version,
        cores: availableParallelism(),
        cpu: cpus()[0]?.model ?? 'unknown',
        connections: plan.connections,
        hashWorkers: plan.hashWorkers,
        rounds: plan.rounds,
        millisecondsPerRound: Math.round(plan.duration),
        load: loadavg()[0]!,
      },
    };
  } finally {
    await hash.close();
    await stopAll(running);
  }
}

async function main(): Promise<void> {
  const mongodb = process.env['BENCH_MONGODB_URI'] || process.env['TEST_MONGODB_URI'];
  const plan = planOf(process.argv.slice(2), mongodb ? 3 : 2);
  const folder = mkdtempSync(join(tmpdir(), 'vratny-bench-'));
  const database = mongodb ? ownDatabase(mongodb) : undefined;
  const ours = async (name: string, storage: string): Promise<Contender> => {
    const options: OursOptions = { folder, storage, hashWorkers: plan.hashWorkers };
    await seed(options);
    return { name, start: () => startOurs(options) };
  };
  try {
    const keysFile = join(folder, 'keys.json');
    writeFileSync(keysFile, JSON.stringify(newKeys()));
    const contenders: Contender[] = [
      await ours('sqlite', `sqlite:${join(folder, 'bench.sqlite')}`),
      { name: 'bare', start: () => startBare(keysFile) },
      ...(database ? [await ours('mongodb', database)] : []),
    ];
    const report = await bench(contenders, plan);
    process.stdout.write(plan.json ? `${JSON.stringify(report)}\n` : formatReport(report));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    if (database) await dropDatabase(database);
  }
}

// Through `exit`, so that the servers end with the run.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
