// The pool of hashing threads: order, limits, and threads that die.

import { afterEach, describe, expect, test } from 'vitest';
import { type Workers, createWorkers } from '../../../adapters/hash/workers.ts';
import { HasherBusy } from '../../../src/ports/hasher.ts';

// A thread that answers `echo …`, says when it holds a job, and goes on when the shared flag is raised.
const script = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, workerData } from 'node:worker_threads';
    parentPort.on('message', (job) => {
      if (job === 'exit') process.exit(3);
      if (job === 'throw') throw new Error('thrown');
      if (job === 'fail') return parentPort.postMessage({ error: new Error('failed') });
      if (job.startsWith('wait')) Atomics.wait(workerData, 0, 0);
      parentPort.postMessage({ result: 'echo ' + job });
    });
  `)}`,
);

let open: Workers<string, string> | undefined;
afterEach(() => open?.close());

function setUp(count: number, queueLimit: number) {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const workers = createWorkers<string, string>({ script, data: gate, count, queueLimit });
  open = workers;
  const release = () => {
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
  };
  return { workers, release };
}

describe('the pool of hashing threads', () => {
  test('jobs are answered in the order they came', async () => {
    const { workers, release } = setUp(1, 10);
    const order: string[] = [];
    const all = ['wait', 'a', 'b', 'c'].map(async (job) => order.push(await workers.run(job)));
    release();
    await Promise.all(all);
    expect(order).toEqual(['echo wait', 'echo a', 'echo b', 'echo c']);
  });

  test('a full queue refuses at once, and takes again when there is room', async () => {
    const { workers, release } = setUp(2, 1);
    const running = [workers.run('wait 1'), workers.run('wait 2'), workers.run('waits in the queue')];
    await expect(workers.run('one too many')).rejects.toBeInstanceOf(HasherBusy);
    release();
    await Promise.all(running);
    expect(await workers.run('again')).toBe('echo again');
  });

  test('who goes ahead is next, and finds room when all others wait in vain; their line is as long and no longer', async () => {
    const { workers, release } = setUp(1, 2);
    const order: string[] = [];
    const keep = async (job: string, turn = {}) => order.push(await workers.run(job, turn));
    const all = [keep('wait'), keep('a'), keep('b'), keep('x', { ahead: true }), keep('y', { ahead: true })];
    await expect(workers.run('one too many')).rejects.toBeInstanceOf(HasherBusy);
    await expect(workers.run('one too many', { ahead: true })).rejects.toBeInstanceOf(HasherBusy);
    release();
    await Promise.all(all);
    expect(order).toEqual(['wait', 'x', 'y', 'a', 'b'].map((job) => `echo ${job}`));
  });

  test('a busy thread does not keep another from working', async () => {
    const { workers, release } = setUp(2, 10);
    const slow = workers.run('wait');
    expect(await workers.run('quick')).toBe('echo quick');
    release();
    expect(await slow).toBe('echo wait');
  });

  test.each(['exit', 'throw'])(
    'a thread that dies (%s) rejects its own job; the others are served',
    async (job) => {
      const { workers } = setUp(1, 10);
      const [dead, next, last] = await Promise.allSettled([
        workers.run(job),
        workers.run('b'),
        workers.run('c'),
      ]);
      expect(dead).toMatchObject({ status: 'rejected', reason: { message: 'a hashing thread died' } });
      expect([next, last]).toEqual([
        { status: 'fulfilled', value: 'echo b' },
        { status: 'fulfilled', value: 'echo c' },
      ]);
    },
  );

  test('a job that fails rejects, and its thread lives on', async () => {
    const { workers } = setUp(1, 10);
    await expect(workers.run('fail')).rejects.toThrow('failed');
    expect(await workers.run('a')).toBe('echo a');
  });

  test('a thread that cannot be started rejects every job, and hangs none', async () => {
    const workers = createWorkers({ script: new URL('file:///nowhere.ts'), count: 1, queueLimit: 10 });
    open = workers as Workers<string, string>;
    const results = await Promise.allSettled([workers.run('a'), workers.run('b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  test('a job that cannot be sent rejects', async () => {
    const workers = createWorkers({ script, count: 1, queueLimit: 10 });
    open = workers as Workers<string, string>;
    await expect(workers.run(() => 1)).rejects.toThrow(/could not be cloned/);
    expect(await workers.run('a')).toBe('echo a');
  });

  test('closing rejects what runs, what waits and what comes later', async () => {
    const { workers } = setUp(1, 10);
    const jobs = [workers.run('wait'), workers.run('a')];
    const results = Promise.allSettled(jobs);
    await workers.close();
    jobs.push(workers.run('b'));
    expect((await results).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(jobs[2]).rejects.toThrow(/closed/);
  });
});
