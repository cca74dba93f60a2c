// `audit …`: who did what, when and from where, and whether the log is whole.

import { Command, Option } from 'commander';
import { auditActions, type AuditAction } from '../domain/audit/audit-actions.ts';
import type { AuditFilter, StoredEntry } from '../domain/audit/audit.ts';
import type { Place } from '../domain/audit/audit-chain.ts';
import { idOf } from '../domain/audit/audit-entry.ts';
import type { AuditProblem } from '../domain/audit/audit-verify.ts';
import { AppError } from '../lib/app-error.ts';
import { csvLine } from '../lib/csv.ts';
import { record } from './actor.ts';
import { fields, table } from './columns.ts';
import { limitOption, readLimit } from './limit-option.ts';
import { requireAccount } from './named-account.ts';
import { jsonOption } from './json-option.ts';
import { NotWell, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

type ListFlags = {
  account?: string;
  customer?: string;
  client?: string;
  by?: string;
  action?: AuditAction;
  limit: string;
  after?: string;
  json?: true;
};

const shown = ({ id, doc }: StoredEntry) => {
  const { previous: _previous, seal: _seal, ...rest } = doc;
  return { number: Number(id), ...rest };
};

async function filterOf(work: Work, flags: ListFlags): Promise<AuditFilter | undefined> {
  const given = (['account', 'customer', 'client', 'by', 'action'] as const).filter(
    (name) => flags[name] !== undefined,
  );
  if (given.length > 1)
    throw new UsageProblem(`give one of --${given.join(', --')}: the log is looked up by one`);
  if (flags.account !== undefined) return { accountId: (await requireAccount(work, flags.account)).id };
  if (flags.by !== undefined)
    return { actor: { kind: 'operator', accountId: (await requireAccount(work, flags.by)).id } };
  if (flags.client !== undefined) return { clientId: flags.client };
  if (flags.action !== undefined) return { action: flags.action };
  if (flags.customer === undefined) return undefined;
  const customer = await work.core.customers.findByNumber(flags.customer);
  if (!customer) throw new AppError('not_found', { detail: `no customer ${flags.customer}` });
  return { customerId: customer.id };
}

async function list(work: Work, flags: ListFlags): Promise<void> {
  const limit = readLimit(flags.limit);
  const after = flags.after === undefined ? undefined : idOf(requireNumber(flags.after));
  const filter = await filterOf(work, flags);
  const { entries, older } = await work.core.audit.list(filter, { after, limit });
  work.output.result(entries.map(shown), () =>
    table(
      entries.map((entry) => {
        const { number, at, action, actor, actorName, accountId, customerId, clientId, target } =
          shown(entry);
        return {
          number: String(number),
          at,
          action,
          by: actorName === undefined ? actor : `${actor}:${actorName}`,
          about: accountId ?? clientId ?? customerId ?? target ?? '',
        };
      }),
    ),
  );
  if (older !== undefined) work.output.note(`there are more: go on with --after ${Number(older)}`);
}

function requireNumber(typed: string): number {
  if (!/^\d{1,12}$/.test(typed)) throw new UsageProblem(`${typed}: must be the number of an entry`);
  return Number(typed);
}

async function show({ core, output }: Work, typed: string): Promise<void> {
  const entry = await core.audit.get(idOf(requireNumber(typed)));
  if (!entry) throw new AppError('not_found', { detail: `no entry ${typed}` });
  const { before, after, ...rest } = shown(entry);
  const values = (name: string, given: object | undefined) =>
    Object.fromEntries(
      Object.entries(given ?? {}).map(([field, value]) => [`${name} ${field}`, value as unknown]),
    );
  output.result(shown(entry), () =>
    fields({ ...rest, ...values('before:', before), ...values('after:', after) }),
  );
}

const sentences: Record<AuditProblem['problem'], (number: number) => string> = {
  removed: (number) => `entries from ${number} on are missing`,
  changed: (number) => `entry ${number} was changed, or was not written by this provider`,
  unlinked: (number) => `entry ${number} does not follow the one before it`,
  inserted: () => 'there is an entry under an id that no entry has',
  before_beginning: () => 'there are entries before the beginning: the next pruning takes them off',
  cut_off: (number) => `entries from ${number} on were cut off`,
  state_changed: () => 'what is noted of the beginning and the end was changed or is gone',
  end_unproved: () => 'the end is sealed with a secret that is not configured: nobody can tell who wrote it',
  damage_found: (number) => `the provider found the noted end changed: entry ${number} says when`,
  not_expected: (number) => `entry ${number} is not the one that was expected`,
};

function readExpected(typed: string | undefined): Place | undefined {
  if (typed === undefined) return undefined;
  const [, number, hash] = /^(\d{1,12}):([\w-]{43})$/.exec(typed) ?? [];
  if (number === undefined || hash === undefined)
    throw new UsageProblem('--expect: must be NUMBER:HASH as `audit verify` printed it');
  return { number: Number(number), hash };
}

async function verify({ core, output }: Work, expect: string | undefined): Promise<void> {
  const { problems, more, entries, anchor, head, unproved } = await core.audit.verify(readExpected(expect));
  const told = problems.map(({ problem, number = 0 }) => sentences[problem](number));
  const last = `${head.number}:${head.hash}`;
  output.result(
    { ok: problems.length === 0, entries, prunedThrough: anchor.number, last, unproved, problems, more },
    () => [
      ...fields({ entries, 'pruned through': anchor.number, last: head.number === 0 ? '(none)' : last }),
      ...(unproved > 0 ? [`${unproved} are sealed with a secret that is not configured any more`] : []),
      ...told,
      ...(more > 0 ? [`… and ${more} more`] : []),
      ...(told.length === 0 ? ['the log is whole'] : []),
    ],
  );
  if (told.length > 0) throw new NotWell('the audit log is not whole');
}

const columns = [
  'number',
  'at',
  'action',
  'actor',
  'actorName',
  'accountId',
  'customerId',
  'clientId',
  'target',
  'reason',
  'address',
  'userAgent',
  'requestId',
  'before',
  'after',
] as const;

const cellOf = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** Writes the whole log to standard output, oldest first; the last thing it writes is that it was exported. */
async function exportAll({ core }: Work, flags: { format: 'jsonl' | 'csv'; since?: string }): Promise<void> {
  const since = flags.since === undefined ? '' : requireMoment(flags.since);
  await record({ core }, { action: 'audit.exported', after: { kind: flags.format } });
  if (flags.format === 'csv') process.stdout.write(csvLine(columns));
  for await (const entry of core.audit.read()) {
    if (entry.doc.at < since) continue;
    const line =
      flags.format === 'jsonl'
        ? `${JSON.stringify({ number: Number(entry.id), ...entry.doc })}\n`
        : csvLine(columns.map((name) => cellOf((shown(entry) as Record<string, unknown>)[name])));
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

function requireMoment(typed: string): string {
  const at = new Date(typed);
  if (!/^\d{4}-\d\d-\d\d/.test(typed) || Number.isNaN(at.getTime()))
    throw new UsageProblem('--since: must be a day or a time such as 2026-11-28 or 2026-11-28T10:00:00Z');
  return at.toISOString();
}

/** The `audit` group. */
export function auditCommands(withCore: WithCore): Command {
  const group = new Command('audit').description('the audit log: who did what, when and from where');

  group
    .command('list')
    .description('entries, newest first; all, or those of one thing')
    .option('--account <account>', 'about this account; by id, login name or e-mail')
    .option('--customer <number>', 'about this customer')
    .option('--client <client_id>', 'about this client')
    .option('--by <account>', 'what this operator did')
    .addOption(new Option('--action <name>', 'of this kind').choices(Object.keys(auditActions)))
    .addOption(limitOption())
    .option('--after <number>', 'go on after this entry')
    .addOption(jsonOption())
    .action((flags: ListFlags) => withCore(flags.json === true, (work) => list(work, flags)));

  group
    .command('show <number>')
    .description('one entry with all that it says')
    .addOption(jsonOption())
    .action((number: string, flags: { json?: true }) =>
      withCore(flags.json === true, (work) => show(work, number)),
    );

  group
    .command('verify')
    .description('read the whole log and find what was removed, changed, put in or cut off')
    .option('--expect <number:hash>', 'an entry that was noted elsewhere and must still be there')
    .addOption(jsonOption())
    .action((flags: { expect?: string; json?: true }) =>
      withCore(flags.json === true, (work) => verify(work, flags.expect)),
    );

  group
    .command('export')
    .description('the log on standard output, oldest first; the export is recorded')
    .addOption(
      new Option('--format <format>', 'JSON lines, or CSV for a spreadsheet')
        .choices(['jsonl', 'csv'])
        .default('jsonl'),
    )
    .option('--since <time>', 'from this day or time on')
    .action((flags: { format: 'jsonl' | 'csv'; since?: string }) =>
      withCore(true, (work) => exportAll(work, flags)),
    );

  return group;
}
