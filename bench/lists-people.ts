// Who the made-up people and customers are, by their number, without a list of them in memory.

import { timeOrderedId } from '../src/lib/random.ts';

/** When an account or customer was made. */
export const born = (index: number): Date => new Date(Date.UTC(2020, 0, 1) + index * 100);
const bytes = (kind: number, index: number): Buffer => {
  const buffer = Buffer.alloc(16, kind);
  buffer.writeUInt32BE(index, 12);
  return buffer;
};
export const accountId = (index: number): string => timeOrderedId(born(index), bytes(1, index));
export const customerId = (index: number): string => timeOrderedId(born(index), bytes(2, index));
export const customerNumber = (index: number): string => String(10_000_000 + index);
/** The person whose pages are the longest, and who works for the operators' best customer. */
export const BUSY = 7;
