// `account import`, `account hashes`, `order open` and `customer …` as an operator types them, in the real process.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

let at: Installation;
beforeEach(() => {
  at = install();
});
afterEach(() => at.remove());

const write = (name: string, text: string): string => {
  const path = join(at.folder, name);
  writeFileSync(path, text);
  return path;
};

const csv = [
  '\ufefflogin,email,name,customer_number,password_hash',
  'eva,eva@example.cz,"Malá, Eva",4711,$1$saltsalt$y3it3nmYP5BCjmUsvLK/a0',
  'jan,jan@example.cz,"Jan',
  'Velký",,$2y$05$abcdefghijklmnopqrstuuF2yOHgaw3ne9dxkYb22s28QMXCGPxWC',
  'x,no address,,,',
  'too,few',
  ',new@example.cz,,,',
].join('\r\n');

describe('account import', () => {
  test('brings CSV along, refuses by line with the reason, and goes on where it was broken off', async () => {
    const file = write('old.csv', csv);
    const report = join(at.folder, 'refused.jsonl');
    const dry = await at.run(['account', 'import', file, '--dry-run']);
    expect(dry.stdout).toMatch(/^would be created +3$/m);
    expect(dry.code).toBe(1);
    expect((await at.json(['account', 'hashes']))['accounts']).toBe(0);

    const { stdout, stderr, code } = await at.run(['account', 'import', file, '--report', report, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      dryRun: false,
      lines: 5,
      created: 3,
      skipped: 0,
      refused: 2,
      schemes: { 'md5-crypt': 1, bcrypt: 1, none: 1 },
    });
    expect(stderr).toContain('line 5 ("no address"): email: is not an e-mail address');
    expect(stderr).toContain('line 6: there are 2 columns, and 5 in the header');
    expect(stderr).toContain('2 of 5 records are refused');
    const refused = readFileSync(report, 'utf8').trimEnd().split('\n');
    const lines = refused.map((line) => (JSON.parse(line) as { line: number }).line);
    expect(new Set(lines)).toEqual(new Set([5, 6]));

    const again = await at.run(['account', 'import', file, '--resume', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ created: 0, skipped: 3, refused: 2 });
    const { stdout: hashes } = await at.run(['account', 'hashes']);
    expect(hashes).toMatch(/^bcrypt +1$/m);
    expect(hashes).toContain('2 of 3 accounts have a hash that the next sign-in renews');
    expect(await at.json(['account', 'show', 'jan'])).toMatchObject({ name: 'Jan\nVelký' });
  });

  test('reads JSON lines from standard input', async () => {
    const line = JSON.stringify({ email: 'a@example.cz', email_verified: true, customer_number: 12 });
    const { stdout, stderr } = await at.run(['account', 'import', '-', '--format', 'jsonl', '--json'], {
      stdin: `${line}\n\n{"email": "tajné\n[]\n`,
    });
    expect(JSON.parse(stdout)).toMatchObject({ lines: 3, created: 1, refused: 2 });
    expect(stderr).toContain('line 3: is not a JSON object');
    expect(stderr).not.toContain('tajné');
    expect(await at.json(['customer', 'show', '12'])).toMatchObject({
      number: '12',
      members: [{ role: 'owner' }],
    });
  });

  test.each<[string, string, RegExp]>([
    [
      'an unknown column',
      'email,pasword_hash\n',
      /there is no column pasword_hash: did you mean password_hash\?/,
    ],
    ['no column email', 'login\nx\n', /there is no column email/],
    ['a column twice', 'email,email\n', /a column is in the header twice/],
    ['nothing', '', /there is no header/],
    ['a quote that does not end', 'email,name\na@example.cz,"x\n', /is no CSV \(CSV_QUOTE_NOT_CLOSED\)/],
  ])('%s is told of before anything is written', async (_what, text, sentence) => {
    expectRefusal(await at.run(['account', 'import', write('old.csv', text)]), 2, sentence);
  });

  test('a file that is not there is told of', async () => {
    expectRefusal(await at.run(['account', 'import', 'nowhere.csv']), 2, /nowhere\.csv cannot be read/);
  });
});

test('S69, S12: order open makes the account once, and customer vet notes who has looked at it', async () => {
  const order = { key: 'shop-1', email: 'eva@example.cz', name: 'Eva Malá' };
  const file = write('order.json', JSON.stringify(order));
  const opened = await at.json(['order', 'open', file]);
  expect(opened).toMatchObject({ customerNumber: '100001', vetting: 'unvetted', mailed: false });
  expect(await at.json(['order', 'open', '-'], JSON.stringify(order))).toEqual(opened);
  const differs = await at.run(['order', 'open', '-'], { stdin: JSON.stringify({ ...order, name: 'Ewa' }) });
  expectRefusal(differs, 4, /an order of this key has been taken, and asked for something else/);
  const taken = await at.run(['order', 'open', '-'], { stdin: JSON.stringify({ ...order, key: 'shop-2' }) });
  expectRefusal(taken, 4, /this e-mail address belongs to another account/);
  expectRefusal(await at.run(['order', 'open', '-'], { stdin: 'x' }), 2, /the order is no JSON/);

  const vet = ['customer', 'vet', '100001', '--state', 'vetted', '--reason', 'ID seen', '--by', 'hana'];
  expect(await at.json(vet)).toMatchObject({ vetting: { state: 'vetted', by: 'hana', reason: 'ID seen' } });
  expect((await at.run(['customer', 'show', '100001'])).stdout).toMatch(/^vetting +vetted, by hana at 2/m);
  expectRefusal(await at.run(vet.with(2, '7')), 3, /no customer 7/);
});
