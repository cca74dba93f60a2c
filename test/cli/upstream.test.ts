// `upstream …` and `npm run mojeid`, as an operator types them, in the real process.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expectRefusal, install, type Installation } from '../support/commands.ts';
import { freePort } from '../support/free-port.ts';

const main = join(import.meta.dirname, '../../src/demo/mojeid/main.ts');

let at: Installation;
let port: number;
beforeAll(async () => {
  port = await freePort();
  at = install({
    VRATNY_MOJEID_ISSUER: `http://127.0.0.1:${port}/oidc/`,
    VRATNY_MOJEID_CLIENT_ID: 'vratny',
    VRATNY_MOJEID_CLIENT_SECRET: 'hunter2',
    VRATNY_FETCH_ALLOW: '127.0.0.0/8',
  });
});
afterAll(() => at.remove());

test('they are listed and tested, and the simulator that is tested prints what uses it', async () => {
  expect(await at.json<object[]>(['upstream', 'list'])).toEqual([
    {
      name: 'mojeid',
      kind: 'mojeid',
      label: 'MojeID',
      issuer: `http://127.0.0.1:${port}/oidc/`,
      trustsEmail: true,
      levelsEnough: [],
      state: 'on',
      enabled: true,
    },
  ]);
  const down = await at.run(['upstream', 'test']);
  expect(down).toMatchObject({ code: 1, stderr: 'not reachable: mojeid\n' });
  expect(down.stdout).toMatch(/^BAD {2}mojeid: metadata: .*ECONNREFUSED/);

  const child = spawn(process.execPath, [main, '--port', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(printed)));
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      if (printed.includes('Ctrl+C')) resolve();
    });
  });
  expect(printed).toContain(`VRATNY_MOJEID_ISSUER=http://127.0.0.1:${port}/oidc/`);
  expect(printed).toMatch(/^ {2}d {2}kvetinarstvi +a validated company$/m);
  // The key has the length of MojeID's own, and takes a while.
  await fetch(`http://127.0.0.1:${port}/oidc/key.jwk`);
  const up = await at.run(['upstream', 'test', 'mojeid']);
  expect(up).toMatchObject({ code: 0, stderr: '' });
  expect(up.stdout).toMatch(/^ok {3}mojeid: .* answers, and its keys are there\n$/);
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('one is switched off and on again, with a reason', async () => {
  const state = async () => (await at.json<{ state: string }[]>(['upstream', 'list']))[0]!.state;
  expectRefusal(await at.run(['upstream', 'off', 'mojeid', '--reason', ' ']), 2, /--reason/);
  await at.json(['upstream', 'off', 'mojeid', '--reason', 'it hands out wrong names']);
  expect(await state()).toBe('off');
  expectRefusal(await at.run(['upstream', 'off', 'mojeid', '--reason', 'again']), 2, /off already/);
  await at.json(['upstream', 'on', 'mojeid']);
  expect(await state()).toBe('on');
});

test('what is not there is told', async () => {
  expectRefusal(await at.run(['upstream', 'test', 'other']), 3, 'there is no upstream other');
  const none = { VRATNY_MOJEID_CLIENT_ID: '', VRATNY_MOJEID_CLIENT_SECRET: '' };
  const { code, stdout } = await at.run(['upstream', 'list'], { env: none });
  expect([code, stdout]).toEqual([0, 'no upstream is configured: docs/operations.md tells how\n']);
});
