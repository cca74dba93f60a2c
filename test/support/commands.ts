// Commands as an operator types them, each in a real process over one installation.

import { expect } from 'vitest';
import { runProgram, temporaryFolder, type Ended } from './program.ts';

export const SECRET = 'a secret of at least thirty-two characters';

/** A command line; long ones are written in parts. */
export type Line = readonly (string | readonly string[])[];

export type Installation = {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Runs a command to its end. */
  run(line: Line, options?: { stdin?: string; env?: Record<string, string> }): Promise<Ended>;
  /** Runs a command that must work, with `--json`: the one value that it prints. */
  json<T = Record<string, unknown>>(line: Line, stdin?: string): Promise<T>;
  remove(): void;
};

/** A new, empty installation. */
export function install(settings: Readonly<Record<string, string>> = {}): Installation {
  const folder = temporaryFolder();
  const env = {
    VRATNY_STORAGE: `sqlite:${folder.path}/vratny.sqlite`,
    VRATNY_SECRET: SECRET,
    VRATNY_ISSUER: 'http://localhost:3999',
    ...settings,
  };
  const run: Installation['run'] = (line, { stdin, env: more } = {}) =>
    runProgram(line.flat(), {
      cwd: folder.path,
      env: { ...env, ...more },
      ...(stdin === undefined ? {} : { stdin }),
    });
  return {
    folder: folder.path,
    env,
    run,
    async json(line, stdin) {
      const ended = await run([...line, '--json'], stdin === undefined ? {} : { stdin });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(ended.stdout).toMatch(/^[^\n]+\n$/);
      return JSON.parse(ended.stdout) as never;
    },
    remove: () => folder.remove(),
  };
}

/** What a failed command must look like: nothing on stdout, a sentence without a stack on stderr. */
export function expectRefusal(ended: Ended, code: number, sentence: RegExp | string): void {
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toMatch(sentence);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  expect(ended.code).toBe(code);
}
