// `outbox …`: mails and text messages on their way, delivered and given up.

import { Command, Option } from 'commander';
import type { OutboxState, RetryOutcome, StoredItem } from '../domain/messages/outbox.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { limitOption, readLimit } from './limit-option.ts';
import { NotWell, UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';

const states = ['waiting', 'failed', 'delivered', 'given_up'] as const satisfies readonly OutboxState[];

/** A message as it is shown: never what it says. */
export function shown({ id, doc }: StoredItem) {
  const { queue: _queue, since: _since, leaseEnds: _lease, nextAt, ...rest } = doc;
  return { id, ...rest, ...(doc.state === 'waiting' ? { nextAt } : {}) };
}

async function list(
  { core, output }: Work,
  options: { state?: OutboxState; limit: string; after?: string },
): Promise<void> {
  const { state, after } = options;
  const limit = readLimit(options.limit);
  // One more than is shown tells whether there are more.
  const found = await core.outbox.list({
    limit: limit + 1,
    ...(state === undefined ? {} : { state }),
    ...(after === undefined ? {} : { after }),
  });
  const items = found.slice(0, limit).map(shown);
  output.result(items, () =>
    table(
      items.map((item) => ({
        id: item.id,
        channel: item.channel,
        state: item.state,
        to: item.to,
        attempts: String(item.attempts),
        'made at': item.createdAt,
        'last error': item.lastError ?? '',
      })),
    ),
  );
  if (found.length > limit) output.note(`there are more: go on with --after ${items.at(-1)!.id}`);
}

const refusals: Record<Exclude<RetryOutcome, 'queued' | 'unknown'>, string> = {
  under_way: 'it is being sent just now',
  delivered: 'it was delivered: it is not sent twice',
  expired: 'what it says is over: a new one has to be asked for',
};

/** Tries one message again, here and now, and says what came of it. */
async function retryOne({ core, output }: Work, id: string): Promise<void> {
  const outcome = await core.acts.queues.retry(byCommand(), id);
  if (outcome === 'unknown')
    throw new AppError('not_found', { detail: `no message ${id}: \`outbox list\` shows those there are` });
  if (outcome !== 'queued') throw new UsageProblem(refusals[outcome]);
  if ((await core.outbox.get(id))?.doc.channel === 'logout') {
    output.note('queued: only a running server can sign it, and will send it');
    return;
  }
  await core.outbox.idle();
  await showEnd({ core, output }, id);
}

/** Shows a message that was just tried; throws `NotWell` with the reason when it did not get through. */
export async function showEnd({ core, output }: Pick<Work, 'core' | 'output'>, id: string): Promise<void> {
  const item = shown((await core.outbox.get(id))!);
  output.result(item, () => fields(item));
  if (item.state !== 'delivered') throw new NotWell(`not delivered: ${item.lastError ?? 'not tried yet'}`);
}

/** Tries every message again that was given up; running nodes take part in it. */
async function retryAll({ core, output }: Work): Promise<void> {
  const { queued, left } = await core.acts.queues.retryAll(byCommand());
  await core.outbox.idle();
  output.result({ queued, left }, () => [
    `${queued} put back on their way; \`outbox list\` shows what comes of them`,
    ...(left > 0 ? [`${left} left as they were: what they say is over`] : []),
  ]);
}

/** The `outbox` group. */
export function outboxCommands(withCore: WithCore): Command {
  const group = new Command('outbox').description(
    'mails and text messages: on their way, delivered, given up',
  );

  group
    .command('list')
    .description('messages, newest first, without what they say; ended ones are kept for 30 days')
    .addOption(new Option('--state <state>', 'only those in this state').choices(states))
    .addOption(limitOption())
    .option('--after <id>', 'go on after this message')
    .addOption(jsonOption())
    .action((options: { state?: OutboxState; limit: string; after?: string; json?: true }) =>
      withCore(options.json === true, (work) => list(work, options)),
    );

  group
    .command('retry [id]')
    .description('try a message again at once, for another 24 hours')
    .option('--all', 'all that were given up')
    .addOption(jsonOption())
    .action((id: string | undefined, options: { all?: true; json?: true }) =>
      withCore(options.json === true, async (work) => {
        if ((id === undefined) === (options.all === undefined))
          throw new UsageProblem('give the id of a message, or --all');
        await (id === undefined ? retryAll(work) : retryOne(work, id));
      }),
    );

  group
    .command('give-up <id>')
    .description('decide that a message is not sent; what it says is forgotten')
    .option('--reason <text>', 'why; kept in the audit log')
    .addOption(jsonOption())
    .action((id: string, options: { reason?: string; json?: true }) =>
      withCore(options.json === true, async ({ core, output }) => {
        const outcome = await core.acts.queues.giveUp(byCommand(), id, options.reason);
        if (outcome === 'unknown')
          throw new AppError('not_found', {
            detail: `no message ${id}: \`outbox list\` shows those there are`,
          });
        if (outcome !== 'given_up') throw new UsageProblem(refusals[outcome]);
        output.result({ id, state: outcome }, () => [`message ${id} is not sent`]);
      }),
    );

  return group;
}
