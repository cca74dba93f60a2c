// `support …`: what people write to support, signed in (S19) or without any way in (S59).

import { Command, Option } from 'commander';
import type { DeskOutcome, ShownRequest } from '../domain/operators/support-desk.ts';
import {
  requestKinds,
  supportStates,
  type RequestKind,
  type SupportState,
} from '../domain/support/support-requests.ts';
import { AppError } from '../lib/app-error.ts';
import { byCommand } from './actor.ts';
import { fields } from './columns.ts';
import { jsonOption } from './json-option.ts';
import { limitOption, readLimit } from './limit-option.ts';
import { UsageProblem } from './output.ts';
import type { Work, WithCore } from './run.ts';
import { readText } from './standard-input.ts';

type ListOptions = { state: SupportState; kind?: RequestKind; limit: string; after?: string; json?: true };
type Verb = (work: Work, id: string) => Promise<void>;

const unknown = (id: string) =>
  new AppError('not_found', { detail: `no request ${id}: \`support list\` shows those there are` });

/** Throws what a request cannot be done with. */
function requireDone(outcome: DeskOutcome, id: string): void {
  switch (outcome) {
    case 'done':
      return;
    case 'unknown':
      throw unknown(id);
    case 'closed':
      throw new UsageProblem(`request ${id} is closed already`);
    case 'taken':
      throw new UsageProblem(`request ${id} is taken by somebody else`);
    case 'not_taken':
      throw new UsageProblem(`take request ${id} first: \`support take ${id}\``);
    case 'bad_text':
      throw new UsageProblem('the answer is empty or too long');
    case 'full':
      throw new UsageProblem(`request ${id} has as many messages as it may have`);
    default:
      outcome satisfies never;
  }
}

const linesOf = ({ messages = [], server, ...request }: ShownRequest): string[] => [
  ...fields({ ...request, ...(server ? { server: `${server.name} (${server.access})` } : {}) }),
  ...messages.flatMap(({ by, at, text }) => ['', `${by} ${at}`, text]),
];

async function list(
  { core, output }: Work,
  { state, kind, limit: typed, after }: ListOptions,
): Promise<void> {
  const limit = readLimit(typed);
  // One more than is shown tells whether there are more.
  const found = await core.acts.supportDesk.list(state, {
    kind,
    limit: limit + 1,
    ...(after === undefined ? {} : { after }),
  });
  const requests = found.slice(0, limit);
  output.result(requests, () =>
    requests.length === 0
      ? ['(none)']
      : requests.flatMap((request, index) => [...(index === 0 ? [] : ['']), ...linesOf(request)]),
  );
  if (found.length > limit) output.note(`there are more: go on with --after ${requests.at(-1)!.id}`);
}

const show: Verb = async ({ core, output }, id) => {
  const found = await core.acts.supportDesk.get(id);
  if (!found) throw unknown(id);
  output.result(found, () => linesOf(found));
};

const take: Verb = async ({ core, output }, id) => {
  requireDone(await core.acts.supportDesk.take(byCommand(), id), id);
  output.result({ id, state: 'taken' }, () => [`request ${id} is yours`]);
};

const answer: Verb = async ({ core, output }, id) => {
  requireDone(await core.acts.supportDesk.answer(byCommand(), id, await readText()), id);
  output.result({ id, state: 'answered' }, () => [`request ${id} is answered, and the person gets a mail`]);
};

const close: Verb = async ({ core, output }, id) => {
  requireDone(await core.acts.supportDesk.close(byCommand(), id), id);
  output.result({ id, state: 'closed' }, () => [`request ${id} is closed`]);
};

const password: Verb = async ({ core, output }, id) => {
  const outcome = await core.acts.supportDesk.revealPassword(byCommand(), id);
  if (outcome.kind === 'refused') {
    if (outcome.reason === 'no_password')
      throw new UsageProblem(`request ${id} has no password, or it has been shown already`);
    return requireDone(outcome.reason, id);
  }
  output.result({ id, password: outcome.password }, () => [outcome.password]);
  output.note('shown this once: it is not kept any more');
};

/** The `support` group. */
export function supportCommands(withCore: WithCore): Command {
  const group = new Command('support').description('what people write to support');

  group
    .command('list')
    .description('requests, newest first; who wrote those of signed-out people was not checked')
    .addOption(new Option('--kind <kind>', 'those of this kind').choices(requestKinds))
    .addOption(new Option('--state <state>', 'those in this state').choices(supportStates).default('open'))
    .addOption(limitOption())
    .option('--after <id>', 'go on after this request')
    .addOption(jsonOption())
    .action((options: ListOptions) => withCore(options.json === true, (work) => list(work, options)));

  const verb = (name: string, description: string, run: Verb) =>
    group
      .command(`${name} <id>`)
      .description(description)
      .addOption(jsonOption())
      .action((id: string, options: { json?: true }) =>
        withCore(options.json === true, (work) => run(work, id)),
      );
  verb('show', 'one request with all that was written', show);
  verb('take', 'work on a request, so that nobody else does', take);
  verb('answer', 'answer a signed-in person; the text comes from standard input', answer);
  verb(
    'password',
    'the server password that was left with a request you took: shown once, then gone',
    password,
  );
  verb('close', 'note that a request has been dealt with', close);

  return group;
}
