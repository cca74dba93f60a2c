// What makes a page ours, and what gives away that somebody else has made it.

import { expect } from 'vitest';
import { ask, type Answer, type Question } from './http.ts';
import { text } from './texts.ts';
import type { World } from './world.ts';

/** Texts of the pages that are built into the engine and into Koa. */
const foreign =
  /oops! something went wrong|op\.logoutForm|Sign-out Success|Logout Request|Submitting Callback|document\.forms|This page was blocked|<pre>|Not Found<|Internal Server Error|at \w+ \(file:/;

/** A page in our layout that names the request, in the language it was asked in. */
export function expectOurPage(html: string, requestId: string | null | undefined, locale = 'en'): void {
  expect(html).toContain(`<html lang="${locale}">`);
  expect(html).toContain('<main id="main"');
  expect(html).toContain('vratny');
  expect(requestId).toMatch(/^[\w-]{20,}$/);
  expect(html).toContain(requestId);
  expect(html).not.toMatch(foreign);
}

/** A line that says why a request was refused, under the id that its answer carries. */
export function expectLogged(world: World, requestId: string | null | undefined): void {
  const lines = world.logs.filter(({ request, message }) => request === requestId && message !== 'request');
  expect(lines.length, `no line for ${requestId}`).toBeGreaterThan(0);
  for (const line of lines) expect(line['code']).toBeTypeOf('string');
}

/** A refusal of ours: a page in both languages for people, JSON for programs, a line in the log for each. */
export async function expectRefused(
  world: World,
  { path, question, status, code }: { path: string; question: Question; status: number; code: string },
): Promise<Answer> {
  for (const locale of ['en', 'cs'] as const) {
    const headers = { ...question.headers, accept: 'text/html', 'accept-language': locale };
    const page = await ask(world, path, { ...question, headers });
    const id = page.headers['x-request-id'] as string;
    expect([path, page.status]).toEqual([path, status]);
    expectOurPage(page.body, id, locale);
    expect(page.body).toContain(text(`error.${code}.title`, {}, locale));
    expectLogged(world, id);
  }
  const answer = await ask(world, path, question);
  expect([path, answer.status]).toEqual([path, status]);
  expect(JSON.parse(answer.body)).toEqual({ error: code, request_id: answer.headers['x-request-id'] });
  return answer;
}
