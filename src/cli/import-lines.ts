// The records of a file of old accounts, one after the other and with their lines: CSV with a header, or JSON lines.

import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { Transform, type Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import type { ImportLine } from '../domain/accounts/account-import.ts';
import { recordFields } from '../domain/accounts/account-records.ts';
import { nearest } from '../lib/nearest.ts';
import { UsageProblem } from './output.ts';

export type Format = 'csv' | 'jsonl';

/** A record is a line of a table, not a document. */
const LONGEST_RECORD = 64 * 1024;

/** What is read, and how many bytes of it so far. */
export type Source = { readonly lines: AsyncIterable<ImportLine>; readonly bytesRead: () => number };

/** Opens a file, or standard input for `-`. The format follows the name of the file unless it is given. */
export function openSource(file: string, given: Format | undefined): Source {
  const isStandardInput = file === '-';
  if (isStandardInput && process.stdin.isTTY)
    throw new UsageProblem('standard input is a terminal: pipe the file in, or name it');
  const byName = /^\.(jsonl|ndjson|json)$/i.test(extname(file)) ? 'jsonl' : 'csv';
  const format = given ?? byName;
  let bytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      // Line ends as one character: within quotes the parser would count two lines.
      done(
        null,
        chunk.includes(13) ? Buffer.from(chunk.toString('latin1').replaceAll('\r', ''), 'latin1') : chunk,
      );
    },
  });
  const input = isStandardInput ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  input.on('error', (error) => counter.destroy(error));
  input.pipe(counter);
  return {
    lines: explained(file, (format === 'csv' ? readCsv : readJsonLines)(counter)),
    bytesRead: () => bytes,
  };
}

async function* readCsv(input: Readable): AsyncGenerator<ImportLine> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
  });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let header: string[] | undefined;
  for await (const { record, info } of parser as AsyncIterable<{
    record: string[];
    info: { lines: number };
  }>) {
    const line = info.lines;
    if (header === undefined) {
      header = readHeader(record);
      continue;
    }
    if (record.length === header.length)
      yield { line, record: Object.fromEntries(record.map((value, index) => [header![index]!, value])) };
    else yield { line, problem: `there are ${record.length} columns, and ${header.length} in the header` };
  }
  if (header === undefined) throw new UsageProblem('there is no header: the first line names the columns');
}

function readHeader(record: readonly string[]): string[] {
  const header = record.map((name) => name.trim().toLowerCase());
  const unknown = header.filter((name) => !recordFields.includes(name));
  if (unknown.length > 0) {
    const [first = ''] = unknown;
    throw new UsageProblem(
      `there is no column ${unknown.join(', ')}: did you mean ${nearest(first, [...recordFields])}? There are ${recordFields.join(', ')}`,
    );
  }
  if (new Set(header).size < header.length) throw new UsageProblem('a column is in the header twice');
  if (!header.includes('email')) throw new UsageProblem('there is no column email');
  return header;
}

async function* readJsonLines(input: Readable): AsyncGenerator<ImportLine> {
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() !== '') yield { line, ...readObject(text) };
  }
}

function readObject(text: string): { record: Record<string, unknown> } | { problem: string } {
  if (text.length > LONGEST_RECORD) return { problem: `is longer than ${LONGEST_RECORD} characters` };
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { record: { ...value } };
  } catch {
    // Said below; the parser's own sentence would repeat a piece of the line.
  }
  return { problem: 'is not a JSON object' };
}

/** Says what cannot be read in words for the operator. */
async function* explained(file: string, lines: AsyncIterable<ImportLine>): AsyncGenerator<ImportLine> {
  try {
    yield* lines;
  } catch (error) {
    if (error instanceof CsvError)
      throw new UsageProblem(
        `from here on the file is no CSV (${error.code}), at line ${Number(error['lines'])}: what was before is imported`,
        { cause: error },
      );
    if (error instanceof Error && 'code' in error && 'syscall' in error)
      throw new UsageProblem(`${file} cannot be read: ${error.message}`, { cause: error });
    throw error;
  }
}
