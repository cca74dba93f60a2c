// `webhook …`: systems of the hoster that are told of events.

import { Command } from 'commander';
import { webhookEvents } from '../domain/webhooks/webhook-events.ts';
import type { ShownWebhook } from '../domain/webhooks/webhooks.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { fields, table } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { asTyped, UsageProblem } from './output.ts';
import { showEnd } from './outbox.ts';
import type { Work, WithCore } from './run.ts';

type Flags = { url?: string; event?: string[]; description?: string; json?: true };

const several = (value: string, before: string[] = []) => [
  ...before,
  ...value.split(/[\s,]+/).filter(Boolean),
];
const KEEP = 'Keep the secret now: it is not shown again.';
const unknown = (id: string) =>
  new AppError('not_found', { detail: `no webhook ${id}: \`webhook list\` shows those there are` });

const lines = ({ id, url, events, enabled, description, createdAt, formerSecretUntil }: ShownWebhook) =>
  fields({
    id,
    url,
    events,
    enabled,
    description,
    'made at': createdAt,
    'former secret until': formerSecretUntil,
  });

const rethrow = (error: unknown): never => {
  throw asTyped(error, (field) => (field === 'events' ? '--event' : `--${field}`));
};

async function create({ core, output }: Work, { url = '', event = [], description }: Flags): Promise<void> {
  const given = { url, events: event, description };
  const { webhook, secret } = await core.acts.webhooks.create(byCommand(), given).catch(rethrow);
  output.result({ ...webhook, secret }, () => [...lines(webhook), `secret  ${secret}`, '', KEEP]);
}

async function list({ core, output }: Work): Promise<void> {
  const webhooks = await core.acts.webhooks.list();
  output.result(webhooks, () =>
    table(
      webhooks.map(({ id, url, events, enabled }) => ({
        id,
        url,
        events: events.join(' '),
        enabled: enabled ? 'yes' : 'no',
      })),
    ),
  );
}

async function show({ core, output }: Work, id: string): Promise<void> {
  const webhook = await core.acts.webhooks.get(id);
  if (!webhook) throw unknown(id);
  const tries = (await core.acts.webhooks.deliveries(id, { limit: 20 })).map(({ doc }) => doc);
  output.result({ ...webhook, deliveries: tries }, () => [
    ...lines(webhook),
    '',
    ...table(
      tries.map(({ at, type, eventId, outcome, status, error, milliseconds }) => ({
        at,
        event: type,
        id: eventId,
        outcome,
        answer: String(status ?? error ?? ''),
        ms: String(milliseconds),
      })),
    ),
  ]);
}

/** Waits for the one try that is made here and now, and says what came of it. */
async function showTry({ core, output }: Work, messageId: string): Promise<void> {
  await core.outbox.idle();
  await showEnd({ core, output }, messageId);
}

/** The `webhook` group. */
export function webhookCommands(withCore: WithCore): Command {
  const group = new Command('webhook').description('your own systems that are told of events');
  const acts = ({ core }: Work) => core.acts.webhooks;

  group
    .command('create')
    .description('make a subscription; prints its secret once')
    .requiredOption('--url <url>', 'where events are sent: https')
    .requiredOption('--event <names>', 'events, families such as account.*, or *; repeatable', several)
    .option('--description <text>', 'what it is for')
    .addOption(jsonOption())
    .action((flags: Flags) => withCore(flags.json === true, (work) => create(work, flags)));

  group
    .command('list')
    .description('all subscriptions')
    .addOption(jsonOption())
    .action((flags: Flags) => withCore(flags.json === true, list));

  group
    .command('events')
    .description('the events there are')
    .addOption(jsonOption())
    .action((flags: Flags) =>
      withCore(flags.json === true, ({ output }) => {
        output.result(webhookEvents, () => webhookEvents);
        return Promise.resolve();
      }),
    );

  const one = (
    verb: string,
    description: string,
    act: (work: Work, id: string, flags: Flags) => Promise<void>,
  ) =>
    group
      .command(`${verb} <id>`)
      .description(description)
      .addOption(jsonOption())
      .action((id: string, flags: Flags) => withCore(flags.json === true, (work) => act(work, id, flags)));

  one('show', 'one subscription, and what came of the last tries', show);

  one(
    'update',
    'change where events are sent, or which ones',
    async (work, id, { url, event, description }) => {
      if (url === undefined && event === undefined && description === undefined)
        throw new UsageProblem('nothing to change: give at least one option');
      const given = { url, events: event, description };
      const webhook = await acts(work)
        .change(
          byCommand(),
          id,
          Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
        )
        .catch(rethrow);
      if (!webhook) throw unknown(id);
      work.output.result(webhook, () => lines(webhook));
    },
  )
    .option('--url <url>', 'where events are sent: https')
    .option('--event <names>', 'events, families such as account.*, or *; repeatable', several)
    .option('--description <text>', 'what it is for');

  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    one(verb, enabled ? 'send events again' : 'send nothing for now', async (work, id) => {
      const webhook = await acts(work).change(byCommand(), id, { enabled });
      if (!webhook) throw unknown(id);
      work.output.result(webhook, () => lines(webhook));
    });
  }

  one('rotate-secret', 'a new secret, printed once; the old one signs too for a day', async (work, id) => {
    const secret = await acts(work).rotateSecret(byCommand(), id);
    if (secret === undefined) throw unknown(id);
    work.output.result({ id, secret }, () => [`secret  ${secret}`, '', KEEP]);
  });

  one('test', 'send a test event now and say what came of it', async (work, id) => {
    const messageId = await acts(work).test(byCommand(), id);
    if (messageId === undefined) throw unknown(id);
    await showTry(work, messageId);
  });

  group
    .command('replay <id> <event>')
    .description('send an event once more, under its old id; `webhook show` lists them')
    .addOption(jsonOption())
    .action((id: string, event: string, flags: Flags) =>
      withCore(flags.json === true, async (work) => {
        const messageId = await acts(work).replay(byCommand(), id, event);
        if (messageId === undefined)
          throw new AppError('not_found', { detail: `no webhook ${id}, or no event ${event} any more` });
        await showTry(work, messageId);
      }),
    );

  one('delete', 'end a subscription; what is on its way is not sent', async (work, id) => {
    if (!(await acts(work).remove(byCommand(), id))) throw unknown(id);
    work.output.result({ id, deleted: true }, () => [`webhook ${id} is deleted`]);
  });

  return group;
}
