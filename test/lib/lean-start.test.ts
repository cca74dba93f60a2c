// What spares a start and an idle server something, each in a process of its own: it changes the whole process.

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const module = new URL('../../src/lib/lean-start.ts', import.meta.url).href;

const run = (script: string): unknown =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );

test('node:http is imported without the client for the web, which fetch still loads', () => {
  const script = `
    import { spareWebClient } from '${module}';
    const hasClient = () => process.moduleLoadList.some((name) => name.includes('undici'));
    spareWebClient();
    const { createServer } = await import('node:http');
    const before = hasClient();
    const text = await (await fetch('data:text/plain,hello')).text();
    console.log(JSON.stringify({ createServer: typeof createServer, before, text, after: hasClient() }));
  `;
  expect(run(script)).toEqual({ createServer: 'function', before: false, text: 'hello', after: true });
});

test('garbage is collected at once, and its pages are given back', () => {
  const script = `
    import { collectGarbage } from '${module}';
    const heap = () => process.memoryUsage().heapTotal;
    // In a task of its own, so that nothing here still holds it.
    const full = await new Promise((resolve) => setImmediate(() => {
      const things = Array.from({ length: 400_000 }, (_, index) => ({ index }));
      resolve(things.length && heap());
    }));
    collectGarbage();
    console.log(JSON.stringify({ halved: heap() < full / 2 }));
  `;
  expect(run(script)).toEqual({ halved: true });
});
