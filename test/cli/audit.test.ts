// `audit …` as an operator types it, in the real process: commands are in the log, and the log is whole or not.

import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

type Entry = { number: number; action: string; actor: string; actorName?: string; [field: string]: unknown };
let at: Installation;
let jana: string;

beforeAll(async () => {
  at = install();
  ({ id: jana } = await at.json<{ id: string }>(['account', 'create', '--email', 'jana@example.cz']));
  await at.json(['account', 'disable', jana]);
  await at.json(['client', 'create', '--name', '=cmd()', '--redirect-uri', 'https://panel.example.cz/cb']);
});
afterAll(() => at.remove());

test('what commands change is listed newest first, by one thing or all, and shown in full', async () => {
  const all = await at.json<Entry[]>(['audit', 'list']);
  expect(all.map(({ action }) => action)).toEqual(['client.created', 'account.disabled', 'account.created']);
  expect(all.every(({ actor, actorName }) => actor === 'command' && actorName)).toBe(true);
  const about = await at.json<Entry[]>(['audit', 'list', '--account', jana]);
  expect(about.map(({ number }) => number)).toEqual([2, 1]);
  expect(await at.json(['audit', 'show', '2'])).toMatchObject({
    action: 'account.disabled',
    accountId: jana,
    before: { status: 'active' },
    after: { status: 'disabled' },
  });
  expectRefusal(await at.run(['audit', 'show', '99']), 3, 'no entry 99');
  expectRefusal(await at.run(['audit', 'list', '--account', jana, '--client', 'x']), 2, 'give one of');
});

test('the export has every entry, and its CSV no formula', async () => {
  const { stdout } = await at.run(['audit', 'export']);
  const lines = stdout.trim().split('\n');
  expect(lines).toHaveLength(4);
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ number: 4, action: 'audit.exported' });
  const csv = (await at.run(['audit', 'export', '--format', 'csv', '--since', '2020-01-01'])).stdout;
  expect(csv.split('\r\n')[0]).toContain('"number","at","action"');
  expect(csv).not.toMatch(/(?:^|,)"[=+\-@]/m);
  expect(csv).toContain('=cmd()');
  expect((await at.run(['audit', 'export', '--since', '2999-01-01'])).stdout).toBe('');
});

test('verify says that the log is whole, and what is not', async () => {
  const { last } = await at.json<{ last: string }>(['audit', 'verify']);
  expect((await at.run(['audit', 'verify', '--expect', last])).stdout).toContain('the log is whole');
  const database = new DatabaseSync(`${at.folder}/vratny.sqlite`);
  database.exec("UPDATE audit SET doc = replace(doc, 'account.disabled', 'account.enabled')");
  database.close();
  const { code, stdout, stderr } = await at.run(['audit', 'verify']);
  expect(stdout).toContain('entry 2 was changed, or was not written by this provider');
  expect(stderr).toBe('the audit log is not whole\n');
  expect(code).toBe(1);
});
