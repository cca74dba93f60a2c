// Finding the operation that a request asks for, by the pieces of its path.

import type { Method, Operation } from './operation.ts';
import { Problem } from './problem.ts';

type Candidate = { readonly operation: Operation; readonly pieces: readonly string[] };
export type Match = { readonly operation: Operation; readonly given: Readonly<Record<string, string>> };

const nameOf = (piece: string): string | undefined => /^\{(\w+)\}$/.exec(piece)?.[1];

/** Finds operations; throws `not_found` for a path that none has, `method_not_allowed` for a method that none has there. */
export function createMatcher(operations: readonly Operation[]) {
  const candidates: readonly Candidate[] = operations.map((operation) => ({
    operation,
    pieces: operation.path.split('/').slice(1),
  }));

  const fits = ({ pieces }: Candidate, asked: readonly string[]): boolean =>
    pieces.length === asked.length &&
    pieces.every((piece, index) => nameOf(piece) !== undefined || piece === asked[index]);

  /** `path` is below the API's own; `method` in small letters. */
  return function match(method: string, path: string): Match {
    const asked = path.split('/').slice(1);
    const found = candidates.filter((candidate) => fits(candidate, asked));
    if (found.length === 0) throw new Problem('not_found');
    // A fixed piece stands before one that varies.
    const fixed = (pieces: readonly string[]) => pieces.filter((piece) => nameOf(piece) === undefined).length;
    const most = Math.max(...found.map(({ pieces }) => fixed(pieces)));
    const here = found.filter(({ pieces }) => fixed(pieces) === most);
    const wanted = method === 'head' ? 'get' : method;
    const chosen = here.find(({ operation }) => operation.method === wanted);
    if (!chosen) {
      const methods = here.map(({ operation }) => operation.method.toUpperCase());
      if (methods.includes('GET')) methods.push('HEAD');
      throw new Problem('method_not_allowed', { headers: { Allow: methods.join(', ') } });
    }
    return { operation: chosen.operation, given: givenBy(chosen.pieces, asked) };
  };
}

function givenBy(pieces: readonly string[], asked: readonly string[]): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [index, piece] of pieces.entries()) {
    const name = nameOf(piece);
    if (name === undefined) continue;
    try {
      given[name] = decodeURIComponent(asked[index]!);
    } catch (cause) {
      throw new Problem('not_found', { cause });
    }
  }
  return given;
}

/** What is changed by a method. */
export const isChange = (method: Method): boolean => method !== 'get';
