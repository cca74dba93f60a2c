// `account import` and `account hashes`: bringing old accounts along, and how many still have an old hash.

import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { ImportCounts, ImportReport, Refused } from '../domain/accounts/account-import.ts';
import { schemeOf } from '../lib/stored-hash.ts';
import { record } from './actor.ts';
import { fields, table } from './columns.ts';
import type { Format } from './import-lines.ts';
import { jsonOption } from './json-option.ts';
import { NotWell, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

type ImportFlags = {
  dryRun?: true;
  resume?: true;
  format?: Format;
  report?: string;
  customer: boolean;
  json?: true;
};

/** So many refusals are shown; the report file has them all. */
const SHOWN_REFUSALS = 20;
const PAGE = 1000;

/** How far it is, on stderr: a line that is written over on a terminal, else one now and then. */
function createProgress(size: number | undefined, bytesRead: () => number, now: () => number) {
  const startedAt = now();
  const { isTTY } = process.stderr;
  const every = isTTY ? 250 : 10_000;
  let last = startedAt;
  let shown = false;
  return {
    show({ lines, created, skipped, refused }: ImportCounts): void {
      const at = now();
      if (at - last < every) return;
      last = at;
      shown = true;
      const share = size ? `${Math.floor((bytesRead() / size) * 100)} %  ` : '';
      const pace = Math.round((created + skipped) / ((at - startedAt) / 1000));
      const text = `${share}${lines} records: ${created} created, ${skipped} skipped, ${refused} refused, ${pace}/s`;
      process.stderr.write(isTTY ? `\r${text}\u001b[K` : `${text}\n`);
    },
    end: () => void (isTTY && shown && process.stderr.write('\n')),
  };
}

/** Refusals on stderr as they come, the first ones, and all in the report file, a JSON object a line. */
function createRefusals(file: string | undefined, note: (text: string) => void) {
  let count = 0;
  const target = file === undefined ? undefined : openReport(file);
  return {
    tell(refused: Refused): void {
      count += 1;
      if (target !== undefined) writeSync(target, `${JSON.stringify(refused)}\n`);
      if (count <= SHOWN_REFUSALS) {
        const { line, email, reason } = refused;
        note(`line ${line}${email === undefined ? '' : ` (${JSON.stringify(email)})`}: ${reason}`);
      }
      if (count === SHOWN_REFUSALS + 1)
        note(
          file === undefined
            ? '… more are refused: --report <file> has them all'
            : `… more are refused: see ${file}`,
        );
    },
    close: () => target !== undefined && closeSync(target),
  };
}

function openReport(file: string): number {
  try {
    // It names people: nobody else on the machine reads it.
    return openSync(file, 'w', 0o600);
  } catch (error) {
    throw new UsageProblem(`--report: ${error instanceof Error ? error.message : file}`, { cause: error });
  }
}

async function importFile({ core, output }: Work, file: string, flags: ImportFlags): Promise<void> {
  // With the parser of tables, which no other command and no server needs.
  const { openSource } = await import('./import-lines.ts');
  const { lines, bytesRead } = openSource(file, flags.format);
  const refusals = createRefusals(flags.report, output.note);
  const size = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false })?.size;
  const progress = createProgress(size, bytesRead, () => core.clock.now().getTime());
  const dryRun = flags.dryRun === true;
  let report: ImportReport;
  try {
    report = await core.accountImport.run(
      lines,
      { dryRun, resume: flags.resume === true, withCustomers: flags.customer },
      { refused: refusals.tell, progress: progress.show },
    );
  } finally {
    progress.end();
    refusals.close();
  }
  if (!dryRun && report.created > 0) {
    const after = { count: report.created, failed: report.refused };
    await record({ core }, { action: 'account.imported', after });
  }
  const { schemes, created, ...counts } = report;
  output.result({ dryRun, ...report }, () => [
    ...fields({ ...counts, [dryRun ? 'would be created' : 'created']: created }),
    ...(created === 0 ? [] : ['', ...schemeTable(schemes)]),
  ]);
  if (report.refused > 0) throw new NotWell(`${report.refused} of ${report.lines} records are refused`);
}

const schemeTable = (schemes: Readonly<Record<string, number>>): string[] =>
  table(
    Object.entries(schemes)
      .toSorted(([, a], [, b]) => b - a)
      .map(([scheme, accounts]) => ({ 'password hash': scheme, accounts: String(accounts) })),
  );

async function countHashes({ core, output }: Work): Promise<void> {
  const schemes: Record<string, number> = {};
  let total = 0;
  let outdated = 0;
  let after: string | undefined;
  for (;;) {
    const page = await core.accounts.list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const { doc } of page) {
      const scheme = schemeOf(doc.passwordHash);
      schemes[scheme] = (schemes[scheme] ?? 0) + 1;
      if (doc.passwordHash !== undefined && !core.hasher.isCurrent(doc.passwordHash)) outdated += 1;
    }
    total += page.length;
    after = page.at(-1)?.id;
    if (page.length < PAGE) break;
  }
  output.result({ accounts: total, outdated, schemes }, () => [
    ...schemeTable(schemes),
    '',
    outdated === 0
      ? 'no hash is outdated'
      : `${outdated} of ${total} accounts have a hash that the next sign-in renews`,
  ]);
}

/** Adds both verbs to the `account` group. */
export function addImportCommands(group: Command, withCore: WithCore): void {
  group
    .command('import <file>')
    .description('accounts of an old system, from CSV with a header or JSON lines; - is standard input')
    .option('--dry-run', 'judge every record and write nothing')
    .option(
      '--resume',
      'skip records that are here already, just so: to go on after a run that was broken off',
    )
    .addOption(new Option('--format <format>', 'unless the name of the file tells').choices(['csv', 'jsonl']))
    .option('--report <file>', 'write each refused record there: its line, e-mail address and the reason')
    .option('--no-customer', 'make no customer for records without customer columns')
    .addOption(jsonOption())
    .action((file: string, flags: ImportFlags) =>
      withCore(flags.json === true, (work) => importFile(work, file, flags)),
    );

  group
    .command('hashes')
    .description('how many accounts have a password hash of which scheme, and how many wait to be renewed')
    .addOption(jsonOption())
    .action((options: { json?: true }) => withCore(options.json === true, countHashes));
}
