// `support …`: requests of people who have lost every way in (S59).

import { Command, Option } from 'commander';
import type { StoredSupportRequest, SupportState } from '../domain/support-requests.ts';
import { AppError } from '../lib/app-error.ts';
import { record } from './actor.ts';
import { fields } from './columns.ts';
import { jsonOption, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

const states = ['open', 'closed'] as const satisfies readonly SupportState[];
type ListOptions = { state: SupportState; limit: string; after?: string; json?: true };

const shown = ({ id, doc }: StoredSupportRequest) => ({ id, ...doc });

async function list({ core, output }: Work, { state, limit: typed, after }: ListOptions): Promise<void> {
  if (!/^[1-9]\d{0,2}$/.test(typed)) throw new UsageProblem('--limit: must be a number from 1 to 999');
  const limit = Number(typed);
  // One more than is shown tells whether there are more.
  const found = await core.supportRequests.list(state, {
    limit: limit + 1,
    ...(after === undefined ? {} : { after }),
  });
  const requests = found.slice(0, limit).map(shown);
  output.result(requests, () =>
    requests.length === 0
      ? ['(none)']
      : requests.flatMap((request, index) => [...(index === 0 ? [] : ['']), ...fields(request)]),
  );
  if (found.length > limit) output.note(`there are more: go on with --after ${requests.at(-1)!.id}`);
}

async function close({ core, output }: Work, id: string): Promise<void> {
  const closed = await core.supportRequests.close(id);
  if (closed === undefined)
    throw new AppError('not_found', { detail: `no request ${id}: \`support list\` shows those there are` });
  if (!closed) throw new UsageProblem(`request ${id} is closed already`);
  await record({ core }, { action: 'support_request.closed', target: id });
  output.result({ id, state: 'closed' }, () => [`request ${id} is closed`]);
}

/** The `support` group. */
export function supportCommands(withCore: WithCore): Command {
  const group = new Command('support').description('requests of people who have lost every way in');

  group
    .command('list')
    .description('requests, newest first; who wrote them was not checked')
    .addOption(new Option('--state <state>', 'those in this state').choices(states).default('open'))
    .option('--limit <number>', 'how many, at most 999', '50')
    .option('--after <id>', 'go on after this request')
    .addOption(jsonOption())
    .action((options: ListOptions) => withCore(options.json === true, (work) => list(work, options)));

  group
    .command('close <id>')
    .description('note that a request has been dealt with')
    .addOption(jsonOption())
    .action((id: string, options: { json?: true }) =>
      withCore(options.json === true, (work) => close(work, id)),
    );

  return group;
}
