// How commands speak: results on stdout, as text or as JSON; problems on stderr, with what to do about them.

import { ZodError } from 'zod';
import { AppError, type ErrorCode } from '../lib/app-error.ts';
import { SealBroken } from '../lib/seal.ts';
import { ConfigProblems } from '../config/load.ts';
import { NameTaken } from '../domain/accounts/accounts.ts';
import { NumberTaken } from '../domain/accounts/openings.ts';
import { WrongState } from '../domain/operators/caller.ts';
import { OrderDiffers } from '../domain/accounts/orders.ts';
import { Conflict, StoreUnavailable } from '../ports/store.ts';

/** What the process ends with; documented in docs/command-line.md. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  not_found: 3,
  taken: 4,
  storage_down: 5,
} as const;

/** What was typed will not do; a line for each problem. */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

/** The command worked, and what it found is not well. */
export class NotWell extends Error {
  override readonly name = 'NotWell';
}

export type Output = {
  /** Prints a result: the object as JSON, or the lines for a person. */
  result(value: unknown, lines: () => readonly string[]): void;
  /** Tells something beside the result, on stderr. */
  note(text: string): void;
};

const say = (text: string) => void process.stderr.write(`${text}\n`);

/** Output in the chosen form. */
export const createOutput = (json: boolean): Output => ({
  result(value, lines) {
    const text = json ? JSON.stringify(value) : lines().join('\n');
    process.stdout.write(`${text}\n`);
  },
  note: say,
});

/** What the rules say of a field, told of the option that it was typed for. Other errors stay as they are. */
export function asTyped(error: unknown, optionOf: (field: string) => string | undefined): unknown {
  if (!(error instanceof ZodError)) return error;
  const lines = error.issues.map(({ path: [field], message }) => {
    const option = field === undefined ? undefined : (optionOf(String(field)) ?? String(field));
    return option === undefined ? message : `${option}: ${message}`;
  });
  const text = lines.length === 1 ? lines[0] : ['these values will not do:', ...lines].join('\n  - ');
  return new UsageProblem(text, { cause: error });
}

const codeExits: Partial<Record<ErrorCode, number>> = {
  not_found: exitCodes.not_found,
  bad_request: exitCodes.usage,
  storage_down: exitCodes.storage_down,
};

/** Says what went wrong on stderr; the exit code. A fault of ours shows its stack. */
export function report(error: unknown): number {
  const [text, code] = describeError(error);
  say(text);
  return code;
}

function describeError(error: unknown): [text: string, code: number] {
  if (error instanceof ConfigProblems) return [error.message, exitCodes.usage];
  if (error instanceof UsageProblem) return [`error: ${error.message}`, exitCodes.usage];
  if (error instanceof NotWell) return [error.message, exitCodes.failed];
  if (error instanceof NumberTaken || error instanceof OrderDiffers)
    return [`error: ${error.message}`, exitCodes.taken];
  if (error instanceof NameTaken) return [`error: ${error.message}`, exitCodes.taken];
  if (error instanceof StoreUnavailable) {
    const cause = error.cause instanceof Error && !error.message.includes(error.cause.message);
    const why = cause ? `${error.message}: ${(error.cause as Error).message}` : error.message;
    const advice =
      'check VRATNY_STORAGE: a server has to run and let this process in, a file has to be writable with its folder';
    return [`error: the database does not answer: ${why}\n${advice}`, exitCodes.storage_down];
  }
  if (error instanceof SealBroken) {
    const advice = 'VRATNY_SECRET must hold the secret that the stored data was sealed with';
    return [`error: ${error.message}\n${advice}`, exitCodes.usage];
  }
  if (error instanceof WrongState) return [`error: ${error.message}`, exitCodes.usage];
  if (error instanceof AppError && error.code !== 'internal') {
    const taken = error.cause instanceof Conflict;
    return [`error: ${error.message}`, taken ? exitCodes.taken : (codeExits[error.code] ?? exitCodes.failed)];
  }
  return [
    `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    exitCodes.failed,
  ];
}
