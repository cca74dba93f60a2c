// `domain …` as an operator types it, in the real process (S66).

import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectRefusal, install, type Installation } from '../support/commands.ts';

type Shown = { domain: string; customer: string; name: string };

let at: Installation;
let number: string;
let other: string;
beforeAll(async () => {
  at = install();
  const create = async (email: string) =>
    (await at.json<{ customer: { number: string } }>(['account', 'create', '--email', email])).customer
      .number;
  number = await create('eva@example.cz');
  other = await create('jan@example.cz');
});
afterAll(() => at.remove());

test('domain add, list and remove keep whose a domain is, once, in one spelling', async () => {
  const add = (name: string, customer = number) => ['domain', 'add', name, '--customer', customer];
  expect(await at.json(add('Kuřákov.cz.'))).toMatchObject({
    domain: 'xn--kukov-yqa35f.cz',
    customer: number,
  });
  await at.json(add('a.example'));
  await at.json(add('b.example', other));
  expectRefusal(await at.run(add('kuřákov.cz', other)), 4, /xn--kukov-yqa35f\.cz is a customer's already/);
  expectRefusal(await at.run(add('eva@example.cz')), 2, /must be a domain name/);
  expectRefusal(await at.run(add('c.example', '1')), 3, /no customer with the number 1/);
  expectRefusal(await at.run(['domain', 'add', 'c.example']), 2, /--customer/);

  const all = await at.json<Shown[]>(['domain', 'list']);
  expect(all.map(({ domain }) => domain)).toEqual(['a.example', 'b.example', 'xn--kukov-yqa35f.cz']);
  const own = await at.json<Shown[]>(['domain', 'list', '--customer', other]);
  expect(own.map(({ domain, customer }) => [domain, customer])).toEqual([['b.example', other]]);
  const first = await at.run(['domain', 'list', '--limit', '1']);
  expect(first.stdout).toContain('a.example');
  expect(first.stderr).toContain('go on with --after a.example');
  expect((await at.json<Shown[]>(['domain', 'list', '--after', 'a.example'])).length).toBe(2);

  expect(await at.json(['domain', 'remove', 'A.example'])).toEqual({ domain: 'a.example', removed: true });
  expectRefusal(await at.run(['domain', 'remove', 'a.example']), 3, /no domain a\.example/);
  await at.json(add('a.example', other));
});

test('what people have named themselves does not reach the terminal as it is', async () => {
  const created = await at.json<{ customer: { number: string } }>([
    ['account', 'create', '--email', 'x@example.cz'],
    ['--company', 'Evil\u001b[31m s.r.o.'],
  ]);
  await at.json(['domain', 'add', 'evil.example', '--customer', created.customer.number]);
  expect((await at.run(['domain', 'list'])).stdout).not.toContain('\u001b');
});
