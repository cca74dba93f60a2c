// `--limit` of every list: how many rows are shown at once.

import { Option } from 'commander';
import { UsageProblem } from './output.ts';

/** Asks for so many rows; 50 unless told. */
export const limitOption = (): Option =>
  new Option('--limit <number>', 'how many, at most 999').default('50');

/** Reads it; throws `UsageProblem` when it is no number from 1 to 999. */
export function readLimit(typed: string): number {
  if (!/^[1-9]\d{0,2}$/.test(typed)) throw new UsageProblem('--limit: must be a number from 1 to 999');
  return Number(typed);
}
